package demo

import (
	"fmt"
	"strings"

	"latchkey/events"
)

// tellers say what an announcement means, by detail-type; an empty text is one
// that the script says itself. Kinds that are not here are not told.
var tellers = map[string]func(s *story, g note) (string, tone){
	events.TypeKeyPreflightFailed: func(_ *story, g note) (string, tone) {
		d := g.news[0]
		return fmt.Sprintf("preflight of key %s: %s; no database is made; the policy needs:", shortKey(d.KeyARN), strings.Join(d.Missing, ", ")), bad
	},
	events.TypeKeyRegistered: func(_ *story, g note) (string, tone) {
		if g.tenant != "cedar" {
			return "", plain // the script says it of all at once
		}
		return fmt.Sprintf("key %s passed its preflight: databases may be made under it", shortKey(g.news[0].KeyARN)), good
	},
	events.TypeTenantActive: func(s *story, g note) (string, tone) { return s.activeWords(g), good },
	events.TypeKeyLocked:    func(s *story, g note) (string, tone) { return s.lockWords(g.news[0]), bad },
	events.TypeKeyRevocationConfirmed: func(_ *story, g note) (string, tone) {
		return "confirmed by a look at the key: " + g.news[0].Reason, bad
	},
	events.TypeDatabaseMarkedTerminal: func(_ *story, g note) (string, tone) {
		return fmt.Sprintf("%s marked terminal: a plain start brings %s back until %s", g.databases(), it(len(g.news)), until(g.news[0].RecoverableUntil)), bad
	},
	events.TypeRevocationWarning: func(s *story, g note) (string, tone) { return s.warningWords(g.news[0]), bad },
	events.TypeKeyApprovalNeeded: func(*story, note) (string, tone) {
		return "the key is usable again; this customer wants a person to approve the return", plain
	},
	events.TypeKeyUnlocked: func(s *story, g note) (string, tone) { return s.unlockWords(g.news[0]), good },
	events.TypeDatabaseRecovered: func(_ *story, g note) (string, tone) {
		return g.databases() + " back: verified, logins opened, served again", good
	},
	events.TypeDatabaseTerminal: func(_ *story, g note) (string, tone) {
		return fmt.Sprintf("%s terminal: only a restore helps now. Evidence: %s", g.databases(), last(g.news[0].Evidence)), bad
	},
	events.TypeRestoreStarted: func(_ *story, g note) (string, tone) {
		d := g.news[0]
		return fmt.Sprintf("restoring %s to %s, the newest moment that RDS offers; it will lack %s", d.DatabaseID, until(d.RestoreTo), loss(d)), plain
	},
	events.TypeRestoreCompleted: func(_ *story, g note) (string, tone) {
		d := g.news[0]
		return fmt.Sprintf("%s restored as %s; stated data loss: %s", d.DatabaseID, d.InstanceID, loss(d)), good
	},
	events.TypeKeyLost: func(_ *story, g note) (string, tone) {
		return fmt.Sprintf("key %s is deleted for good: %s", shortKey(g.news[0].KeyARN), g.news[0].Reason), bad
	},
	events.TypeDatabaseUnrecoverable: func(_ *story, g note) (string, tone) {
		d := g.news[0]
		return fmt.Sprintf("%s unrecoverable. Evidence: %s", g.databases(), trim(last(d.Evidence), d.KeyARN)), bad
	},
	events.TypeProductChanged:  func(_ *story, g note) (string, tone) { return productWords(g.news[0]), plain },
	events.TypeSiteClosed:      func(*story, note) (string, tone) { return "site closed, logins closed", plain },
	events.TypeDatabaseDeleted: func(_ *story, g note) (string, tone) { return deletedWords(g.news[0]), plain },
	events.TypeTenantRemoved: func(*story, note) (string, tone) {
		return "nothing is left of the tenant but its record", plain
	},
	events.TypeKeyUsageFinding: func(_ *story, g note) (string, tone) { return findingWords(g.news[0]), bad },
	events.TypeTenantParked:    trouble,
	events.TypeDatabaseParked:  trouble,
	events.TypeSnapshotFailed:  trouble,
}

// trouble tells of what should not happen in this story.
func trouble(_ *story, g note) (string, tone) { return g.kind + ": " + g.news[0].Reason, bad }

func (g note) databases() string { return count(len(g.news), "database", "databases") }
