// Package postgrestest runs a PostgreSQL server that looks like an instance of
// RDS from inside: TLS with a certificate of an authority of its own and nothing
// but TLS, a master user that is no superuser, and the role rds_iam. Tests that
// need it skip where PostgreSQL is not installed, unless LATCHKEY_REQUIRE says
// that it has to be there.
//
// Tokens of IAM database authentication are simulated: Token sets the role's
// password, if the role is a member of rds_iam, and returns it. What IAM itself
// refuses, and RDS's own rules of who may change rds_iam, are not shown.
package postgrestest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/inside/pgcluster"
)

// Tool is PostgreSQL's name in LATCHKEY_REQUIRE.
const Tool = "postgres"

// Require skips the test with one line if PostgreSQL is not installed; it fails
// the test instead where LATCHKEY_REQUIRE (a list with commas) names it.
func Require(t testing.TB) {
	t.Helper()
	if pgcluster.Programs() != "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), Tool) {
		t.Fatalf("PostgreSQL is not installed and LATCHKEY_REQUIRE asks for %s: %s", Tool, pgcluster.HowToGet)
	}
	t.Skipf("PostgreSQL is not installed: %s", pgcluster.HowToGet)
}
