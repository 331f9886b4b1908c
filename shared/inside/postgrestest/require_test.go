package postgrestest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"latchkey/shared/inside/pgcluster"
	"latchkey/shared/inside/postgrestest"
)

// TestRequire_Missing runs this binary again where PostgreSQL is nowhere.
func TestRequire_Missing(t *testing.T) {
	if os.Getenv("POSTGRESTEST_INNER") != "" {
		postgrestest.Require(t)
		return
	}
	for _, c := range []struct {
		name, require, says string
		fails               bool
	}{
		{"skips", "", "SKIP", false},
		{"skips when others are required", "node,postgresql", "SKIP", false},
		{"fails when required", "node,postgres", "FAIL", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestRequire_Missing$", "-test.v")
			cmd.Env = []string{"POSTGRESTEST_INNER=1", "PATH=", pgcluster.EnvBin + "=" + t.TempDir(), "LATCHKEY_REQUIRE=" + c.require}
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails || !strings.Contains(string(out), c.says) || !strings.Contains(string(out), "apt-get install postgresql") {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}

// TestServer_Token holds that only members of rds_iam get tokens that let them in.
func TestServer_Token(t *testing.T) {
	s := postgrestest.Shared(t)
	ctx := context.Background()
	s.Admin(t, "postgres", "CREATE ROLE inside LOGIN", "CREATE ROLE outside LOGIN", "GRANT rds_iam TO inside")
	for user, want := range map[string]bool{"inside": true, "outside": false, "nobody": false} {
		for range 2 {
			token, err := s.Token(ctx, s.Endpoint, user)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := s.Connect(ctx, user, token.Reveal(), "postgres")
			if (err == nil) != want {
				t.Errorf("%s: %v", user, err)
			}
			if err == nil {
				_ = conn.Close(ctx)
			}
		}
	}
}
