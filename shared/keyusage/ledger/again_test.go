package ledger_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/metric"
	"latchkey/shared/objects"
)

// TestLedger_Settle_met: records that came in two files, between which their
// tenant was registered, count once: the first file is read again.
func TestLedger_Settle_met(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 31, Tenants: 2, PerFile: 30 * time.Minute})
	keys := w.files(4, 200) // 0 and 2 have one that repeats half of their records behind them
	before := w.open(w.before(w.deps(), 1))
	ingest(t, before, keys[0], keys[2], keys[3])
	l := w.open(w.deps())
	ingest(t, l, keys...) // the rest: those that were read are not read again
	if d := difference(w.usage(l), w.truth); d == "" {
		t.Error("nothing was counted twice: the test shows nothing")
	}
	if _, err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if d := difference(w.usage(l), w.truth); d == "" {
		t.Error("read again before others' answers are too old")
	}
	w.clock.advance(time.Hour)
	if _, err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if d := difference(w.usage(w.open(w.deps())), w.truth); d != "" {
		t.Error(d)
	}
	for name := range w.table() { // as Athena sees it
		if strings.Contains(name, "tenant=_unknown/") && w.rows(name) != 0 {
			t.Errorf("%s has %d rows", name, w.rows(name))
		}
	}
	w.clock.advance(time.Hour)
	if _, err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.due(); n != 0 {
		t.Errorf("%d things are still to be looked at", n)
	}
}

// TestLedger_Settle_metMany: a few files at a time are read again, and one that is
// gone holds up none.
func TestLedger_Settle_metMany(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 32, Tenants: 2, PerFile: time.Minute})
	keys := w.files(16, 40)
	ingest(t, w.open(w.before(w.deps(), 1)), keys[:22]...)
	deps := w.deps()
	w.gone[keys[0]] = true
	deps.Objects = fading{w.objects, w.gone}
	l := w.open(deps)
	ingest(t, l, keys[22:]...)
	w.clock.advance(time.Hour)
	passes := 0
	for ; w.due() > 0 && passes < 200; passes++ {
		if _, err := l.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(2 * time.Minute)
	}
	if passes < 3 || passes == 200 {
		t.Errorf("%d passes", passes)
	}
	f, err := l.File(ctx, trail, keys[0])
	if err != nil || !f.Done || len(f.Missed) == 0 {
		t.Errorf("the file that is gone: %+v, %v", f, err)
	}
	delete(w.gone, keys[0])
	w.forget(keys[0])
	ingest(t, l, keys[0])
	if d := difference(w.usage(l), w.truth); d != "" {
		t.Error(d)
	}
}

// refusing is a bucket that does not give out one object.
type refusing struct {
	ledger.Objects
	key string
}

func (r refusing) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	if key == r.key {
		return nil, coded.New(coded.Internal, "access to %s is denied", key)
	}
	return r.Objects.Open(ctx, bucket, key)
}

// TestLedger_Settle_refused: a file that cannot be read again holds up no other,
// is told, and is given up in the end.
func TestLedger_Settle_refused(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 34, Tenants: 2, PerFile: time.Minute})
	keys := w.files(6, 40)
	ingest(t, w.open(w.before(w.deps(), 1)), keys[:8]...)
	deps := w.deps()
	deps.Objects = refusing{w.objects, keys[0]}
	l := w.open(deps)
	ingest(t, l, keys[8])
	w.clock.advance(time.Hour)
	again := w.clock.Now()
	for range 2 {
		if _, err := l.Settle(ctx); !coded.Is(err, coded.Internal) {
			t.Fatalf("%v, want the refusal", err)
		}
		w.clock.advance(2 * time.Minute)
	}
	for i, key := range keys[:8] {
		f, err := l.File(ctx, trail, key)
		if err != nil || i > 0 && len(f.Missed) > 0 && f.ReadAt.Before(again) {
			t.Errorf("%s was read last at %s, %v", key, f.ReadAt, err)
		}
	}
	for range 150 {
		_, _ = l.Settle(ctx)
		w.clock.advance(2 * time.Minute)
	}
	if n := w.due(); n > 0 {
		t.Errorf("%d things are still due", n)
	}
}

// TestLedger_Settle_metAmongMany: files that missed more than is noted of each are
// read again for what was met, all of them, and not over and over for what they still miss.
func TestLedger_Settle_metAmongMany(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 33, Tenants: 200, PerFile: time.Minute})
	keys := w.files(10, 600)
	none, first := w.before(w.deps(), 0), w.before(w.deps(), 0)
	for i := range w.gen.World.Tenants {
		t := w.gen.World.Tenants[i]
		none.Records.(hiding).hidden[t.ID], none.Records.(hiding).hidden[t.KeyARN] = true, true
		first.Records.(hiding).hidden[t.ID], first.Records.(hiding).hidden[t.KeyARN] = i > 0, i > 0
	}
	ingest(t, w.open(none), keys[:len(keys)-1]...)
	if f, err := w.open(none).File(ctx, trail, keys[0]); err != nil || !slices.Equal(f.Missed, []string{"*"}) {
		t.Fatalf("it missed %d names, %v: the test shows nothing", len(f.Missed), err)
	}
	l := w.open(first)
	known := w.clock.Now()
	ingest(t, l, keys[len(keys)-1])
	w.clock.advance(time.Hour)
	before, passes := w.metrics.n[metric.LedgerFiles], 0
	for ; w.due() > 0 && passes < 50; passes++ {
		if _, err := l.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(2 * time.Minute)
	}
	// What is met while files are read again has them read once more.
	if n := w.metrics.n[metric.LedgerFiles] - before; w.due() > 0 || n > int64(3*len(keys)) {
		t.Errorf("%d files were read again in %d passes, and %d things are still due", n, passes, w.due())
	}
	for _, key := range keys[:len(keys)-1] {
		if f, err := l.File(ctx, trail, key); err != nil || f.ReadAt.Before(known.Add(time.Hour)) {
			t.Errorf("%s was read last at %s, %v", key, f.ReadAt, err)
		}
	}
}

// rows counts the rows of a file of the table.
func (w *world) rows(key string) (n int) {
	w.Helper()
	o, err := w.objects.Open(ctx, bucket, key)
	if err != nil {
		w.Fatal(err)
	}
	defer o.Body.Close()
	body, err := io.ReadAll(o.Body)
	if err == nil {
		err = parquet.Read(ctx, body, "", func(*keyusage.Use) error { n++; return nil })
	}
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// due counts what Settle has to look at, now or later.
func (w *world) due() (n int) {
	w.Helper()
	for shard := range catalog.DueShards {
		list, err := w.store.Due(ctx, "findings", shard, w.clock.Now().Add(24*time.Hour), 1000)
		if err != nil {
			w.Fatal(err)
		}
		n += len(list)
	}
	return n
}

// TestLedger_Ingest_alias: whose key was meant by a call that was denied, of which
// CloudTrail gives the alias only.
func TestLedger_Ingest_alias(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 33, Tenants: 2})
	one, two := w.gen.World.Tenants[0], w.gen.World.Tenants[1]
	by := func(n int, at time.Duration, alias, key, code string) call {
		return call{n: n, at: start.Add(at), who: session(strangeRole, ""), operation: "Decrypt", key: key, errorCode: code,
			request: `{"keyId":"` + alias + `","encryptionContext":{"a":"b"}}`}
	}
	l := w.open(w.deps())
	const arn = "arn:aws:kms:" + region + ":" + account + ":alias/app"
	who := func(n int) (tenants []string) {
		t.Helper()
		w.clock.advance(2 * time.Minute) // answers of before are too old
		ingest(t, l, w.deliver(w.gen.Name(10*n), document(by(10*n, time.Hour, "alias/app", "", "AccessDenied"), by(10*n+1, time.Hour, arn, "", "AccessDenied"))))
		for _, f := range w.told() {
			if slices.Contains(f.Evidence, eventID(10*n)) {
				tenants = append(tenants, f.TenantID+" "+f.KeyARN[strings.LastIndexByte(f.KeyARN, ':')+1:])
			}
		}
		return tenants
	}
	of := func(t trailtest.Tenant) string { return t.ID + " " + t.KeyARN[strings.LastIndexByte(t.KeyARN, ':')+1:] }
	if got := who(1); !slices.Equal(got, []string{" alias/app"}) {
		t.Errorf("before it was shown: %q", got)
	}
	ingest(t, l, w.deliver(w.gen.Name(1), document(by(1, 0, "alias/app", one.KeyARN, ""), by(2, 0, "alias/none", "arn:aws:kms:us-east-1:999999999999:key/aaaaaaaa-1a3b-4563-8da1-db178a4a57a6", ""))))
	if got := who(2); !slices.Contains(got, of(one)) {
		t.Errorf("after: %q", got)
	}
	// It is moved to another key; an older file changes nothing.
	ingest(t, l, w.deliver(w.gen.Name(2), document(by(3, 2*time.Hour, arn, two.KeyARN, ""))),
		w.deliver(w.gen.Name(3), document(by(4, time.Hour, arn, one.KeyARN, ""))))
	l = w.open(w.deps())
	if got := who(3); !slices.Contains(got, of(two)) || slices.Contains(got, of(one)) {
		t.Errorf("after it was moved: %q", got)
	}
	// What was denied before the alias was known is the tenant's too.
	w.clock.advance(time.Hour)
	if _, err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	s, err := l.Collect(ctx, "", start, start.Add(5*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Rollups {
		if r.KeyARN == arn {
			t.Errorf("still under no tenant: %+v", r)
		}
	}
}
