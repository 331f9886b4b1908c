// Package proxy stands between the functions and an emulator of AWS.
//
// It does what the emulator cannot: it hands Invoke of Lambda to whoever runs
// the functions on this machine, sends calls about a key of another account to
// that account, and remembers which account an event came from. It lets a
// transaction of DynamoDB have the tables for itself, since moto loses others'
// writes when it undoes one. Where instances have a PostgreSQL,
// it has the answers of RDS and Secrets Manager lead there. It also breaks calls on purpose,
// by rule, and counts them by service, action and role.
//
// Everything else it passes on unchanged. It checks no signature and enforces no
// policy: what a role may do is shown by the assertions over the template, not here.
package proxy
