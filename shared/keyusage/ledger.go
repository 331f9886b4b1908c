package keyusage

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/scan"
)

// Config tunes a ledger. A zero value means the default.
type Config struct {
	Directory Directory   // default: nothing is known
	Seen      *EventSet   // events already counted, shared by ledgers; nil: every record counts
	Limits    scan.Limits // of each file
	MaxGroups int         // distinct rollups; default 2,000,000 (24 bytes each, twice that while growing)
	Rules     Rules
	// Each is called with every use that is counted, in the order of the file. Its
	// error ends the file, or marks the record as broken if its code is invalid.
	Each func(*Counted) error
}

// DefaultMaxGroups is the default of Config.MaxGroups.
const DefaultMaxGroups = 2_000_000

// ErrFull is returned when a ledger has MaxGroups rollups: flush it and go on
// with a new one. Rollups add up.
var ErrFull = errors.New("keyusage: ledger is full")

// Ledger counts uses of keys in memory: exactly, each under its tenant, key,
// operation, principal, outcome and hour. It is not safe for concurrent use:
// take one for each goroutine and Merge them.
type Ledger struct {
	cfg     Config
	scanner *scan.Scanner
	totals  Totals

	table        table
	attributions values[Attribution]
	principals   values[Principal]
	operations   texts
	errorCodes   texts
	subjects     cache // appendSubject → attribution
	identities   cache // appendPrincipal → principal
	clock        hourClock
	keys         map[string]Key // by Attribution.KeyARN
	findings     findings

	scratch []byte
	calls   []call
	counted Counted
}

// NewLedger returns an empty ledger.
func NewLedger(cfg Config) *Ledger {
	if cfg.Directory == nil {
		cfg.Directory = nobody{}
	}
	if cfg.MaxGroups <= 0 {
		cfg.MaxGroups = DefaultMaxGroups
	}
	cfg.Rules = cfg.Rules.withDefaults()
	return &Ledger{cfg: cfg, scanner: scan.New(cfg.Limits), keys: make(map[string]Key)}
}

// AddFile scans a log file and adds its records. On an error the records before
// it are counted: a caller that must have all of a file or nothing gives each
// file a ledger of its own and merges it on success. Errors are those of
// scan.Scanner.File, and ErrFull.
func (l *Ledger) AddFile(ctx context.Context, name string, r io.Reader) (scan.Result, error) {
	res, err := l.scanner.File(ctx, name, r, l.Add)
	l.totals.Files++
	if err != nil {
		l.totals.BrokenFiles++
	}
	l.totals.Records += res.Records
	l.totals.KMSRecords += res.KMSRecords
	l.totals.BrokenRecords += res.BrokenRecords
	l.totals.Bytes += res.Bytes
	l.totals.CompressedBytes += res.Compressed
	return res, err
}

// Add counts one record. It returns an error of code invalid, and counts
// nothing, if the record lacks what every CloudTrail record has; and ErrFull.
func (l *Ledger) Add(rec *scan.Record) error {
	if len(rec.EventName) == 0 {
		return missing("eventName")
	}
	hour, ok := l.clock.hour(rec.EventTime)
	if !ok {
		return coded.Field("eventTime", "", "not a time: %q", rec.EventTime)
	}
	id, ok := ParseUUID(rec.EventID)
	if !ok {
		return coded.Field("eventID", "", "not a UUID: %q", rec.EventID)
	}
	if l.table.used >= l.cfg.MaxGroups {
		return ErrFull
	}
	if l.cfg.Seen != nil && !l.cfg.Seen.Add(hour, id) {
		l.totals.Duplicates++
		return nil
	}
	l.calls = calls(l.calls[:0], rec)
	for i := range l.calls {
		if err := l.count(rec, &l.calls[i], hour, id); err != nil {
			return err
		}
	}
	return nil
}

func missing(field string) error { return coded.Field(field, "", "missing") }

// count adds one use.
func (l *Ledger) count(rec *scan.Record, c *call, hour int64, id UUID) error {
	operation, errorCode := l.operations.of(c.operation), l.errorCodes.of(rec.ErrorCode)
	if operation >= shortIDs || errorCode >= shortIDs {
		return coded.New(coded.Invalid, "too many distinct operations or error codes")
	}
	g := newGroup(l.attribution(rec, c), l.principal(rec), operation, errorCode, hour)
	if flags := l.enter(g); flags != 0 {
		l.observe(g, flags, l.clock.time(rec.EventTime), id)
	}
	if l.cfg.Each == nil {
		return nil
	}
	return l.tell(rec, c, g, id)
}

// enter counts one use of a group and returns the rules that it comes under.
func (l *Ledger) enter(g group) flags {
	entry := l.table.at(g)
	if entry.n == 0 {
		entry.n = uint64(l.flags(g)) << countBits
	}
	entry.n++
	return flags(entry.n >> countBits)
}

func (l *Ledger) attribution(rec *scan.Record, c *call) uint32 {
	l.scratch = appendSubject(l.scratch[:0], rec, c)
	id, found := l.subjects.get(l.scratch)
	if !found {
		id = l.attributions.id(attribute(l.cfg.Directory, rec, c))
		l.subjects.put(l.scratch, id)
	}
	return id
}

func (l *Ledger) principal(rec *scan.Record) uint32 {
	l.scratch = appendPrincipal(l.scratch[:0], &rec.Identity)
	id, found := l.identities.get(l.scratch)
	if !found {
		id = l.principals.id(parsePrincipal(l.scratch))
		l.identities.put(l.scratch, id)
	}
	return id
}

// Groups returns the number of rollups, which Config.MaxGroups bounds.
func (l *Ledger) Groups() int { return l.table.used }

// Rollups returns all rollups in a fixed order: by hour, tenant, key, operation,
// principal, and the rest.
func (l *Ledger) Rollups() []Rollup {
	out := make([]Rollup, 0, l.table.used)
	l.Each(func(r Rollup) { out = append(out, r) })
	slices.SortFunc(out, compareRollups)
	return out
}

// Each calls f with all rollups in no order.
func (l *Ledger) Each(f func(Rollup)) {
	for i := range l.table.cells {
		if c := &l.table.cells[i]; c.n != 0 {
			f(l.rollup(c.group, c.n&countMask))
		}
	}
}

func (l *Ledger) rollup(g group, count uint64) Rollup {
	return Rollup{
		Attribution: l.attributions.list[g.attribution()],
		Operation:   l.operations.list[g.operation()],
		Principal:   l.principals.list[g.principal()],
		ErrorCode:   l.errorCodes.list[g.errorCode()],
		Hour:        time.Unix(g.hour()*3600, 0).UTC(),
		Count:       count,
	}
}
