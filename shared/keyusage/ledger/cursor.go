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

// cursor says where the next page begins: "<day>", or "<day>:<the last rollup
// that was given>". A file that is delivered between two pages may add rollups
// before that place or behind it, but none is given twice and none that was
// there is left out.
func cursor(p parquet.Partition, last *keyusage.Rollup) (string, error) {
	if last == nil {
		return p.Date(), nil
	}
	r := *last
	r.Count, r.Foreign = 0, veiled(r.Foreign)
	body, err := json.Marshal(r)
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

// unveil gives a rollup of a cursor the tenant that it stands for in a list. Where
// there are two, it is the first: a rollup may be given twice, but none is left out.
func unveil(last *keyusage.Rollup, list []keyusage.Rollup) {
	want := *last
	last.Foreign = ""
	for i := range list {
		r := list[i]
		if r.Foreign == "" || veiled(r.Foreign) != want.Foreign {
			continue
		}
		r.Foreign = want.Foreign
		if r.Compare(&want) == 0 {
			last.Foreign = list[i].Foreign
			return
		}
	}
}

// position moves place to where a page begins, and returns the last rollup of
// that day that was given before, or nil.
func position(after string, place *parquet.Partition, until time.Time) (*keyusage.Rollup, error) {
	if after == "" {
		return nil, nil
	}
	date, place64, within := strings.Cut(after, ":")
	day, err := time.Parse(time.DateOnly, date)
	at := parquet.PartitionOf(place.Tenant, day)
	var last *keyusage.Rollup
	if err == nil && within {
		var body []byte
		if body, err = base64.RawURLEncoding.DecodeString(place64); err == nil {
			last = &keyusage.Rollup{}
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
func behind(list []keyusage.Rollup, last *keyusage.Rollup) []keyusage.Rollup {
	if last != nil && last.Foreign != "" {
		unveil(last, list)
	}
	for last != nil && len(list) > 0 && list[0].Compare(last) <= 0 {
		list = list[1:]
	}
	return list
}
