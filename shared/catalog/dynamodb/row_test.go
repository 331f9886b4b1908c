package dynamodb

import (
	"cmp"
	"math/rand"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb/schema"
)

// TestSorted compares random keys of few different bytes.
func TestSorted(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	word := func() string {
		b := make([]byte, 1+rnd.Intn(3))
		for i := range b {
			b[i] = "\x01\x02\x03a"[rnd.Intn(4)]
		}
		return string(b)
	}
	for range 20_000 {
		a, b := catalog.Key{Part: word(), Sort: word()}, catalog.Key{Part: word(), Sort: word()}
		want := cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Sort, b.Sort))
		if got := cmp.Compare(sorted(a), sorted(b)); got != want {
			t.Fatalf("%q and %q compare as %d, want %d", a, b, got, want)
		}
	}
}

func TestRow_Expire(t *testing.T) {
	second := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		name string
		at   time.Time
		ttl  int64
	}{
		{"never", time.Time{}, 0}, {"on a second", second, 1_800_000_000}, {"a little later", second.Add(time.Microsecond), 1_800_000_001},
	} {
		r := row{}
		r.expire(c.at)
		if r.number(schema.TTL) != c.ttl || !c.at.IsZero() && (r.expired(c.at.UnixMicro()-1) || !r.expired(c.at.UnixMicro())) || r.expired(0) {
			t.Errorf("%s: %v", c.name, r)
		}
	}
}

func TestStamps(t *testing.T) {
	var s stamps
	for _, c := range []struct {
		now  int64
		n    int
		want int64
	}{{100, 3, 100}, {100, 1, 103}, {50, 2, 104}, {200, 1, 200}} {
		if got := s.next(c.now, c.n); got != c.want {
			t.Errorf("next(%d, %d) = %d, want %d", c.now, c.n, got, c.want)
		}
	}
	s.raise(300)
	s.raise(10)
	if got := s.next(200, 1); got != 301 {
		t.Errorf("after raise(300): %d", got)
	}
}
