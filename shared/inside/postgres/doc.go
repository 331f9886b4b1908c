// Package postgres reaches inside PostgreSQL instances of RDS, over TLS.
//
// # Who logs in
//
// Everything is done as deployment.FenceRole, with IAM database authentication:
// a token, made locally with the function's own credentials and good for 15
// minutes, takes the place of a password. So no secret is kept anywhere, and
// none is under a tenant's key. [RDS guide, IAM database authentication]
//
// The role is made once in the life of an instance (Bootstrap), as the master
// user, whose login RDS keeps in Secrets Manager under the platform's key. Roles
// are part of the data, so a restored instance has it, though RDS does not
// manage that instance's master password. [RDS guide, Password management with
// AWS Secrets Manager]
//
// Tenants' roles have no password either; applications log in with tokens.
// From then on RDS takes no password for such a role.
// [RDS guide, Creating a database account using IAM authentication]
//
// # Rights
//
// Since PostgreSQL 16 a role may grant only what it has with ADMIN OPTION, and
// gets that on roles that it creates. [PostgreSQL manual, CREATE ROLE, GRANT]
// So the fencing role has rds_iam with ADMIN OPTION, to hand it on, and makes
// itself a member of each tenant's role, to own databases in its name and to
// terminate its backends.
//
// A member of a member of rds_iam is one too, and logs in with tokens only. The
// fencing role does so anyway. PostgreSQL makes the master user a member of the
// role that it creates, from version 16 on; whether RDS then takes its password
// still is not documented, so Bootstrap tries a token after it. Nothing but a
// repair of the fencing role needs the master user again.
//
// # Names
//
// Requests name databases and roles. A name is taken only if it begins with
// deployment.TenantRoles and has nothing but lower-case letters, digits and
// underscores behind, so that no request can touch another role.
package postgres
