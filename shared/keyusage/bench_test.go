package keyusage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/scan"
	"latchkey/shared/keyusage/trailtest"
)

var (
	benchMB     = flag.Int("keyusage.mb", 50, "decompressed size of the benchmark's data in MB")
	benchRounds = flag.Int("keyusage.rounds", 5, "rounds of which the benchmark takes the median")
)

// job is generated data and the ways to read it that are compared.
type job struct {
	dir    *fleet
	files  [][]byte
	plain  int // decompressed bytes
	groups int
	least  map[string][]float64 // seconds of each file, the quickest of all rounds
}

func newJob(mb int) *job {
	g := trailtest.New(trailtest.Config{Seed: 1, PerFile: 20 * time.Minute})
	j := &job{dir: newFleet(g.World), least: map[string][]float64{}}
	for n := 0; j.plain < mb<<20; n++ {
		doc := g.File(n, 5000)
		j.plain += len(doc)
		j.files = append(j.files, trailtest.Gzip(doc))
	}
	return j
}

func gunzip(file []byte) error {
	zr, err := gzip.NewReader(bytes.NewReader(file))
	if err == nil {
		_, err = io.Copy(io.Discard, zr)
	}
	return err
}

// jsonRecord is what a program with encoding/json would read of a record.
type jsonRecord struct {
	EventID, EventTime, EventName, EventSource, AWSRegion, ErrorCode, RecipientAccountID string

	UserIdentity struct {
		Type, PrincipalID, ARN, AccountID, InvokedBy string
		SessionContext                               struct{ SessionIssuer struct{ ARN string } }
	}
	RequestParameters struct {
		KeyID             string
		EncryptionContext map[string]string
	}
	Resources           []struct{ ARN string }
	AdditionalEventData struct{ KeyMaterialID string }
}

// viaJSON uses the ledger's own gunzip, so that the rest is what is compared.
func viaJSON(file []byte) error {
	zr, err := scan.Open(context.Background(), bytes.NewReader(file), scan.Limits{})
	if err != nil {
		return err
	}
	var doc struct{ Records []jsonRecord }
	return json.NewDecoder(zr).Decode(&doc)
}

// timed adds the time that f takes to a sum of seconds, and returns it.
func timed(b *testing.B, sum *float64, f func() error) float64 {
	b.Helper()
	start := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start).Seconds()
	*sum += took
	return took
}

// note remembers the quickest time of a file.
func (j *job) note(name string, i int, seconds float64) {
	if list := j.least[name]; i == len(list) {
		j.least[name] = append(list, seconds)
	} else {
		list[i] = min(list[i], seconds)
	}
}

// speed is that of all files, each at its quickest, in MB/s.
func (j *job) speed(name string) float64 {
	sum := 0.0
	for _, seconds := range j.least[name] {
		sum += seconds
	}
	return float64(j.plain) / 1e6 / sum
}

// round measures each way over all files, in turns file by file, so that what
// else the machine does hits them alike; two goroutines over all files at the
// end. The results are in MB/s.
func (j *job) round(b *testing.B) map[string]float64 {
	var unzip, whole, viaStd, two float64
	l := keyusage.NewLedger(keyusage.Config{Directory: j.dir})
	for i, file := range j.files {
		j.note("gunzip", i, timed(b, &unzip, func() error { return gunzip(file) }))
		j.note("job", i, timed(b, &whole, func() error { return add(l, file) }))
		if i == 0 {
			timed(b, &viaStd, func() error { return viaJSON(file) })
		}
	}
	j.groups = len(l.Rollups())
	timed(b, &two, j.twoAtOnce)
	mb := float64(j.plain) / 1e6
	return map[string]float64{
		"gunzip": mb / unzip, "job": mb / whole, "two": mb / two, "json": mb / float64(len(j.files)) / viaStd,
	}
}

func add(l *keyusage.Ledger, file []byte) error {
	_, err := l.AddFile(context.Background(), "f", bytes.NewReader(file))
	return err
}

// twoAtOnce does the whole job on two goroutines, each with half of the files.
func (j *job) twoAtOnce() error {
	var ledgers [2]*keyusage.Ledger
	var errs [2]error
	var wg sync.WaitGroup
	for w := range ledgers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ledgers[w] = keyusage.NewLedger(keyusage.Config{Directory: j.dir})
			for i := w; i < len(j.files) && errs[w] == nil; i += len(ledgers) {
				errs[w] = add(ledgers[w], j.files[i])
			}
		}()
	}
	wg.Wait()
	return errors.Join(errs[0], errs[1], ledgers[0].Merge(ledgers[1]))
}

// BenchmarkLedger_job compares the whole job (gunzip, scan, attribute, count)
// with gunzip alone and with encoding/json, by medians of rounds:
//
//	go test ./shared/keyusage -run '^$' -bench Ledger_job -benchtime 1x -keyusage.mb=500
func BenchmarkLedger_job(b *testing.B) {
	j := newJob(*benchMB)
	for range b.N {
		results := map[string][]float64{}
		for range *benchRounds {
			speed := j.round(b)
			for name, mbs := range speed {
				results[name+"_MB/s"] = append(results[name+"_MB/s"], mbs)
			}
			results["job/gunzip"] = append(results["job/gunzip"], speed["job"]/speed["gunzip"])
			results["job/json"] = append(results["job/json"], speed["job"]/speed["json"])
			results["two/one"] = append(results["two/one"], speed["two"]/speed["job"])
		}
		for name, list := range results {
			slices.Sort(list)
			b.ReportMetric(list[len(list)/2], name)
		}
		b.ReportMetric(j.speed("job")/j.speed("gunzip"), "quickest_job/gunzip")
		b.ReportMetric(float64(j.groups), "groups")
	}
}

// BenchmarkLedger_AddFile is the job without gunzip.
func BenchmarkLedger_AddFile(b *testing.B) {
	g := trailtest.New(trailtest.Config{Seed: 1, PerFile: 20 * time.Minute})
	doc := g.File(0, 5000)
	l := keyusage.NewLedger(keyusage.Config{Directory: newFleet(g.World)})
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for range b.N {
		if _, err := l.AddFile(context.Background(), "f", bytes.NewReader(doc)); err != nil {
			b.Fatal(err)
		}
	}
}
