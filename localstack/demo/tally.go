package demo

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage"
)

// books hold what was announced, for the report and the promises.
type books struct {
	made      map[string]bool // databases of tenants that became available
	multiAZ   map[string]bool // of those, what RDS itself says is Multi-AZ under the right key
	confirmed map[string]bool // keys, by ARN, whose revocation is confirmed now
	marked    map[string]bool // databases marked terminal now
	restored  map[string]news // by database: its Restore Completed
	findings  map[keyusage.Kind]int
}

// tally takes note of an announcement.
func (s *story) tally(kind string, d news) {
	b := &s.books
	switch kind {
	case events.TypeDatabaseAvailable:
		if d.TenantID != "" {
			b.made[d.DatabaseID] = true
		}
	case events.TypeSnapshotCreated:
		s.report.Snapshots++
	case events.TypeKeyRevocationConfirmed:
		b.confirmed[d.KeyARN] = true
	case events.TypeKeyUnlocked:
		delete(b.confirmed, d.KeyARN)
	case events.TypeDatabaseMarkedTerminal:
		s.report.MarkedTerminal++
		b.marked[d.DatabaseID] = true
		s.hold(markedRight, b.confirmed[d.KeyARN] && d.RecoverableUntil != nil,
			"%s was marked before its key's revocation was confirmed, or without a deadline", d.DatabaseID)
	case events.TypeRevocationWarning:
		if k := s.keys[d.KeyARN]; k != nil {
			k.warnings = append(k.warnings, d.Day)
		}
	case events.TypeDatabaseTerminal:
		s.report.Terminal++
	case events.TypeRestoreCompleted:
		s.report.Restored++
		b.restored[d.DatabaseID] = d
	case events.TypeDatabaseRecovered:
		if _, restored := b.restored[d.DatabaseID]; !restored && b.marked[d.DatabaseID] {
			s.report.RecoveredInWindow++
		}
		delete(b.marked, d.DatabaseID)
	case events.TypeDatabaseUnrecoverable:
		s.report.Unrecoverable++
		s.hold(lostForGood, len(d.Evidence) > 0 && s.deleted(d.KeyARN), "%s is taken for unrecoverable, without evidence or while its key is there", d.DatabaseID)
	case events.TypeKeyUsageFinding:
		b.findings[keyusage.Kind(d.Kind)]++
	case events.TypeTenantRemoved:
		s.report.Destroyed++
	}
}

// deleted reports whether KMS no longer knows a key, asked as its owner.
func (s *story) deleted(arn string) bool {
	k := s.keys[arn]
	_, err := s.cell.KMS.DescribeKey(s.ctx, k.admin(), arn)
	return err != nil && customerkey.VerdictOfError(err).Cause == customerkey.CauseKeyGone
}

// chapter ends the one before, with a line on those without a part, and begins
// the next.
func (s *story) chapter(title string) {
	s.crowdLine()
	s.out.chapter(title)
}

// crowdKinds are the announcements that are counted of those without a part.
var crowdKinds = []struct{ kind, one, many string }{
	{events.TypeTenantActive, "tenant ready", "tenants ready"},
	{events.TypeKeyLocked, "key locked", "keys locked"},
	{events.TypeDatabaseMarkedTerminal, "database marked terminal", "databases marked terminal"},
	{events.TypeKeyUnlocked, "key unlocked", "keys unlocked"},
	{events.TypeDatabaseRecovered, "database served again", "databases served again"},
	{events.TypeSnapshotFailed, "snapshot failed", "snapshots failed"},
	{events.TypeDatabaseParked, "database parked", "databases parked"},
}

func (s *story) crowdLine() {
	s.notes.flush()
	var parts []string
	for _, k := range crowdKinds {
		if n := s.notes.others[k.kind]; n > 0 {
			parts = append(parts, count(n, k.one, k.many))
		}
	}
	s.notes.others = nil
	if len(parts) > 0 {
		s.out.line(s.clock.Now(), "others", dim, fmt.Sprintf("of %s without a part: %s", count(s.Tenants-len(roles), "customer", "customers"), strings.Join(parts, ", ")))
	}
}

// warnedOn checks that a key's owner was warned on just these days.
func (s *story) warnedOn(k *key, days ...int) {
	s.hold(warned, slices.Equal(k.warnings, days), "%s was warned on days %v and not on %v", k.owner.id, k.warnings, days)
}
