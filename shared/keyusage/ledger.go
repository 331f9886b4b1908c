package keyusage

import (
	"context"
	"errors"
	"io"

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
	// With it, records of several accounts of one call all count: that is left to
	// whoever counts what it was told, with AddUse.
	Each func(*Counted) error
	// Elsewhere reports whether an account's own log of a Region is read too. Then
	// the calls of its principals are found by their records there, which name them,
	// and the key owner's copies of those make no findings. It is asked with Each
	// alone, which tells the records of a call apart from each other; nil: no.
	Elsewhere func(account, region string) bool
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
	held         []held

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
	if noUse(rec) {
		l.totals.Network++
		return nil
	}
	var shared UUID // zero: this is the only record of the call
	if l.cfg.Seen != nil && l.cfg.Each == nil {
		shared, _ = ParseUUID(rec.SharedEvent)
	}
	if l.cfg.Seen != nil && shared == (UUID{}) && !l.cfg.Seen.Add(hour, id) {
		l.totals.Duplicates++
		return nil
	}
	l.calls = calls(l.calls[:0], rec)
	for i := range l.calls {
		if err := l.count(rec, &l.calls[i], hour, id, shared); err != nil {
			return err
		}
	}
	return nil
}

// noUse reports whether a record tells of a call that has a record of its own: it
// passed a VPC endpoint, and whether KMS allowed it is in that one. Only a call
// that the endpoint's policy denied never reached KMS. [CloudTrail guide, Logging
// network activity events]
func noUse(rec *scan.Record) bool {
	return string(rec.Category) == "NetworkActivity" && string(rec.ErrorCode) != "VpceAccessDenied"
}

func missing(field string) error { return coded.Field(field, "", "missing") }

// count adds one use.
func (l *Ledger) count(rec *scan.Record, c *call, hour int64, id, shared UUID) error {
	operation, errorCode := l.operations.of(c.operation), l.errorCodes.of(rec.ErrorCode)
	if operation >= shortIDs || errorCode >= shortIDs {
		return coded.New(coded.Invalid, "too many distinct operations or error codes")
	}
	g := newGroup(l.attribution(rec, c), l.principal(rec), operation, errorCode, hour)
	if shared != (UUID{}) {
		h := held{group: g, second: l.clock.time(rec.EventTime).Unix(), event: id, call: callID(shared, l.operations.list[operation])}
		if !l.admit(h, l.copied(g, string(rec.Recipient))) {
			return nil
		}
	}
	if flags := l.enter(g); flags != 0 && !l.elsewhere(rec, g) {
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
	l.scratch = appendPrincipal(l.scratch[:0], rec)
	id, found := l.identities.get(l.scratch)
	if !found {
		id = l.principals.id(parsePrincipal(l.scratch))
		l.identities.put(l.scratch, id)
	}
	return id
}
