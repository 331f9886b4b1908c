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
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Tool is PostgreSQL's name in LATCHKEY_REQUIRE.
const Tool = "postgres"

// EnvBin names a folder with the programs of a PostgreSQL to use instead of the
// one that is installed.
const EnvBin = "LATCHKEY_POSTGRES_BIN"

const howToGet = "apt-get install postgresql, or set " + EnvBin + " to the folder of initdb and postgres"

// Require skips the test with one line if PostgreSQL is not installed; it fails
// the test instead where LATCHKEY_REQUIRE (a list with commas) names it.
func Require(t testing.TB) {
	t.Helper()
	if bin() != "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), Tool) {
		t.Fatalf("PostgreSQL is not installed and LATCHKEY_REQUIRE asks for %s: %s", Tool, howToGet)
	}
	t.Skipf("PostgreSQL is not installed: %s", howToGet)
}

// bin returns the folder of initdb and postgres, or "".
func bin() string {
	folders := []string{os.Getenv(EnvBin)}
	if folders[0] == "" {
		folders = nil
		if path, err := exec.LookPath("initdb"); err == nil {
			folders = append(folders, filepath.Dir(path))
		}
		// Debian keeps the programs out of the PATH; the newest version last.
		installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well formed
		slices.Reverse(installed)
		folders = append(folders, installed...)
	}
	for _, folder := range folders {
		if isProgram(filepath.Join(folder, "initdb")) && isProgram(filepath.Join(folder, "postgres")) {
			return folder
		}
	}
	return ""
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
