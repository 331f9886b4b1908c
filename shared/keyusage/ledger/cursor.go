package ledger

import (
	"encoding/base64"
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
	r.Count = 0
	body, err := json.Marshal(r)
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "encoding a place in the ledger")
	}
	return p.Date() + ":" + base64.RawURLEncoding.EncodeToString(body), nil
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

// behind returns the rollups after one.
func behind(list []keyusage.Rollup, last *keyusage.Rollup) []keyusage.Rollup {
	for last != nil && len(list) > 0 && list[0].Compare(last) <= 0 {
		list = list[1:]
	}
	return list
}
