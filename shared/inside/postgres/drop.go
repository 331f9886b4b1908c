package postgres

import (
	"context"
	"fmt"

	"latchkey/shared/database"
)

// Drop implements database.Inside. What is not there is dropped; conflict where
// the database belongs to another role, or the role owns something elsewhere.
func (h *Host) Drop(ctx context.Context, at database.Login) error {
	return h.asFence(ctx, at, func(s *session) error {
		t, err := s.look(ctx, at)
		if err == nil {
			err = t.foreign()
		}
		if err == nil && t.role {
			err = s.fence(ctx, t)
		}
		if err == nil && t.database {
			err = s.exec(ctx, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", ident(at.Database)))
		}
		if err != nil || !t.role {
			return err
		}
		return s.exec(ctx, fmt.Sprintf("DROP OWNED BY %[1]s; DROP ROLE %[1]s", ident(at.Role)))
	})
}
