package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/objects"
)

// day is what was counted of a tenant's uses of a day. It is kept in the bucket
// once the day is over; Sources says of which files and by which settings, so
// that a file that came later is noticed, and a setting that was changed.
type day struct {
	Version  int                `json:"version"`
	Sources  string             `json:"sources"` // see sourcesOf
	Files    int                `json:"files"`
	Rollups  []keyusage.Rollup  `json:"rollups"`
	Findings []keyusage.Finding `json:"findings"`
	Unlisted uint64             `json:"unlisted,omitempty"` // uses that come under findings beyond Rules.MaxFindings

	read int // objects read for it now
}

// endOfTimes is after every use.
var endOfTimes = time.Unix(endOfTime*3600, 0)

const (
	dayVersion = 3         // raised when what is counted or found changes
	keepFrom   = 4         // files from which on it is worth keeping what was counted
	lateFiles  = time.Hour // after the day, before which more files are likely
	maxListing = 200       // pages
	ahead      = 8         // files being fetched at a time
	maxObject  = 1 << 30   // bytes of one file
)

// day counts a day, or finds what was counted before.
func (l *Ledger) day(ctx context.Context, p parquet.Partition) (day, error) {
	files, err := l.files(ctx, p)
	if err != nil || len(files) == 0 {
		return day{}, err
	}
	sources := l.sourcesOf(files)
	if recent, ok := l.recentDay(sources); ok {
		return recent, nil
	}
	kept, version, ok := l.keptDay(ctx, p, sources)
	if ok {
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
		l.keepDay(ctx, p, d, version)
	}
	return l.remind(sources, d), nil
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

// sourcesOf returns the hash of all that a day's count depends on: the files, by
// their keys, sizes and tags, and what findings are judged by.
func (l *Ledger) sourcesOf(files []objects.Info) string {
	c := &l.Config
	sum := sha256.New()
	fmt.Fprintf(sum, "%d\x00%q\x00%t\x00%q\x00%q\x00%s\x00%+v\n", dayVersion, c.Known, c.AnyPrincipal, c.Ours, c.PlatformKey, c.Return, c.Rules)
	for _, f := range files {
		fmt.Fprintf(sum, "%s\x00%d\x00%s\n", f.Key, f.Size, f.ETag)
	}
	return hex.EncodeToString(sum.Sum(nil))
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
	found, unlisted := ledger.Findings() // may ask the directory
	if dir.err != nil {
		return day{}, dir.err
	}
	return day{Rollups: ledger.Rollups(), Findings: found, Unlisted: unlisted}, nil
}
