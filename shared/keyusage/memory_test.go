package keyusage_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/trailtest"
)

// memoryEnv makes the test binary do a job and print its peak memory.
const memoryEnv = "KEYUSAGE_MEMORY_OF"

func TestMain(m *testing.M) {
	if dir := os.Getenv(memoryEnv); dir != "" {
		if err := memoryJob(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// memoryJob reads the files of a folder into one ledger.
func memoryJob(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	l := keyusage.NewLedger(keyusage.Config{})
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		_, err = l.AddFile(context.Background(), name, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	groups := 0
	l.Each(func(keyusage.Rollup) { groups++ })
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ := strings.Cut(rest, "kB")
	fmt.Println(strings.TrimSpace(peak), groups, l.Totals().Bytes>>20)
	return nil
}

// peak runs memoryJob in a process of its own.
func peak(t *testing.T, dir string) (mb, groups, read int) {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("peak memory is read from /proc/self/status")
	}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector takes memory of its own")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(slices.Clone(os.Environ()), memoryEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := fmt.Sscan(string(out), &mb, &groups, &read); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return mb >> 10, groups, read
}

func TestLedger_memory_manyGroups(t *testing.T) {
	dir := t.TempDir()
	g := trailtest.New(trailtest.Config{Seed: 2, Tenants: 800, PerFile: 2 * time.Hour})
	for n, size := 0, 0; size < *benchMB<<20; n++ {
		doc := g.File(n, 5000)
		size += len(doc)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.json.gz", n)), trailtest.Gzip(doc), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mb, groups, read := peak(t, dir)
	t.Logf("%d MB peak for %d groups, %d MB read", mb, groups, read)
	if mb > 64 {
		t.Errorf("%d MB at the peak, want at most 64", mb)
	}
}

// One large file of few groups: members of gzip that repeat the same records.
func TestLedger_memory_largeFile(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 2, Tenants: 5})
	doc := g.File(0, 5000)
	records := bytes.TrimSuffix(bytes.TrimPrefix(doc, []byte(`{"Records":[`)), []byte(`]}`))
	block := trailtest.Gzip(append(slices.Clip(records), ','))
	parts := []io.Reader{bytes.NewReader(trailtest.Gzip([]byte(`{"Records":[`)))}
	for size := 0; size < 5**benchMB<<20; size += len(records) {
		parts = append(parts, bytes.NewReader(block))
	}
	parts = append(parts, bytes.NewReader(trailtest.Gzip(append(slices.Clip(records), ']', '}'))))
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "large.json.gz"))
	if err == nil {
		_, err = io.Copy(f, io.MultiReader(parts...))
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	mb, groups, read := peak(t, dir)
	t.Logf("%d MB peak for %d groups, %d MB read", mb, groups, read)
	if mb > 32 || read < 5**benchMB {
		t.Errorf("%d MB at the peak of a file of %d MB, want at most 32", mb, read)
	}
}
