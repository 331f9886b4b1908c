package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/objects"
)

// day is what was counted of a tenant's uses of a day. It is kept in the bucket
// once the day is over; Sources says of which files, so that one that came
// later is noticed.
type day struct {
	Version  int                `json:"version"`
	Sources  string             `json:"sources"` // hash of the files' keys, sizes and tags
	Files    int                `json:"files"`
	Rollups  []keyusage.Rollup  `json:"rollups"`
	Findings []keyusage.Finding `json:"findings"`

	read int // objects read for it now
}

// endOfTimes is after every use.
var endOfTimes = time.Unix(endOfTime*3600, 0)

const (
	dayVersion = 2         // what 1 counted has calls of two accounts twice
	keepFrom   = 4         // files from which on it is worth keeping what was counted
	lateFiles  = time.Hour // after the day, before which more files are likely
	maxListing = 200       // pages
	ahead      = 8         // files being fetched at a time
	maxObject  = 1 << 30   // bytes of one file
	maxDayJSON = 512 << 20 // bytes of a kept day
)

// day counts a day, or finds what was counted before.
func (l *Ledger) day(ctx context.Context, p parquet.Partition) (day, error) {
	files, err := l.files(ctx, p)
	if err != nil || len(files) == 0 {
		return day{}, err
	}
	sources := hashOf(files)
	if recent, ok := l.recentDay(sources); ok {
		return recent, nil
	}
	if kept, ok := l.keptDay(ctx, p, sources); ok {
		kept.read = 1
		return l.remind(sources, kept), nil
	}
	d, err := l.count(ctx, p, files, time.Time{}, endOfTimes)
	if err != nil {
		return day{}, err
	}
	d.Version, d.Sources, d.Files, d.read = dayVersion, sources, len(files), len(files)
	over := time.Unix((p.Day+1)*24*60*60, 0).Add(lateFiles)
	if len(files) >= keepFrom && l.Clock.Now().After(over) {
		l.keepDay(ctx, p, d)
	}
	return l.remind(sources, d), nil
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

func (l *Ledger) files(ctx context.Context, p parquet.Partition) ([]objects.Info, error) {
	var all []objects.Info
	after := ""
	for range maxListing {
		list, err := l.Objects.List(ctx, l.Config.LedgerBucket, TablePrefix+p.Prefix(), after)
		if err != nil || len(list) == 0 {
			return all, err
		}
		all = append(all, list...)
		after = list[len(list)-1].Key
		if len(list) < objects.MaxPage {
			return all, nil
		}
	}
	return nil, coded.New(coded.Invalid, "more than %d files of %s", len(all), p.Prefix())
}

func hashOf(files []objects.Info) string {
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%s\x00%d\x00%s\n", f.Key, f.Size, f.ETag)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// keptDay returns a kept day if it is of these files. One that cannot be read is
// counted anew.
func (l *Ledger) keptDay(ctx context.Context, p parquet.Partition, sources string) (day, bool) {
	o, err := l.Objects.Open(ctx, l.Config.LedgerBucket, rollupKey(p))
	if err != nil {
		return day{}, false
	}
	defer o.Body.Close()
	var d day
	if err := json.NewDecoder(io.LimitReader(o.Body, maxDayJSON)).Decode(&d); err != nil {
		l.Log.WarnContext(ctx, "a kept day cannot be read and is counted anew", "object", rollupKey(p), "error", err)
		return day{}, false
	}
	return d, d.Version == dayVersion && d.Sources == sources
}

// keepDay keeps what was counted. That it could not be kept costs only time.
func (l *Ledger) keepDay(ctx context.Context, p parquet.Partition, d day) {
	body, err := json.Marshal(d)
	if err == nil {
		_, err = l.Objects.Put(ctx, l.Config.LedgerBucket, rollupKey(p), body, objects.Options{ContentType: "application/json"})
	}
	if err != nil {
		l.Log.WarnContext(ctx, "a day's rollups could not be kept", "object", rollupKey(p), "error", err)
	}
}

// count counts the uses in files, in order of their names: each call once, however
// often it was delivered and in however many accounts' logs it is.
// Uses outside [from, until) are left out.
func (l *Ledger) count(ctx context.Context, p parquet.Partition, files []objects.Info, from, until time.Time) (day, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir := l.directory(ctx)
	ledger := keyusage.NewLedger(keyusage.Config{Directory: dir, Seen: keyusage.NewEventSet(), Rules: l.Config.Rules})
	rows := 0
	add := func(u *keyusage.Use) error {
		if u.At.Before(from) || !u.At.Before(until) {
			return nil
		}
		if rows++; rows > l.Config.MaxDayRows {
			return coded.New(coded.Invalid, "more than %d uses of tenant %q on %s: ask Athena", l.Config.MaxDayRows, p.Tenant, p.Date())
		}
		return ledger.AddUse(u)
	}
	next := l.fetch(ctx, files)
	for range files {
		file := next()
		if file.err != nil {
			return day{}, file.err
		}
		if err := parquet.Read(ctx, file.body, p.Tenant, add); err != nil {
			return day{}, coded.Wrap(coded.Of(err), err, "counting %s", file.key)
		}
	}
	found, _ := ledger.Findings() // may ask the directory
	if dir.err != nil {
		return day{}, dir.err
	}
	return day{Rollups: ledger.Rollups(), Findings: found}, nil
}
