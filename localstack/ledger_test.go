package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/report"
	"latchkey/shared/keyusage/trailtest"
)

// writeTrail writes so many files as a trail stores them, with dir in place of
// AWSLogs, and returns the generator.
func writeTrail(dir string, files, records int) (*trailtest.Generator, error) {
	g := trailtest.New(trailtest.Config{Seed: 5, PerFile: time.Hour})
	for n := range files {
		path := filepath.Join(dir, strings.TrimPrefix(g.Name(n), "AWSLogs/"))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, g.GzipFile(n, records), 0o600); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func scriptTrail(ts *testscript.TestScript, _ bool, args []string) {
	files, err := strconv.Atoi(args[1])
	ts.Check(err)
	records, err := strconv.Atoi(args[2])
	ts.Check(err)
	g, err := writeTrail(ts.MkAbs(args[0]), files, records)
	ts.Check(err)
	f, err := os.Open(filepath.Join(ts.MkAbs(args[0]), strings.TrimPrefix(g.Name(0), "AWSLogs/")))
	ts.Check(err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	ts.Check(err)
	body, err := io.ReadAll(z)
	ts.Check(err)
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[3])), 0o750))
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), body, 0o600))
}

func scriptCounts(ts *testscript.TestScript, _ bool, args []string) {
	var r imported
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &r))
	if r.KMSRecords == 0 || r.Report == nil {
		ts.Fatalf("nothing was counted")
	}
	r.Files, r.Records, r.Duplicates, r.Bytes, r.WallMS, r.Digests, r.OtherFiles = 0, 0, 0, 0, 0, 0, 0
	r.Report.MadeAt, r.Report.Input = time.Time{}, nil
	body, err := json.Marshal(r)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), body, 0o600))
}

// trailTruth is what encoding/json finds in log files.
type trailTruth struct {
	files, records, kms, denied int64
	bytes                       int64
	uses                        map[string]int64 // by operation and encryption context's names
}

func countTrail(t *testing.T, root string) trailTruth {
	t.Helper()
	truth := trailTruth{uses: map[string]int64{}}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, ".json") {
			return err
		}
		body, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(path, ".gz") {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
				body, err = io.ReadAll(z)
			}
		}
		if err != nil {
			return err
		}
		truth.files++
		truth.bytes += int64(len(body))
		return truth.add(body)
	})
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

func (truth *trailTruth) add(body []byte) error {
	var file struct {
		Records []struct {
			EventSource, EventName, ErrorCode string
			Resources                         []struct{ ARN string }
		}
	}
	if err := json.Unmarshal(body, &file); err != nil {
		return err
	}
	truth.records += int64(len(file.Records))
	for _, r := range file.Records {
		if r.EventSource != "kms.amazonaws.com" {
			continue
		}
		truth.kms++
		if strings.HasPrefix(r.ErrorCode, "AccessDenied") {
			truth.denied++
		}
		key := ""
		if len(r.Resources) > 0 {
			key = r.Resources[0].ARN
		}
		truth.uses[key+" "+r.EventName]++
	}
	return nil
}

func importJSON(t *testing.T, args ...string) (imported, string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(context.Background(), append([]string{"--json", "ledger", "import"}, args...), nil, &out, &errOut)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	var r imported
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r, errOut.String()
}

func checkImport(t *testing.T, got imported, want trailTruth) {
	t.Helper()
	if got.Files != want.files || got.Records != want.records || got.KMSRecords != want.kms || got.Denied != want.denied || got.Bytes != want.bytes {
		t.Errorf("files, records, of KMS, denied, bytes: %d %d %d %d %d, want %d %d %d %d %d", got.Files, got.Records, got.KMSRecords,
			got.Denied, got.Bytes, want.files, want.records, want.kms, want.denied, want.bytes)
	}
	if got.Attributed != want.kms || got.BrokenRecords != 0 || got.BrokenFiles != 0 || len(got.Broken) != 0 {
		t.Errorf("%d attributed of %d, %d broken records, %d broken files", got.Attributed, want.kms, got.BrokenRecords, got.BrokenFiles)
	}
	uses := map[string]int64{}
	for _, k := range got.Report.Keys.Rows {
		for _, o := range k.Operations.Rows {
			uses[k.ARN+" "+o.Name] += int64(o.Uses)
		}
	}
	if fmt.Sprint(uses) != fmt.Sprint(want.uses) {
		t.Errorf("by key and operation\n%v\nwant\n%v", uses, want.uses)
	}
}

func TestLedgerImport_generated(t *testing.T) {
	dir := t.TempDir()
	if _, err := writeTrail(dir, 7, 90); err != nil {
		t.Fatal(err)
	}
	want := countTrail(t, dir)
	if want.denied == 0 {
		t.Fatal("the generated files have no denied call")
	}
	for _, jobs := range []string{"1", "3"} {
		got, errOut := importJSON(t, dir, "--jobs", jobs)
		checkImport(t, got, want)
		if errOut != "" || got.Findings == 0 {
			t.Errorf("%d findings, told %q", got.Findings, errOut)
		}
	}
}

// TestLedgerImport_realFiles reads real CloudTrail files: every record of KMS
// that encoding/json finds is counted and attributed.
func TestLedgerImport_realFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(trailFolder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no CloudTrail files in %s", trailFolder)
	}
	want := countTrail(t, trailFolder)
	got, _ := importJSON(t, trailFolder)
	checkImport(t, got, want)
	t.Logf("%d records in %d files, %d of KMS, %d attributed", got.Records, got.Files, got.KMSRecords, got.Attributed)
}

func TestLedgerImport_stopped(t *testing.T) {
	dir := t.TempDir()
	if _, err := writeTrail(dir, 2, 10); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out, errOut bytes.Buffer
	if code := run(ctx, []string{"ledger", "import", dir}, nil, &out, &errOut); code != exitError || !strings.Contains(errOut.String(), "the import was stopped") {
		t.Errorf("exit code %d: %s", code, errOut.String())
	}
}

func TestFindTrailFiles_links(t *testing.T) {
	dir := t.TempDir()
	if _, err := writeTrail(filepath.Join(dir, "real"), 2, 1); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"root": "real", "real/gone.json": "nowhere.json", "real/loop": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	found, err := findTrailFiles(context.Background(), []string{filepath.Join(dir, "root"), filepath.Join(dir, "root")})
	if err != nil || len(found.paths) != 2 || len(found.broken) != 2 {
		t.Errorf("%d files, broken %v, %v; want the two files once, and the dangling link told each time", len(found.paths), found.broken, err)
	}
}

func TestKindOfFile(t *testing.T) {
	for path, want := range map[string]fileKind{
		"a/111122223333_CloudTrail_us-east-1_20250301T0005Z_AbCd.json.gz": logFile,
		"x.json": logFile, "x.json.gz": logFile, "x.gz": otherFile, "x.parquet": otherFile,
		"AWSLogs/1/CloudTrail-Digest/us-east-1/2025/03/01/1_CloudTrail-Digest_us-east-1_t_us-east-1_20250301T000000Z.json.gz":       digestFile,
		"1_CloudTrail-Digest_us-east-1_t_us-east-1_20250301T000000Z.json.gz":                                                        digestFile,
		"AWSLogs/1/CloudTrail-NetworkActivity/us-east-1/2025/03/01/1_CloudTrail-NetworkActivity_us-east-1_20250301T0000Z_A.json.gz": logFile,
		"AWSLogs/1/CloudTrail-NetworkActivity/us-east-1/2025/03/01/1_CloudTrail_us-east-1_20250301T0000Z_A.json.gz":                 logFile,
		"AWSLogs/1/CloudTrail-Aggregated/us-east-1/2025/03/01/1_CloudTrail_us-east-1_20250301T0000Z_A.json.gz":                      otherFile,
		"AWSLogs/1/CloudTrail-Digest/x.json": digestFile,
		"AWSLogs/1/CloudTrail-Insight/us-east-1/2025/03/01/1_CloudTrail-Insight_us-east-1_20250301T0000Z_A.json.gz": otherFile,
	} {
		if got := kindOfFile(filepath.FromSlash(path)); got != want {
			t.Errorf("%s: kind %d, want %d", path, got, want)
		}
	}
}

func TestDelivered(t *testing.T) {
	const first, second = "z/1_CloudTrail_us-east-1_20250301T0005Z_B.json.gz", "a/1_CloudTrail_eu-west-1_20250301T0010Z_A.json.gz"
	paths := []string{"a.json", second, "1_CloudTrail_x.json", first}
	slices.SortFunc(paths, func(a, b string) int { return strings.Compare(delivered(a), delivered(b)) })
	if paths[0] != first || paths[1] != second {
		t.Errorf("%v; want the order of delivery, and the others last", paths)
	}
}

func TestImporter_forget(t *testing.T) {
	imp := &importer{cfg: keyusage.Config{Seen: keyusage.NewEventSet()}, latest: time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)}
	latest := imp.latest.Unix() / 3600
	for i := range 2000 {
		imp.cfg.Seen.Add(latest-int64(i), keyusage.UUID{1, byte(i), byte(i >> 8)})
	}
	imp.forget(2000)
	if imp.cfg.Seen.Len() != 2000 || !imp.forgotten.IsZero() {
		t.Errorf("%d left of 2,000 that had room", imp.cfg.Seen.Len())
	}
	imp.forget(200)
	if n := imp.cfg.Seen.Len(); n != 169 || !imp.forgotten.Equal(imp.latest.Add(-7*24*time.Hour)) {
		t.Errorf("%d left, from %s; want those of the last week", n, imp.forgotten)
	}
	imp.forget(0)
	if n := imp.cfg.Seen.Len(); n != 0 {
		t.Errorf("%d left, want none", n)
	}
}

func TestAsImportError(t *testing.T) {
	err := asImportError(fmt.Errorf("reading x: %w", keyusage.ErrFull))
	if !errors.Is(err, keyusage.ErrFull) || !strings.Contains(err.Error(), "2,000,000 combinations") {
		t.Errorf("%v", err)
	}
	if err := asImportError(nil); err != nil {
		t.Errorf("%v of nothing", err)
	}
}

func TestProgress_run(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out, files: 4, size: 4_000_000, quit: make(chan struct{})}
	p.fileDone()
	p.read.Store(1_000_000)
	tick, over := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(over)
		p.run(tick)
	}()
	tick <- time.Time{}
	close(p.quit)
	<-over
	if got := out.String(); got != "\r\x1b[K[#######.......................]  25 %  1 of 4 files, 1.0 of 4.0 MB\r\x1b[K" {
		t.Errorf("%q", got)
	}
	if isTerminal(&out) {
		t.Error("a buffer is no terminal")
	}
}

func TestPrintBroken_many(t *testing.T) {
	var l brokenList
	for i := range maxBroken + 7 {
		l.add(brokenPart{File: "b.json", Offset: int64(maxBroken - i), Reason: "x"})
	}
	var out bytes.Buffer
	printBroken(&out, imported{Broken: l.sorted(), MoreBroken: l.more})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != toldBroken+1 || lines[0] != "broken: b.json: record at offset 1: x" || lines[toldBroken] != "broken: and 957 more" {
		t.Errorf("%d lines, first %q, last %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

func TestPrintImport_cut(t *testing.T) {
	src := manyKeys{}
	rep := report.Build(src, report.Options{})
	var out bytes.Buffer
	printImport(&out, &ledgerImportCmd{}, imported{Uses: int64(rep.Totals.Uses), Report: rep})
	if text := out.String(); !strings.Contains(text, "and 15 more keys: --json") || strings.Count(text, "  and 5 more\n") != 25 {
		t.Errorf("lists are not cut:\n%.2000s", text)
	}
}

// manyKeys is 40 keys, each used by 20 principals.
type manyKeys struct{}

func (manyKeys) Totals() keyusage.Totals                { return keyusage.Totals{} }
func (manyKeys) Findings() ([]keyusage.Finding, uint64) { return nil, 0 }
func (manyKeys) Each(visit func(keyusage.Rollup)) {
	for i := range 800 {
		visit(keyusage.Rollup{Attribution: keyusage.Attribution{KeyARN: strconv.Itoa(i / 20)}, Operation: "Decrypt",
			Principal: keyusage.Principal{ID: strconv.Itoa(i % 20)}, Count: 1, Hour: time.Unix(0, 0)})
	}
}
