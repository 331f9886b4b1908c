package instances

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/inside/pgcluster"
)

// play starts instances of a fleet for a test.
func play(t *testing.T, o Options) *Instances {
	t.Helper()
	i, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

func TestInstances_Resolve(t *testing.T) {
	t.Setenv(pgcluster.EnvBin, t.TempDir()) // it needs no server
	i := play(t, Options{Regions: []string{"eu-central-1"}})
	addresses, err := i.Resolve(context.Background(), "lk-a.x.eu-central-1.rds.amazonaws.com")
	if err != nil || !slices.Equal(addresses, []string{"127.0.0.1"}) {
		t.Errorf("%v, %v", addresses, err)
	}
	var dns *net.DNSError
	if _, err := i.Resolve(context.Background(), "sts.amazonaws.com"); !errors.As(err, &dns) || !dns.IsNotFound {
		t.Errorf("another name: %v", err)
	}
}

func TestAnswer_Broken(t *testing.T) {
	const name = "\x03abc\x00"
	header := func(flags byte, questions byte) string {
		return "\x12\x34" + string([]byte{flags, 0, 0, questions, 0, 0, 0, 0, 0, 0})
	}
	for what, question := range map[string]string{
		"nothing": "", "half a header": header(1, 1)[:8], "an answer": header(0x80, 1) + name + "\x00\x01\x00\x01",
		"no question": header(1, 0) + name + "\x00\x01\x00\x01", "a name without end": header(1, 1) + "\x03abc",
		"a long label": header(1, 1) + "\x40abc", "no type": header(1, 1) + name,
	} {
		if out := answer([]byte(question)); out != nil {
			t.Errorf("%s: %q", what, out)
		}
	}
	if out := answer([]byte(header(1, 1) + name + "\x00\x01\x00\x01")); len(out) == 0 || out[3]&0x0f != 3 {
		t.Errorf("a name that is not there: %q", out)
	}
}

// TestInstances_Overlay holds that fence differs from what is deployed by one
// file that is replaced and one that is added, and by no other.
func TestInstances_Overlay(t *testing.T) {
	t.Setenv(pgcluster.EnvBin, t.TempDir()) // it needs no server
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	i := play(t, Options{Regions: []string{"eu-central-1", "us-east-1"}})
	path, err := i.Overlay(root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list map[string]map[string]string
	if err := json.Unmarshal(text, &list); err != nil || len(list) != 1 || len(list["Replace"]) != 2 {
		t.Fatalf("%s, %v", text, err)
	}
	for file, there := range map[string]bool{bundleFile: true, resolverFile: false} {
		content, err := os.ReadFile(list["Replace"][filepath.Join(root, file)])
		if err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(root, file)); (err == nil) != there {
			t.Errorf("%s: %v", file, err)
		}
		if file == resolverFile && !strings.Contains(string(content), `"`+i.names.addr()+`"`) {
			t.Errorf("it asks somebody else: %s", content)
		}
	}
}
