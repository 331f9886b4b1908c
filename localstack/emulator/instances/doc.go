// Package instances plays what RDS has behind the endpoints of its instances,
// where the emulator of RDS has nothing: a PostgreSQL server each, and in front
// of it what RDS checks before it lets anybody in.
//
//	fence ─ TLS, verify-full ─► front ─► one PostgreSQL server for each instance
//	                              │
//	                              └ IAM tokens, master passwords, who may rds-db:connect
//
// The names of instances are not in any DNS, and nobody but AWS can sign for
// them. So a run has an authority of its own for each Region, and answers for
// the names itself; see Overlay for how fence comes to believe both.
//
// The front checks a token as IAM would: the signature, made with the
// credentials of the function's role, over this host, port and user; its time;
// and that the role's policy allows rds-db:connect as that user to that
// instance. [RDS guide, IAM database authentication] The master user logs in
// with the password in the instance's managed secret. Both come in clear text
// inside TLS; RDS itself asks for the master's by SCRAM or MD5.
package instances
