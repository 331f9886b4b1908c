package ledger_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
)

// neighbours is a ledger with rollups of one hour that differ in nothing but whom
// the context names.
type neighbours struct {
	*world
	l           *ledger.Ledger
	uses, files int
}

const manyForeign = 300

func newNeighbours(t *testing.T) *neighbours {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	n := &neighbours{world: w, l: w.open(w.deps())}
	var names []string
	for i := range manyForeign {
		names = append(names, fmt.Sprintf("maple-%03d", i))
	}
	n.add(names...)
	return n
}

// add delivers a file with a use for each tenant named.
func (n *neighbours) add(foreign ...string) {
	n.Helper()
	var calls []call
	for _, name := range foreign {
		n.uses++
		calls = append(calls, call{n: n.uses, at: start, who: service("rds.amazonaws.com"), operation: "Decrypt",
			key: n.gen.World.Tenants[0].KeyARN, request: `{"encryptionContext":{"latchkey:tenant":"` + name + `"}}`})
	}
	ingest(n, n.l, n.deliver(n.gen.Name(n.files), document(calls...)))
	n.files++
}

// pages returns how many uses all pages give of each foreign tenant. before is
// called with the last that was given, before the next page is asked for.
func (n *neighbours) pages(limit int, before func(page int, last string)) (given map[string]uint64) {
	n.Helper()
	given = map[string]uint64{}
	after := ""
	for page := range 2 * manyForeign {
		p, err := n.l.Usage(ctx, n.gen.World.Tenants[0].ID, start, start.Add(time.Hour), after, limit)
		if err != nil || len(p.Rollups) == 0 || len(p.Rollups) > limit {
			n.Fatalf("page %d has %d rollups, %v", page, len(p.Rollups), err)
		}
		for _, r := range p.Rollups {
			given[r.Foreign] += r.Count
		}
		if after = p.Next; after == "" {
			return given
		}
		_, place, _ := strings.Cut(after, ":")
		if text, err := base64.RawURLEncoding.DecodeString(place); err != nil || strings.Contains(string(text), "maple") {
			n.Fatalf("the cursor says %s, %v", text, err)
		}
		before(page, p.Rollups[len(p.Rollups)-1].Foreign)
	}
	n.Fatalf("limit %d: the pages do not end", limit)
	return nil
}

// TestLedger_Usage_neighbours: pages of rollups that look the same in a cursor give
// each once, and end.
func TestLedger_Usage_neighbours(t *testing.T) {
	n := newNeighbours(t)
	for _, limit := range []int{1, 10, 100} {
		given := n.pages(limit, func(int, string) {})
		sum := uint64(0)
		for _, count := range given {
			sum += count
		}
		if len(given) != manyForeign || sum != manyForeign {
			t.Errorf("limit %d: %d uses of %d tenants, want %d", limit, sum, len(given), manyForeign)
		}
	}
}

// TestLedger_Usage_neighboursDelivered: new neighbours in front of the place where
// a page ended have none left out, and keep no paging from its end.
func TestLedger_Usage_neighboursDelivered(t *testing.T) {
	tried := 0
	named := func(last string, alike bool) string { // in front of all others
		for {
			tried++
			name := fmt.Sprintf("elm-%06d", tried)
			if (sha256.Sum256([]byte(name))[0] == sha256.Sum256([]byte(last))[0]) == alike {
				return name
			}
		}
	}
	for _, c := range []struct {
		name         string
		limit, files int
		alike        bool
		most         uint64 // times that one is given
		sum          uint64
	}{
		{"others", 10, 5, false, 1, manyForeign},
		{"others, one by one", 1, 20, false, 1, manyForeign},
		{"one alike", 10, 1, true, 2, manyForeign + 10},
		{"alike before each page", 1, 20, true, 21, manyForeign + 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNeighbours(t)
			given := n.pages(c.limit, func(page int, last string) {
				if page < c.files {
					n.add(named(last, c.alike), "oak-"+fmt.Sprint(page))
				}
			})
			sum := uint64(0)
			for i := range manyForeign {
				name := fmt.Sprintf("maple-%03d", i)
				if sum += given[name]; given[name] == 0 || given[name] > c.most {
					t.Errorf("%s was given %d times", name, given[name])
				}
			}
			if sum != c.sum || given["oak-0"] != 1 {
				t.Errorf("%d uses, want %d; %d that came behind", sum, c.sum, given["oak-0"])
			}
		})
	}
}
