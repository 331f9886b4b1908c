package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/objects"
)

// kept is the item of a kept day. The day itself is an object, as it may be
// large; what it says is believed only with the hash that is here.
type kept struct {
	Sources string `json:"sources"` // see day.Sources
	SHA256  string `json:"sha256"`  // of the object
}

const maxDayJSON = 512 << 20 // bytes of a kept day

func keptKey(p parquet.Partition) catalog.Key {
	tenant := p.Tenant
	if tenant == "" {
		tenant = parquet.Unknown
	}
	return catalog.Key{Part: "counted#" + tenant + "#" + p.Date()[:len("2006-01")], Sort: p.Date()}
}

// keptDay returns a kept day if it is of these sources and as it was kept, and
// the version of its item. One that is not, or cannot be read, is counted anew.
func (l *Ledger) keptDay(ctx context.Context, p parquet.Partition, sources string) (d day, version int64, ok bool) {
	it, err := l.Store.Get(ctx, keptKey(p))
	if errors.Is(err, catalog.ErrNotFound) {
		return day{}, 0, false
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(it.Body, &k)
	}
	if err == nil && k.Sources != sources {
		return day{}, it.Version, false
	}
	if err == nil {
		d, err = l.openDay(ctx, p, k.SHA256)
	}
	if err != nil {
		l.Log.WarnContext(ctx, "a kept day cannot be used and is counted anew", "object", rollupKey(p), "error", err)
		return day{}, it.Version, false
	}
	return d, it.Version, true
}

// openDay reads a kept day, and holds it against its hash.
func (l *Ledger) openDay(ctx context.Context, p parquet.Partition, sum string) (d day, err error) {
	o, err := l.Objects.Open(ctx, l.Config.LedgerBucket, rollupKey(p))
	if err != nil {
		return day{}, err
	}
	defer o.Body.Close()
	hash := sha256.New()
	body := io.TeeReader(io.LimitReader(o.Body, maxDayJSON), hash)
	if err := json.NewDecoder(body).Decode(&d); err != nil {
		return day{}, err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return day{}, err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		return day{}, coded.New(coded.Invalid, "it is not what was kept: its SHA-256 is %s", got)
	}
	return d, nil
}

// keepDay keeps what was counted. That it could not be kept costs only time; so
// does that another kept it meanwhile.
func (l *Ledger) keepDay(ctx context.Context, p parquet.Partition, d day, version int64) {
	var body bytes.Buffer
	hash := sha256.New()
	err := json.NewEncoder(io.MultiWriter(&body, hash)).Encode(d)
	if err == nil {
		_, err = l.Objects.Put(ctx, l.Config.LedgerBucket, rollupKey(p), body.Bytes(), objects.Options{ContentType: "application/json"})
	}
	var item []byte
	if err == nil {
		item, err = json.Marshal(kept{Sources: d.Sources, SHA256: hex.EncodeToString(hash.Sum(nil))})
	}
	if err == nil {
		it := catalog.Item{Key: keptKey(p), Body: item, Expires: l.Clock.Now().Add(keepFiles)}
		err = l.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: version}}})
	}
	if err != nil && !errors.Is(err, catalog.ErrConflict) {
		l.Log.WarnContext(ctx, "a day's rollups could not be kept", "object", rollupKey(p), "error", err)
	}
}

// maxRecent bounds the days in memory, and maxRecentRollups what one holds.
const (
	maxRecent        = 4
	maxRecentRollups = 50_000
)

func (l *Ledger) recentDay(sources string) (day, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d, found := l.recent[sources]
	d.read = 0
	return d, found
}

// remind keeps a day for the next page.
func (l *Ledger) remind(sources string, d day) day {
	if len(d.Rollups) > maxRecentRollups {
		return d
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.recent == nil || len(l.recent) >= maxRecent {
		l.recent = make(map[string]day, maxRecent)
	}
	l.recent[sources] = d
	return d
}
