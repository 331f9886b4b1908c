package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
)

// mark is the last rollup that was given, as a cursor has it: without its count,
// and with its foreign tenant veiled.
type mark struct {
	keyusage.Rollup
	Nth int `json:",omitempty"` // how many rollups before it in the day look the same here
}

// cursor says where the next page begins: "<day>", or "<day>:<the last rollup of
// what was given of it>". A file that is delivered between two pages may add
// rollups before that place or behind it, but none is given twice and none that
// was there is left out; of rollups with foreign tenants, see unveil.
func cursor(p parquet.Partition, given []keyusage.Rollup) (string, error) {
	if len(given) == 0 {
		return p.Date(), nil
	}
	last := mark{Rollup: given[len(given)-1]}
	last.Count, last.Foreign = 0, veiled(last.Foreign)
	for i := range given[:len(given)-1] {
		if last.like(&given[i]) {
			last.Nth++
		}
	}
	body, err := json.Marshal(last)
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "encoding a place in the ledger")
	}
	return p.Date() + ":" + base64.RawURLEncoding.EncodeToString(body), nil
}

// veiled stands for another tenant in a cursor: it can be read, and whose name that
// is is not the reader's to know. It is too short to try names against.
func veiled(tenant string) string {
	if tenant == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(tenant))
	return hex.EncodeToString(sum[:1])
}

// like reports whether a rollup with a foreign tenant looks like m in a cursor.
func (m *mark) like(r *keyusage.Rollup) bool {
	if r.Foreign == "" || m.Foreign == "" {
		return false
	}
	o := *r
	o.Foreign = m.Foreign
	return o.Compare(&m.Rollup) == 0 && veiled(r.Foreign) == m.Foreign
}

// unveil gives the rollup of a cursor the tenant that it stands for in a list: of
// those that look like it, the one with as many before it; where they are fewer
// now, the last; where there is none, the place before all foreign tenants. In a
// list that stands still that is the one that was given, so that each page goes on
// behind the one before: the pages end once no more files come. A new file may add
// one that looks like it (of 256 one does) in front of it: then the page begins one
// of them earlier, and gives some rollups again, but leaves out none. Only where
// one in front was taken away, as when a file is read again, may some be left out.
func (m *mark) unveil(list []keyusage.Rollup) {
	foreign, n := "", 0
	for i := range list {
		if !m.like(&list[i]) {
			continue
		}
		foreign = list[i].Foreign
		if n++; n > m.Nth {
			break
		}
	}
	m.Foreign = foreign
}

// position moves place to where a page begins, and returns the last rollup of
// that day that was given before, or nil.
func position(after string, place *parquet.Partition, until time.Time) (*mark, error) {
	if after == "" {
		return nil, nil
	}
	date, place64, within := strings.Cut(after, ":")
	day, err := time.Parse(time.DateOnly, date)
	at := parquet.PartitionOf(place.Tenant, day)
	var last *mark
	if err == nil && within {
		var body []byte
		if body, err = base64.RawURLEncoding.DecodeString(place64); err == nil {
			last = &mark{}
			err = json.Unmarshal(body, last)
		}
	}
	if err != nil || at.Day < place.Day || at.Day > lastDay(until) || last != nil && parquet.PartitionOf("", last.Hour).Day != at.Day {
		return nil, coded.Field("after", "pass the next of the page before, unchanged, with the same from and to", "%q is no cursor of this question", after)
	}
	*place = at
	return last, nil
}

// behind returns the rollups after one of a cursor.
func behind(list []keyusage.Rollup, last *mark) []keyusage.Rollup {
	if last != nil && last.Foreign != "" {
		last.unveil(list)
	}
	for last != nil && len(list) > 0 && list[0].Compare(&last.Rollup) <= 0 {
		list = list[1:]
	}
	return list
}
