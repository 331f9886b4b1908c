package ledger_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/ledger/ledgerreport"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/objects"
)

// TestLedger_Proved_doubt: an hour is not proved if records of a file of it could
// not be read, or if the file is no longer there as it was read.
func TestLedger_Proved_doubt(t *testing.T) {
	name := func(w *world) string { return w.gen.Name(0) }
	whole := func(w *world) []byte {
		return document(call{n: 1, at: start, who: service("rds.amazonaws.com"), operation: "Decrypt", key: w.gen.World.Tenants[0].KeyARN},
			call{n: 2, at: start, who: service("rds.amazonaws.com"), operation: "Decrypt", key: w.gen.World.Tenants[0].KeyARN})
	}
	broken := func(w *world) []byte { return []byte(strings.Replace(string(whole(w)), eventID(2), "not-a-uuid", 1)) }
	for _, c := range []struct {
		name string
		doc  func(w *world) []byte
		then func(w *world)
		why  string // empty: proved
	}{
		{"sound", whole, func(*world) {}, ""},
		{"broken record", broken, func(*world) {}, "log-broken: 1 of the records of NAME could not be read"},
		{"replaced", whole, func(w *world) { w.deliver(name(w), document()) }, "log-changed: NAME is no longer what was read"},
		{"spoilt", whole, func(w *world) { w.raw(name(w), []byte("x")) }, "log-changed: NAME is no longer what was read"},
		{"removed", whole, func(w *world) { w.gone[name(w)] = true }, "log-missing: NAME is gone since it was read"},
		// The same content under another tag, as S3 may give it to what is put again.
		{"put again", whole, func(w *world) { w.raw(name(w), whole(w)) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1, PerFile: time.Hour})
			s := newSigner(w)
			deps := w.deps()
			deps.PublicKeys, deps.Objects = s, fading{w.objects, w.gone}
			l := w.open(deps)
			key, doc := name(w), c.doc(w)
			w.deliver(key, doc)
			ingest(t, l, key, s.digest(start.Add(time.Hour), map[string][]byte{key: doc}))
			c.then(w)
			ingest(t, l, s.digest(start.Add(2*time.Hour), nil))
			list, err := l.Proved(ctx, start, start.Add(time.Hour))
			why := strings.ReplaceAll(c.why, "NAME", key)
			if err != nil || len(list) != 1 || list[0].Proved != (why == "") || list[0].Why != why {
				t.Errorf("%+v, %v, want %q", list, err, why)
			}
			rep, err := ledgerreport.Make(ctx, l, w.gen.World.Tenants[0].ID, start, start.Add(time.Hour))
			if err != nil || why != "" && (len(rep.Proof.Gaps) != 1 || rep.Proof.Gaps[0].Why != why) {
				t.Errorf("the report says %+v, %v", rep.Proof, err)
			}
		})
	}
}

// raw puts an object as it is.
func (w *world) raw(key string, body []byte) {
	w.Helper()
	if _, err := w.objects.Put(ctx, trail, key, body, objects.Options{}); err != nil {
		w.Fatal(err)
	}
}

// TestLedger_Proved_unread: what could not be read to its end proves nothing.
func TestLedger_Proved_unread(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1, PerFile: time.Hour})
	s := newSigner(w)
	deps := w.deps()
	deps.PublicKeys = s
	l := w.open(deps)
	doc := w.gen.File(0, 2000)
	whole := trailtest.Gzip(doc)
	w.raw(w.gen.Name(0), whole[:len(whole)/2])
	if _, err := l.Ingest(ctx, trail, w.gen.Name(0)); !coded.Is(err, coded.Invalid) {
		t.Fatal(err)
	}
	ingest(t, l, s.digest(start.Add(time.Hour), map[string][]byte{w.gen.Name(0): doc}), s.digest(start.Add(2*time.Hour), nil))
	list, err := l.Proved(ctx, start, start.Add(time.Hour))
	if err != nil || list[0].Proved || list[0].Why != "log-broken: "+w.gen.Name(0)+" could not be read to its end" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestLedger_Proved_trails: every trail that was ever seen is needed, from its
// first digest on, until it is retired; and none is forgotten at a month's end.
func TestLedger_Proved_trails(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	one := newSigner(w)
	two := newSigner(w)
	two.trail.Region = "us-west-2" // sorts behind the other
	deps := w.deps()
	deps.PublicKeys = one
	l := w.open(deps)
	eve := time.Date(2025, 3, 31, 12, 0, 0, 0, time.UTC)
	silent, april := eve.Add(8*time.Hour), eve.Add(12*time.Hour)
	for end := eve; end.Before(april.Add(6 * time.Hour)); end = end.Add(time.Hour) {
		ingest(t, l, one.digest(end, nil))
		if end.After(eve.Add(2*time.Hour)) && !end.After(silent) {
			ingest(t, l, two.digest(end, nil))
		}
	}
	check := func(l *ledger.Ledger, from time.Time, want ...bool) (why string) {
		t.Helper()
		list, err := l.Proved(ctx, from, from.Add(time.Duration(len(want))*time.Hour))
		if err != nil || len(list) != len(want) {
			t.Fatalf("%v, %v", list, err)
		}
		for i, h := range list {
			if h.Proved != want[i] || h.Proved != (h.Why == "") {
				t.Errorf("%+v, want %v", h, want[i])
			}
			why += h.Why + ";"
		}
		return why
	}
	check(l, eve.Add(-2*time.Hour), false, true) // before the first digest; before the second trail
	check(l, silent.Add(-2*time.Hour), true, false)
	if why := check(l, april, false, false); !strings.Contains(why, "us-west-2") {
		t.Errorf("in April: %q", why)
	}
	deps.Config.Retired = map[string]time.Time{account + "/us-west-2/" + region + "/" + two.trail.Name: silent}
	l = w.open(deps)
	check(l, silent.Add(-2*time.Hour), true, false, true, true) // its last hour needs the digest of the next
	check(l, april, true, true)
}
