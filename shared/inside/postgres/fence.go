package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// Fence implements database.Inside: the role may not log in from then on, and
// when Fence returns nil none of its sessions is left, in whatever database. A
// role that is not there is fenced.
func (h *Host) Fence(ctx context.Context, at database.Login) error {
	return h.asFence(ctx, at, func(s *session) error {
		t, err := s.look(ctx, at)
		if err != nil || !t.role {
			return err
		}
		return s.fence(ctx, t)
	})
}

func (s *session) fence(ctx context.Context, t tenant) error {
	if t.login {
		if err := s.exec(ctx, fmt.Sprintf("ALTER ROLE %s NOLOGIN", ident(t.at.Role))); err != nil {
			return err
		}
	}
	if err := s.own(ctx, t); err != nil {
		return err
	}
	// The sessions end whatever becomes of the database's own rights: without
	// LOGIN nobody gets as far as those.
	var revoked error
	if t.database && t.owner == t.at.Role && !t.half {
		revoked = s.exec(ctx, fmt.Sprintf("REVOKE CONNECT ON DATABASE %s FROM PUBLIC, %s", ident(t.at.Database), ident(t.at.Role)))
	}
	return errors.Join(s.terminate(ctx, t), revoked)
}

// quiet is how many looks in a row have to find no session: one that was let in
// just before NOLOGIN has a moment in which nothing tells of it; see starting.
const quiet = 3

const terminateSQL = `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = $1 AND pid <> pg_backend_pid()`

// terminate ends the sessions of the role until none is left, or on its way.
func (s *session) terminate(ctx context.Context, t tenant) error {
	left, none := 0, 0
	for look := 0; look < s.host.cfg.Looks; look++ {
		starting, err := s.starting(ctx, t)
		if err != nil {
			return err
		}
		if left, err = s.terminateOnce(ctx, t); err != nil {
			return err
		}
		left += starting
		if none++; left > 0 {
			none = 0
		}
		if none == quiet {
			return nil
		}
		if err := pause(ctx, s.host.cfg.Pause); err != nil {
			return failed(err, s.at, "waiting for %d sessions of %s to end", left, t.at.Role)
		}
	}
	return coded.New(coded.Retryable, "%s: sessions of %s are still there: %d", s.at, t.at.Role, left)
}

// terminateOnce asks every session of the role to end, and says how many there were.
func (s *session) terminateOnce(ctx context.Context, t tenant) (int, error) {
	if err := s.seen(terminateSQL, false); err != nil {
		return 0, err
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, terminateSQL, t.oid)
	if err != nil {
		return 0, failed(err, s.at, "terminating sessions of %s", t.at.Role)
	}
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		return n, failed(err, s.at, "terminating sessions of %s", t.at.Role)
	}
	return n, s.seen(terminateSQL, true)
}

// pause waits, or returns the context's error when that ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Unfence implements database.Inside; notfound if there is no such role.
func (h *Host) Unfence(ctx context.Context, at database.Login) error {
	return h.asFence(ctx, at, func(s *session) error {
		t, err := s.look(ctx, at)
		if err == nil && !t.role {
			err = t.noRole()
		}
		if err == nil {
			err = s.own(ctx, t)
		}
		if err != nil {
			return err
		}
		limit, err := s.connectionLimit(ctx)
		if err != nil {
			return err
		}
		sql := fmt.Sprintf("ALTER ROLE %s LOGIN CONNECTION LIMIT %d", ident(at.Role), limit)
		if t.database && t.owner == at.Role && !t.half {
			sql += fmt.Sprintf("; GRANT CONNECT ON DATABASE %s TO %s", ident(at.Database), ident(at.Role))
		}
		return s.exec(ctx, sql)
	})
}
