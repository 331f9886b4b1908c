package ledger_test

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/objects"
)

// collected returns how many uses and findings of a kind the first tenant's first
// day has, for a process of its own.
func (w *world) collected(kind keyusage.Kind) (uses int64, found int) {
	w.Helper()
	day := start.Truncate(24 * time.Hour)
	s, err := w.open(w.deps()).Collect(ctx, w.gen.World.Tenants[0].ID, day, day.Add(24*time.Hour))
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range s.Found {
		if f.Kind == kind {
			found++
		}
	}
	return s.Totals().Uses, found
}

// keptDays returns the objects of the kept days, by key.
func (w *world) keptDays() map[string]string {
	w.Helper()
	list, err := w.objects.List(ctx, bucket, ledger.RollupPrefix, "")
	if err != nil {
		w.Fatal(err)
	}
	days := map[string]string{}
	for _, info := range list {
		o, err := w.objects.Open(ctx, bucket, info.Key)
		if err != nil {
			w.Fatal(err)
		}
		body, err := io.ReadAll(o.Body)
		if err != nil {
			w.Fatal(err)
		}
		days[info.Key] = string(body)
	}
	return days
}

// TestLedger_Collect_keptSettings: what was found by other settings is not told.
func TestLedger_Collect_keptSettings(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 21, Tenants: 1, PerFile: 10 * time.Minute})
	w.config.AnyPrincipal = false
	l := w.open(w.deps())
	for i := range 6 {
		ingest(t, l, w.deliver(w.gen.Name(i), w.gen.File(i, 50)))
	}
	for _, c := range []struct {
		name   string
		change func(*ledger.Config)
		found  int // at most 2 are told apart
	}{
		{"in force", func(*ledger.Config) {}, 2},
		{"room for one finding", func(c *ledger.Config) { c.Rules.MaxFindings = 1 }, 1},
		{"room again", func(c *ledger.Config) { c.Rules.MaxFindings = 0 }, 2},
		{"off", func(c *ledger.Config) { c.AnyPrincipal = true }, 0},
		{"on again", func(c *ledger.Config) { c.AnyPrincipal = false }, 2},
		{"all are known", func(c *ledger.Config) { c.Known = []string{"arn:aws:iam::*"} }, 0},
		{"nobody is known", func(c *ledger.Config) { c.Known = nil }, 2},
		{"all are ours", func(c *ledger.Config) { c.Ours = "arn:aws:iam::*" }, 0},
	} {
		c.change(&w.config)
		if _, found := w.collected(keyusage.UnknownPrincipal); min(found, 2) != c.found {
			t.Errorf("%s: %d findings", c.name, found)
		}
		if len(w.keptDays()) == 0 {
			t.Errorf("%s: nothing is kept", c.name)
		}
	}
}

// TestLedger_Collect_keptChanged: a kept day that somebody else wrote is not
// believed, whatever it says of itself.
func TestLedger_Collect_keptChanged(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 21, Tenants: 1, PerFile: 10 * time.Minute})
	w.config.AnyPrincipal = false
	l := w.open(w.deps())
	for i := range 6 {
		ingest(t, l, w.deliver(w.gen.Name(i), w.gen.File(i, 50)))
	}
	uses, found := w.collected(keyusage.UnknownPrincipal)
	if uses == 0 || found == 0 || len(w.keptDays()) != 1 {
		t.Fatalf("%d uses, %d findings, %d days kept", uses, found, len(w.keptDays()))
	}
	for name, change := range map[string]func(day map[string]any){
		"emptied":     func(day map[string]any) { day["rollups"], day["findings"] = []any{}, []any{} },
		"no findings": func(day map[string]any) { delete(day, "findings") },
	} {
		for key, body := range w.keptDays() {
			var day map[string]any
			if err := json.Unmarshal([]byte(body), &day); err != nil {
				t.Fatal(err)
			}
			change(day)
			changed, err := json.Marshal(day)
			if err == nil {
				_, err = w.objects.Put(ctx, bucket, key, changed, objects.Options{})
			}
			if err != nil {
				t.Fatal(err)
			}
			if n, m := w.collected(keyusage.UnknownPrincipal); n != uses || m != found {
				t.Errorf("%s: %d uses, %d findings; want %d, %d", name, n, m, uses, found)
			}
			if w.keptDays()[key] != body {
				t.Errorf("%s: the day was not kept again", name)
			}
			if _, err := w.objects.Put(ctx, bucket, key, []byte(body+" "), objects.Options{}); err != nil {
				t.Fatal(err)
			}
			if n, _ := w.collected(keyusage.UnknownPrincipal); n != uses || w.keptDays()[key] != body {
				t.Errorf("%s: %d uses with something behind the day", name, n)
			}
		}
	}
}

// noCounted is a catalog that takes no item of a kept day.
type noCounted struct{ catalog.Store }

// Commit implements catalog.Store.
func (s noCounted) Commit(ctx context.Context, tx catalog.Tx) error {
	if slices.ContainsFunc(tx.Puts, func(p catalog.Put) bool { return strings.HasPrefix(p.Item.Key.Part, "counted#") }) {
		return coded.New(coded.Retryable, "throttled")
	}
	return s.Store.Commit(ctx, tx)
}

// TestLedger_Collect_keptHalf: a day whose object was kept and its hash was not, or
// with another file's, is counted anew and kept again.
func TestLedger_Collect_keptHalf(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 21, Tenants: 1, PerFile: 10 * time.Minute})
	l := w.open(w.deps())
	day, id := start.Truncate(24*time.Hour), w.gen.World.Tenants[0].ID
	var uses int64
	for i := range 6 {
		ingest(t, l, w.deliver(w.gen.Name(i), w.gen.File(i, 50)))
		deps := w.deps()
		deps.Store = noCounted{deps.Store}
		s, err := w.open(deps).Collect(ctx, id, day, day.Add(24*time.Hour))
		if err != nil || s.Totals().Uses <= uses {
			t.Fatalf("file %d: %d uses after %d, %v", i, s.Totals().Uses, uses, err)
		}
		uses = s.Totals().Uses
		if i == 4 { // the hash that is there is of another list of files from now on
			w.collected("")
		}
	}
	for range 2 {
		if n, _ := w.collected(""); n != uses {
			t.Errorf("%d uses, want %d", n, uses)
		}
	}
}

// TestLedger_Collect_keptRead: a kept day is what is told, without its files.
func TestLedger_Collect_keptRead(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 21, Tenants: 1, PerFile: 10 * time.Minute})
	l := w.open(w.deps())
	for i := range 6 {
		ingest(t, l, w.deliver(w.gen.Name(i), w.gen.File(i, 50)))
	}
	uses, _ := w.collected("")
	deps := w.deps()
	opened := opening{Objects: deps.Objects, n: map[string]int{}}
	deps.Objects = opened
	day := start.Truncate(24 * time.Hour)
	s, err := w.open(deps).Collect(ctx, w.gen.World.Tenants[0].ID, day, day.Add(24*time.Hour))
	if err != nil || s.Totals().Uses != uses || len(opened.n) != 1 {
		t.Errorf("%d uses, want %d; opened %v; %v", s.Totals().Uses, uses, opened.n, err)
	}
}

// opening counts the objects that are opened.
type opening struct {
	ledger.Objects
	n map[string]int
}

// TestLedger_Collect_notKept: a day that is not over, or has few files, is not
// worth keeping.
func TestLedger_Collect_notKept(t *testing.T) {
	midnight := start.Truncate(24 * time.Hour).Add(24 * time.Hour)
	for _, c := range []struct {
		name  string
		files int
		now   time.Time
		kept  bool
	}{
		{"over", 4, midnight.Add(time.Hour + time.Second), true},
		{"over, and files may be late", 4, midnight.Add(time.Hour), false},
		{"under way", 4, midnight.Add(-time.Hour), false},
		{"few files", 3, midnight.Add(48 * time.Hour), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 21, Tenants: 1, PerFile: 10 * time.Minute})
			w.clock.now = c.now
			l := w.open(w.deps())
			for i := range c.files {
				ingest(t, l, w.deliver(w.gen.Name(i), w.gen.File(i, 50)))
			}
			if uses, _ := w.collected(""); uses == 0 || (len(w.keptDays()) == 1) != c.kept {
				t.Errorf("%d uses, %d days kept", uses, len(w.keptDays()))
			}
		})
	}
}

// TestLedger_Collect_unlisted: uses whose findings had no room are counted, also
// of a part of a day, and from what is kept.
func TestLedger_Collect_unlisted(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 21, Tenants: 1, PerFile: 10 * time.Minute})
	w.config.Rules.MaxFindings = 2
	l := w.open(w.deps())
	key := w.gen.World.Tenants[0].KeyARN
	for n, operation := range strings.Fields("Decrypt Encrypt Sign Verify GenerateMac") { // at 22:00, 22:20, …, 23:20
		at := start.Add(time.Duration(n) * 20 * time.Minute)
		ingest(t, l, w.deliver(w.gen.Name(n), document(call{n: n, at: at, who: session(strangeRole, ""), operation: operation, key: key, errorCode: "AccessDenied"})))
	}
	day := start.Truncate(24 * time.Hour)
	for _, c := range []struct {
		from, until time.Time
		unlisted    uint64
	}{
		{day, day.Add(24 * time.Hour), 3}, {day, day.Add(24 * time.Hour), 3}, {start, start.Add(time.Hour), 1}, {start.Add(time.Hour), start.Add(2 * time.Hour), 0},
	} {
		s, err := w.open(w.deps()).Collect(ctx, w.gen.World.Tenants[0].ID, c.from, c.until)
		if err != nil {
			t.Fatal(err)
		}
		if found, unlisted := s.Findings(); len(found) != 2 || unlisted != c.unlisted {
			t.Errorf("%s to %s: %d findings, %d uses unlisted, want %d", c.from, c.until, len(found), unlisted, c.unlisted)
		}
	}
	if len(w.keptDays()) != 1 {
		t.Error("the day is not kept")
	}
}

// Open implements ledger.Objects.
func (o opening) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	o.n[key]++
	object, err := o.Objects.Open(ctx, bucket, key)
	if err == nil {
		object.Body = io.NopCloser(iotest.OneByteReader(object.Body)) // as a network may
	}
	return object, err
}
