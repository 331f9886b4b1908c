package keyusage

import (
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/scan"
)

// Counted is a use that a ledger has just counted. It is the ledger's own, and
// valid only during the call.
type Counted struct {
	ID          UUID
	At          time.Time
	Operation   string
	ErrorCode   string
	Attribution *Attribution
	Principal   *Principal
	// Of the same ledger's uses, those with equal attributions have equal numbers,
	// which count from 0; so have those with equal principals.
	AttributionNumber, PrincipalNumber uint32

	Record  *scan.Record // of a ReEncrypt, both uses have the same one
	Context []scan.Pair  // the encryption context of this use
}

// tell calls Config.Each.
func (l *Ledger) tell(rec *scan.Record, c *call, g group, id UUID) error {
	l.counted = Counted{
		ID: id, At: l.clock.time(rec.EventTime), Operation: l.operations.list[g.operation()], ErrorCode: l.errorCodes.list[g.errorCode()],
		Attribution: &l.attributions.list[g.attribution()], AttributionNumber: g.attribution(),
		Principal: &l.principals.list[g.principal()], PrincipalNumber: g.principal(),
		Record: rec, Context: c.context,
	}
	return l.cfg.Each(&l.counted)
}

// Use is a use that was attributed before, as it is read back from where uses
// are kept.
type Use struct {
	Attribution
	ID        UUID
	At        time.Time
	Operation string
	Principal Principal
	ErrorCode string
	Shared    UUID   // of the call's events in several accounts; zero: there is one
	Account   string // in whose log it is
}

// AddUse counts one use as Add counts those of a record: with Config.Seen once,
// in however many files and accounts its call is, and with its findings by the
// directory of now. Records and bytes in Totals do not grow by it, and Config.Each is not called.
func (l *Ledger) AddUse(u *Use) error {
	hour := u.At.Unix() / 3600
	if hour < 0 || hour >= maxHour {
		return coded.Field("eventTime", "", "out of range: %s", u.At)
	}
	if l.table.used >= l.cfg.MaxGroups {
		return ErrFull
	}
	shared := l.cfg.Seen != nil && u.Shared != UUID{}
	if l.cfg.Seen != nil && !shared && !l.cfg.Seen.Add(hour, u.half()) {
		l.totals.Duplicates++
		return nil
	}
	operation, errorCode := l.operations.id(u.Operation), l.errorCodes.id(u.ErrorCode)
	if operation >= shortIDs || errorCode >= shortIDs {
		return coded.New(coded.Invalid, "too many distinct operations or error codes")
	}
	g := newGroup(l.attributions.id(u.Attribution), l.principals.id(u.Principal), operation, errorCode, hour)
	if shared && !l.admit(held{group: g, second: u.At.Unix(), event: u.ID, call: callID(u.Shared, u.Operation)}, l.copied(g, u.Account)) {
		return nil
	}
	if flags := l.enter(g); flags != 0 {
		l.observe(g, flags, u.At.UTC(), u.ID)
	}
	return nil
}

// half is the event's id, but for the second use of a ReEncrypt, which has the
// same event.
func (u *Use) half() UUID {
	id := u.ID
	if u.Operation == ReEncryptTo {
		id[0] ^= 0xff
	}
	return id
}
