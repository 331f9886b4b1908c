package ledger_test

import (
	"context"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/objects"
)

// interrupted lets something happen before its nth write.
type interrupted struct {
	ledger.Objects
	at   int
	then func()
}

func (o *interrupted) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	if o.at--; o.at == 0 {
		o.then()
	}
	return o.Objects.Put(ctx, bucket, key, body, opt)
}

// TestLedger_Ingest_overtaken: an attempt that does not know a tenant yet is
// overtaken, in the middle of its writing, by a whole one that does; it goes on,
// or dies, and its message comes again. What it wrote late must not stay.
func TestLedger_Ingest_overtaken(t *testing.T) {
	for _, dies := range []bool{false, true} {
		for at := 1; at <= 4; at++ {
			w := newWorld(t, trailtest.Config{Seed: 51, Tenants: 4})
			key := w.deliver(w.gen.Name(0), w.gen.File(0, 200))
			w.config.Writes = 1
			slow := w.before(w.deps(), 0)
			life := &process{}
			writes := &interrupted{Objects: slow.Objects, at: at}
			writes.then = func() {
				w.clock.advance(turn)
				ingest(t, w.open(w.deps()), key)
				if dies {
					life.dies = life.calls // after this write
					life.late = true
				}
			}
			slow.Objects = mortalObjects{writes, life}
			slow.Store = mortalStore{slow.Store, life}
			if _, err := w.open(slow).Ingest(ctx, trail, key); !coded.Is(err, coded.Retryable) {
				t.Errorf("write %d, dies %v: %v; want a retry", at, dies, err)
			}
			if d := difference(w.usage(w.open(w.deps())), w.truth); d == "" && at == 1 {
				t.Errorf("write %d: what was written late does no harm: the test shows nothing", at)
			}
			l := w.open(w.deps())
			ingest(t, l, key)
			if d := difference(w.usage(l), w.truth); d != "" {
				t.Errorf("write %d, dies %v: %s", at, dies, d)
			}
			f, err := l.File(ctx, trail, key)
			if err != nil || !f.Done {
				t.Errorf("write %d, dies %v: %+v, %v", at, dies, f, err)
			}
		}
	}
}
