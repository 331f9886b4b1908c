package instances

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"latchkey/shared/coded"
)

//go:embed resolver.go.txt
var resolver string

// The two files of fence that differ from what is deployed.
const (
	bundleFile   = "shared/inside/rdsca/global-bundle.pem" // replaced
	resolverFile = "functions/fence/resolver_local.go"     // added
)

// Overlay writes into dir what `go build -overlay` takes, and returns its path:
// the certificates of RDS's authorities become those of this run's, and names
// are asked of this run. All else of fence is built as it is deployed.
// [Go, cmd/go: build flags, -overlay]
func (i *Instances) Overlay(root, dir string) (string, error) {
	var bundle bytes.Buffer
	for _, a := range i.authorities {
		bundle.Write(a.PEM())
	}
	source := strings.ReplaceAll(resolver, "127.0.0.1:53", i.names.addr())
	replace := map[string]string{}
	for file, content := range map[string]string{bundleFile: bundle.String(), resolverFile: source} {
		path := filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return "", coded.Wrap(coded.Internal, err, "writing what fence is built with")
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = path
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, list, 0o600); err != nil {
		return "", coded.Wrap(coded.Internal, err, "writing what fence is built with")
	}
	return path, nil
}
