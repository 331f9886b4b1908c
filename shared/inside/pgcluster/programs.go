// Package pgcluster runs PostgreSQL servers on this machine, for tests and for
// the local stack: a cluster of worthless data in a folder of its own, a server
// on a free port of the loopback address that speaks nothing but TLS, with a
// certificate of an authority made for it. It ends with this process, however
// that ends.
//
// PostgreSQL refuses to run as root, so root runs it as user postgres or nobody.
package pgcluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// EnvBin names a folder with the programs of a PostgreSQL to use instead of the
// one that is installed.
const EnvBin = "LATCHKEY_POSTGRES_BIN"

// HowToGet says how PostgreSQL comes onto the machine.
const HowToGet = "apt-get install postgresql, or set " + EnvBin + " to the folder of initdb and postgres"

// Programs returns the folder of initdb and postgres, or "" where PostgreSQL is
// not installed.
func Programs() string {
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
