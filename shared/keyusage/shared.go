package keyusage

import (
	"slices"
	"strings"
	"time"

	"latchkey/shared/keyusage/scan"
)

// A call from one account with another's key is logged in both, as two events
// with one sharedEventID. The record of the caller's account says more: the
// owner's names a caller of another account by a unique id only. [CloudTrail
// guide, CloudTrail record contents: sharedEventID; KMS guide, AWS KMS log entries]
//
// So a call is counted once, by the caller's record: one of the owner is held
// back, and counts as long as no record of the caller has come, in whatever
// order they are read and wherever they are merged.

// callID is the id of a use by its shared event: the same in every account.
func callID(shared UUID, operation string) UUID {
	const prime = 1099511628211 // of FNV-1a, 64 bits
	h := uint64(14695981039346656037)
	for i := range len(operation) {
		h = (h ^ uint64(operation[i])) * prime
	}
	for i := range 8 {
		shared[i] ^= byte(h >> (8 * i))
	}
	return shared
}

// copied reports whether a use in the log of this account is an owner's copy.
func (l *Ledger) copied(g group, recipient string) bool {
	return ownersCopy(l.principals.list[g.principal()].ID, recipient, l.attributions.list[g.attribution()].KeyARN)
}

// elsewhere reports whether a use is found by another record, of the caller's log.
func (l *Ledger) elsewhere(rec *scan.Record, g group) bool {
	if l.cfg.Each == nil || l.cfg.Elsewhere == nil {
		return false
	}
	if _, shared := ParseUUID(rec.SharedEvent); !shared || !l.copied(g, string(rec.Recipient)) {
		return false
	}
	caller := accountOf(l.principals.list[g.principal()].ID)
	return caller != "" && l.cfg.Elsewhere(caller, string(rec.Region))
}

// ownersCopy reports whether a record is not the caller's: it was logged in an
// account that is not the principal's, or, as a service has none, in the key's.
func ownersCopy(principal, recipient, keyARN string) bool {
	if recipient == "" {
		return false
	}
	if account := accountOf(principal); account != "" {
		return account != recipient
	}
	return accountOf(keyARN) == recipient
}

// accountOf returns the account in an ARN or in "<account>/<unique id>".
func accountOf(id string) string {
	if !strings.HasPrefix(id, "arn:") {
		account, _, _ := strings.Cut(id, "/")
		if len(account) != len("111122223333") || strings.Trim(account, "0123456789") != "" {
			return "" // a service
		}
		return account
	}
	for range 4 {
		_, id, _ = strings.Cut(id, ":")
	}
	account, _, _ := strings.Cut(id, ":")
	return account
}

// held is a use of which only a copy has been seen.
type held struct {
	group
	second      int64
	event, call UUID
}

// maxHeld bounds the copies of a ledger, of 56 bytes each. What is held beyond
// is counted, and then it is the caller's record that comes too late.
const maxHeld = 1 << 20

// admit reports whether a use whose event is shared is to be counted now. If not,
// it is held, or was counted before.
func (l *Ledger) admit(h held, copied bool) bool {
	switch {
	case !copied && l.cfg.Seen.Add(h.hour(), h.call):
		return true
	case copied && !l.cfg.Seen.has(h.hour(), h.call):
		if l.held = append(l.held, h); len(l.held) >= maxHeld {
			l.release()
		}
	default:
		l.totals.Duplicates += l.records([]held{h})
	}
	return false
}

// records returns of how many records the uses are: a ReEncrypt is one.
func (l *Ledger) records(list []held) (n int64) {
	for _, h := range list {
		if l.operations.list[h.operation()] != ReEncryptTo {
			n++
		}
	}
	return n
}

// unclaimed returns the held uses of which no other record was counted, each
// call once. What is held stays so: its caller's record may still come.
func (l *Ledger) unclaimed() []held {
	if len(l.held) == 0 {
		return nil
	}
	list := slices.Clone(l.held)
	slices.SortFunc(list, func(a, b held) int {
		if c := slices.Compare(a.call[:], b.call[:]); c != 0 {
			return c
		}
		return slices.Compare(a.event[:], b.event[:])
	})
	list = slices.CompactFunc(list, func(a, b held) bool { return a.call == b.call })
	return slices.DeleteFunc(list, func(h held) bool { return l.cfg.Seen.has(h.hour(), h.call) })
}

// release counts what is held.
func (l *Ledger) release() {
	list := l.unclaimed()
	l.totals.Duplicates += l.records(l.held) - l.records(list)
	l.held = l.held[:0]
	for _, h := range list {
		l.cfg.Seen.Add(h.hour(), h.call)
		if flags := l.enter(h.group); flags != 0 {
			l.observe(h.group, flags, h.at(), h.event)
		}
	}
}

func (h *held) at() time.Time { return time.Unix(h.second, 0).UTC() }

// eachGroup calls f with every group and its count, what is held included.
func (l *Ledger) eachGroup(f func(g group, count uint64)) {
	var more table
	for _, h := range l.unclaimed() {
		more.at(h.group).n++
	}
	for _, c := range l.table.cells {
		if c.n == 0 {
			continue
		}
		n := c.n & countMask
		if more.has(c.group) {
			n += more.at(c.group).n
		}
		f(c.group, n)
	}
	for _, c := range more.cells {
		if c.n != 0 && !l.table.has(c.group) {
			f(c.group, c.n)
		}
	}
}

// allFindings returns the findings, those of what is held included.
func (l *Ledger) allFindings() findings {
	list := l.unclaimed()
	if len(list) == 0 {
		return l.findings
	}
	counted := l.findings
	defer func() { l.findings = counted }()
	l.findings = findings{all: make(map[findingKey]*Finding, len(counted.all)), dropped: counted.dropped}
	for key, f := range counted.all {
		own := *f
		l.findings.all[key] = &own
	}
	for _, h := range list {
		if flags := l.flags(h.group); flags != 0 {
			l.observe(h.group, flags, h.at(), h.event)
		}
	}
	return l.findings
}
