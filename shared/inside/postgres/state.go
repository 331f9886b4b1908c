package postgres

import (
	"context"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// iamRole is the role that RDS makes for IAM database authentication: its
// members log in with tokens.
// [RDS guide, Creating a database account using IAM authentication]
const iamRole = "rds_iam"

// tenant is what is there of a tenant's database and role.
type tenant struct {
	at    database.Login
	role  bool   // it exists
	oid   uint32 // of the role
	login bool   // it may log in
	iam   bool   // it logs in with tokens
	ours  bool   // we are a member of it

	database bool // it exists
	owner    string
	half     bool // a drop of it was broken off
}

// half-dropped databases have this limit. [PostgreSQL manual, pg_database]
const halfDropped = -2

const (
	roleSQL = `SELECT r.oid, r.rolcanlogin, pg_has_role(current_user, r.oid, 'USAGE'),
	EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles i ON i.oid = m.roleid WHERE m.member = r.oid AND i.rolname = '` + iamRole + `')
	FROM pg_roles r WHERE r.rolname = $1`
	databaseSQL = `SELECT pg_get_userbyid(datdba)::text, datconnlimit = $2 FROM pg_database WHERE datname = $1`
)

// look finds out what is there.
func (s *session) look(ctx context.Context, at database.Login) (t tenant, err error) {
	t.at = at
	if t.role, err = s.row(ctx, roleSQL, []any{at.Role}, &t.oid, &t.login, &t.ours, &t.iam); err != nil {
		return t, err
	}
	t.database, err = s.row(ctx, databaseSQL, []any{at.Database, halfDropped}, &t.owner, &t.half)
	return t, err
}

// foreign returns a conflict if the database belongs to another role.
func (t tenant) foreign() error {
	if t.database && t.owner != t.at.Role {
		return coded.New(coded.Conflict, "database %s of %s belongs to role %s", t.at.Database, t.at.InstanceID, t.owner)
	}
	return nil
}

// mayLogin is notfound without the role, and conflict where it may not log in.
func (t tenant) mayLogin() error {
	switch {
	case !t.role:
		return t.noRole()
	case !t.login:
		return coded.New(coded.Conflict, "role %s of %s is not permitted to log in", t.at.Role, t.at.InstanceID)
	}
	return nil
}

func (t tenant) noRole() error {
	return coded.New(coded.NotFound, "role %s does not exist in %s", t.at.Role, t.at.InstanceID)
}

// own makes us a member of the tenant's role, which owning databases in its name
// and terminating its backends takes.
func (s *session) own(ctx context.Context, t tenant) error {
	if !t.role || t.ours {
		return nil
	}
	return s.exec(ctx, "GRANT "+ident(t.at.Role)+" TO CURRENT_USER")
}
