package postgres

import (
	"context"
	"fmt"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// spare is how many connections of an instance no tenant's role can take up, so
// that a tenant which opens all it can does not keep the fencing role out.
const spare = 10

// Prepare implements database.Inside. A role that is there keeps its right to
// log in, or not to; conflict where the database belongs to another role. The
// database is made of template0, which nobody can be connected to.
func (h *Host) Prepare(ctx context.Context, at database.Login) error {
	return h.asFence(ctx, at, func(s *session) error {
		t, err := s.look(ctx, at)
		if err == nil {
			err = t.foreign()
		}
		if err == nil && t.half {
			err = coded.New(coded.Conflict, "database %s of %s was dropped half; drop it again", at.Database, at.InstanceID)
		}
		if err == nil {
			err = s.prepareRole(ctx, t)
		}
		if err == nil && !t.database {
			err = s.exec(ctx, fmt.Sprintf("CREATE DATABASE %s OWNER %s TEMPLATE template0", ident(at.Database), ident(at.Role)))
		}
		if err != nil {
			return err
		}
		return s.exec(ctx, fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM PUBLIC", ident(at.Database)))
	})
}

// prepareRole makes the role with its grants, or sees to the grants of one that
// is there.
func (s *session) prepareRole(ctx context.Context, t tenant) error {
	role := ident(t.at.Role)
	limit, err := s.connectionLimit(ctx)
	if err != nil {
		return err
	}
	if !t.role {
		return s.exec(ctx, fmt.Sprintf("CREATE ROLE %[1]s LOGIN CONNECTION LIMIT %[2]d; GRANT %[3]s TO %[1]s; GRANT %[1]s TO CURRENT_USER",
			role, limit, iamRole))
	}
	if !t.iam {
		if err := s.exec(ctx, fmt.Sprintf("GRANT %s TO %s", iamRole, role)); err != nil {
			return err
		}
	}
	return s.own(ctx, t)
}

const limitSQL = `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
	- coalesce(current_setting('reserved_connections', true)::int, 0)`

// connectionLimit returns how many connections a tenant's role may have.
func (s *session) connectionLimit(ctx context.Context) (int, error) {
	var free int
	_, err := s.row(ctx, limitSQL, nil, &free)
	return max(1, free-spare), err
}
