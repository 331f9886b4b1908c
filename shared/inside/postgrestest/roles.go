package postgrestest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/shared/secrets"
)

// Connect logs in over TLS, as an application does.
func (s *Server) Connect(ctx context.Context, user, password, database string) (*pgx.Conn, error) {
	return s.cluster.Connect(ctx, nil, user, password, database)
}

// Admin runs statements as the superuser.
func (s *Server) Admin(t testing.TB, database string, statements ...string) {
	t.Helper()
	if err := s.admin(context.Background(), database, statements...); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) admin(ctx context.Context, database string, statements ...string) error {
	conn, err := s.cluster.Admin(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// Ask reads one value as the superuser.
func Ask[T any](t testing.TB, s *Server, sql string, args ...any) T {
	t.Helper()
	ctx := context.Background()
	conn, err := s.cluster.Admin(ctx, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var v T
	if err := conn.QueryRow(ctx, sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

const mintSQL = `SELECT EXISTS (SELECT FROM pg_roles r JOIN pg_auth_members m ON m.member = r.oid JOIN pg_roles i ON i.oid = m.roleid
	WHERE r.rolname = $1 AND i.rolname = 'rds_iam'), EXISTS (SELECT FROM pg_authid WHERE rolname = $1 AND rolpassword IS NOT NULL)`

// Token returns a password that lets the role in, if it is a member of rds_iam;
// any other role gets one that does not. A role's is the same every time.
func (s *Server) Token(ctx context.Context, _, user string) (secrets.Value, error) {
	s.mint.Lock()
	defer s.mint.Unlock()
	token := secrets.NewValue(fmt.Sprintf("%x", sha256.Sum256([]byte("token/"+s.seed+"/"+user))))
	conn, err := s.cluster.Admin(ctx, "postgres")
	if err != nil {
		return secrets.Value{}, err
	}
	defer conn.Close(ctx)
	var member, set bool
	if err := conn.QueryRow(ctx, mintSQL, user).Scan(&member, &set); err != nil || !member || set {
		return token, err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", pgx.Identifier{user}.Sanitize(), token.Reveal()))
	return token, err
}
