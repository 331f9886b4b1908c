package pgcluster

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"latchkey/shared/secrets"
)

// Populate makes what RDS puts into an instance: the role rds_iam, and a master
// user that is no superuser and may hand rds_iam on. It is no member in the
// sense of logging in, which PostgreSQL does not tell apart. The password may be
// empty where the rules ask for none.
// [RDS guide, Creating a database account using IAM authentication]
func (s *Server) Populate(ctx context.Context, master string, password secrets.Value) error {
	conn, err := s.Admin(ctx, "postgres")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	user := pgx.Identifier{master}.Sanitize()
	create := "CREATE ROLE " + user + " LOGIN CREATEROLE CREATEDB"
	if !password.Empty() {
		create += fmt.Sprintf(" PASSWORD '%s'", password.Reveal()) // of letters and digits, see rand.Text
	}
	for _, sql := range []string{
		"CREATE ROLE rds_iam NOLOGIN", create,
		"GRANT rds_iam TO " + user + " WITH ADMIN OPTION",
		"ALTER DATABASE postgres OWNER TO " + user,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("making what RDS has in an instance: %w", err)
		}
	}
	return nil
}
