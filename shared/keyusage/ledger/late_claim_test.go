package ledger_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/objects"
)

// newLate has the log files of hours 1 and 8 read late, and those hours to be looked
// at again, hour 1 first.
func newLate(t *testing.T) *hourly {
	h := newHourly(t)
	l := h.open(h.deps)
	for n := range 14 {
		file, digest := h.pass()
		if n != 1 && n != 8 {
			ingest(t, l, file)
		}
		ingest(t, l, digest)
	}
	ingest(t, l, h.keys[1])
	h.clock.advance(time.Second)
	ingest(t, l, h.keys[8])
	if got, why := h.draw(l, 13); got != "--PPPPP--PPPP" || h.late() != 2 {
		t.Fatalf("%s: %s; %d late", got, why, h.late())
	}
	h.clock.advance(30 * time.Minute)
	return h
}

// watched is a bucket in which something happens when an object is opened.
type watched struct {
	ledger.Objects
	key  string
	open func(context.Context) error
}

func (o watched) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	if key == o.key {
		if err := o.open(ctx); err != nil {
			return nil, err
		}
	}
	return o.Objects.Open(ctx, bucket, key)
}

// TestLedger_Settle_lateTimeout: an hour whose look runs out of its time, or of its
// caller's, holds up no other, and is looked at again later.
func TestLedger_Settle_lateTimeout(t *testing.T) {
	for _, c := range []struct {
		name string
		turn time.Duration
		ends bool // the caller's time ends in the look
	}{{"its own", 600 * time.Millisecond, false}, {"its caller's", 0, true}} {
		t.Run(c.name, func(t *testing.T) {
			h := newLate(t)
			limited, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			looks := 0
			deps := h.deps
			deps.Config.Turn = c.turn
			deps.Objects = watched{deps.Objects, h.digests[1], func(ctx context.Context) error {
				if looks++; c.ends {
					cancel()
				}
				<-ctx.Done()
				return ctx.Err()
			}}
			if _, err := h.open(deps).Settle(limited); err == nil || c.ends != (limited.Err() != nil) || h.late() != 2 {
				t.Fatalf("%v, the caller's: %v; %d late", err, limited.Err(), h.late())
			}
			limited, cancel = context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			deps.Config.Turn = 0
			if _, err := h.open(deps).Settle(limited); err != nil || looks != 1 || h.late() != 1 {
				t.Errorf("the other: %v, %d looks at the first, %d late", err, looks, h.late())
			}
			l := h.open(h.deps)
			if got, why := h.draw(l, 13); got != "--PPPPPPPPPPP" {
				t.Errorf("%s: %s", got, why)
			}
			h.clock.advance(11 * time.Minute)
			if _, err := l.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			if got, why := h.draw(l, 13); got != "PPPPPPPPPPPPP" || h.late() != 0 {
				t.Errorf("%s: %s; %d late", got, why, h.late())
			}
		})
	}
}

// rival is a catalog in which another acts just before the first change of an hour
// that is to be looked at.
type rival struct {
	catalog.Store
	act *func()
}

func (s rival) Commit(ctx context.Context, tx catalog.Tx) error {
	late := func(k catalog.Key) bool { return k.Part == "late" }
	if slices.ContainsFunc(tx.Puts, func(p catalog.Put) bool { return late(p.Item.Key) }) ||
		slices.ContainsFunc(tx.Deletes, func(d catalog.Check) bool { return late(d.Key) }) {
		(*s.act)()
	}
	return s.Store.Commit(ctx, tx)
}

// TestLedger_Settle_lateTwice: of two processes that are at an hour at once, one looks.
func TestLedger_Settle_lateTwice(t *testing.T) {
	for _, name := range []string{"while one looks", "before one looks"} {
		t.Run(name, func(t *testing.T) {
			h := newLate(t)
			looks, acted := 0, false
			deps := h.deps
			deps.Objects = watched{deps.Objects, h.digests[1], func(context.Context) error { looks++; return nil }}
			other := h.open(deps)
			act := func() {
				if acted {
					return
				}
				acted = true
				if _, err := other.Settle(ctx); err != nil {
					t.Error(err)
				}
			}
			if name == "while one looks" {
				deps.Objects = watched{deps.Objects, h.digests[1], func(context.Context) error { act(); return nil }}
			} else {
				deps.Store = rival{deps.Store, &act}
			}
			l := h.open(deps)
			if _, err := l.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			if got, why := h.draw(l, 13); got != "PPPPPPPPPPPPP" || h.late() != 0 || looks != 1 || !acted {
				t.Errorf("%s: %s; %d late, %d looks, the other acted: %v", got, why, h.late(), looks, acted)
			}
		})
	}
}

// TestLedger_Settle_lateSeldom: an hour that cannot be looked at is tried less often
// after a hundred times, and is left when what was read of it may be forgotten.
func TestLedger_Settle_lateSeldom(t *testing.T) {
	h := newLate(t)
	looks, refused := 0, true
	deps := h.deps
	deps.Objects = watched{deps.Objects, h.digests[1], func(context.Context) error {
		looks++
		if refused {
			return coded.New(coded.Internal, "access is denied")
		}
		return nil
	}}
	l := h.open(deps)
	pass := func(d time.Duration, wantLooks, wantLate int) {
		t.Helper()
		looks = 0
		for end := h.clock.Now().Add(d); h.clock.Now().Before(end); h.clock.advance(10 * time.Minute) {
			if _, err := l.Settle(ctx); err != nil && !coded.Is(err, coded.Internal) {
				t.Fatal(err)
			}
		}
		if looks != wantLooks || h.late() != wantLate {
			t.Errorf("in %s: %d looks, want %d; %d late, want %d", d, looks, wantLooks, h.late(), wantLate)
		}
	}
	pass(1000*time.Minute, 100, 1)
	pass(50*time.Hour, 3, 1)
	ingest(t, l, h.deliver(strings.Replace(h.keys[1], ".json.gz", "2.json.gz", 1), document())) // brings the look forward
	pass(20*time.Minute, 0, 1)
	pass(1000*time.Minute, 100, 1)
	pass(24*time.Hour, 1, 1)
	refused = false
	pass(24*time.Hour, 1, 0)
	if got, why := h.draw(l, 13); got != "PPPPPPPPPPPPP" {
		t.Errorf("%s: %s", got, why)
	}

	refused = true
	ingest(t, l, h.deliver(strings.Replace(h.keys[1], ".json.gz", "3.json.gz", 1), document()))
	h.clock.advance(20 * time.Minute)
	pass(1000*time.Minute, 100, 1)
	h.clock.advance(369 * 24 * time.Hour)
	pass(10*time.Minute, 0, 0)
}
