package ledger_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage/trailtest"
)

// TestLedger_Proved_lostUnread: an hour that had been proved, and is not after a
// file of it waited to be read again, says so; what was never proved does not.
func TestLedger_Proved_lostUnread(t *testing.T) {
	for _, c := range []struct {
		name   string
		proved bool // before the file waits
		then   func(w *world, key string)
		why    string // empty: proved
	}{
		{"gone", true, func(w *world, key string) { w.gone[key] = true }, "log-missing: NAME is gone, and was not read (it had been proved before"},
		{"changed", true, func(w *world, key string) { w.deliver(key, document()) }, "log-changed: NAME (it had been proved before"},
		{"spoilt", true, func(w *world, key string) { w.raw(key, []byte("x")) }, "log-broken: NAME could not be read to its end (it had been proved before"},
		{"as it was", true, func(*world, string) {}, ""},
		{"never proved", false, func(w *world, key string) { w.gone[key] = true }, "log-missing: NAME is gone, and was not read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1, PerFile: time.Hour})
			s := newSigner(w)
			deps := w.deps()
			deps.PublicKeys, deps.Objects = s, fading{w.objects, w.gone}
			l := w.open(deps)
			look := func() string {
				t.Helper()
				w.clock.advance(time.Minute)
				if _, err := l.Prove(ctx, s.trail, start, start.Add(2*time.Hour)); err != nil {
					t.Fatal(err)
				}
				list, err := l.Proved(ctx, start, start.Add(time.Hour))
				if err != nil || len(list) != 1 || list[0].Proved != (list[0].Why == "") {
					t.Fatalf("%+v, %v", list, err)
				}
				return list[0].Why
			}
			doc := w.gen.File(0, 20)
			key := w.deliver(w.gen.Name(0), doc)
			if c.proved {
				ingest(t, l, key)
			}
			ingest(t, l, s.digest(start.Add(time.Hour), map[string][]byte{key: doc}), s.digest(start.Add(2*time.Hour), nil))
			if why := look(); (why == "") != c.proved {
				t.Fatalf("at first: %q", why)
			}
			if c.proved {
				w.forget(key) // as where its re-reading failed
			}
			for range 2 {
				if why := look(); why != "log-unread: "+key {
					t.Fatalf("while it waits: %q", why)
				}
			}
			c.then(w, key)
			_, _ = l.Ingest(ctx, trail, key)
			want := strings.ReplaceAll(c.why, "NAME", key)
			for range 2 {
				why := look()
				if !strings.HasPrefix(why, want) || (why == "") != (want == "") || !c.proved && why != want {
					t.Errorf("%q, want %q", why, want)
				}
			}
		})
	}
}
