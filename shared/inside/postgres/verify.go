package postgres

import (
	"context"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

const sessionSQL = `SELECT current_user::text, current_database()::text, ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()`

// Verify implements database.Inside, with a token of the tenant's role, as an
// application logs in: notfound if the role or the database is not there,
// conflict if the role may not log in.
func (h *Host) Verify(ctx context.Context, at database.Login) error {
	err := h.asFence(ctx, at, func(s *session) error {
		t, err := s.look(ctx, at)
		if err == nil {
			err = t.mayLogin()
		}
		if err == nil && (!t.database || t.owner != at.Role || t.half) {
			err = coded.New(coded.NotFound, "database %s of role %s does not exist in %s", at.Database, at.Role, at.InstanceID)
		}
		return err
	})
	if err != nil {
		return err
	}
	token, err := h.tokens.Token(ctx, at.Endpoint, at.Role)
	if err != nil {
		return err
	}
	err = h.as(ctx, at, at.Database, at.Role, token, func(s *session, ctx context.Context) error { return s.verify(ctx, at) })
	switch {
	case isRefusedLogin(err):
		refused := coded.Wrap(coded.Internal, err, "%s cannot log in to %s", at.Role, at.InstanceID)
		refused.Hint = "the policy of the function fence must allow rds-db:connect as tenants' roles"
		return refused
	case state(err) == stateNoPrivilege:
		return coded.Wrap(coded.Conflict, err, "role %s may not connect to database %s of %s", at.Role, at.Database, at.InstanceID)
	}
	return err
}

// verify checks that the session is the one that was meant.
func (s *session) verify(ctx context.Context, at database.Login) error {
	var (
		user, db  string
		encrypted bool
	)
	found, err := s.row(ctx, sessionSQL, nil, &user, &db, &encrypted)
	if err != nil {
		return err
	}
	if !found || !encrypted || user != at.Role || db != at.Database {
		return coded.New(coded.Internal, "%s: the session is of %q in %q, encrypted: %t", s.at, user, db, encrypted)
	}
	return nil
}
