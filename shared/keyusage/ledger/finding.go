package ledger

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
)

// LaneHeld holds the findings that wait for what may explain them.
const LaneHeld catalog.Lane = "findings"

// Finding is the item of a finding: told, or held.
type Finding struct {
	keyusage.Finding
	Item string    `json:"item"` // its id; see keyusage.Finding.ID
	File string    `json:"file"` // the log file that showed it first
	Held bool      `json:"held,omitempty"`
	Told time.Time `json:"told,omitzero"` // last
	// Tellings is how often it was told, and ToldCount how many uses it had then.
	Tellings  int    `json:"tellings,omitempty"`
	ToldCount uint64 `json:"toldCount,omitempty"`
	// Files are the uses that each log file showed, by a hash of its name: one that
	// is read again adds nothing.
	Files map[string]uint64 `json:"files,omitempty"`
}

// findingKey orders a tenant's findings of a month by day.
func findingKey(f *Finding) catalog.Key {
	tenant := cmp.Or(f.Tenant, parquet.Unknown)
	day := f.First.UTC()
	return catalog.Key{Part: findingPart(tenant, day), Sort: day.Format(time.DateOnly) + "#" + f.Item}
}

func findingPart(tenant string, at time.Time) string {
	return "finding#" + cut(tenant, maxTenantID) + "#" + at.Format("2006-01")
}

func findingPut(f *Finding, version int64) (catalog.Put, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return catalog.Put{}, coded.Wrap(coded.Internal, err, "encoding finding %s", f.Item)
	}
	it := catalog.Item{Key: findingKey(f), Body: body}
	if f.Held {
		it.Lane, it.DueAt = LaneHeld, f.HoldUntil
	}
	return catalog.Put{Item: it, IfVersion: version}, nil
}

// message makes the outgoing event of a finding.
func (l *Ledger) message(f *Finding, now time.Time) (catalog.Message, error) {
	d := &events.FindingEvent{
		Kind: string(f.Kind), Severity: string(f.Severity), Database: cut(f.Database, 256), KeyARN: cut(f.KeyARN, 2048),
		Operation: cut(f.Operation, 256), Principal: cut(f.Principal.String(), 2048), Outcome: string(keyusage.OutcomeOf(f.ErrorCode)),
		ErrorCode: cut(f.ErrorCode, 256), Foreign: cut(f.Foreign, 256), Region: cut(f.Region, 64),
		First: f.First, Last: f.Last, Count: int64(f.Count), Sentence: cut(f.Sentence(), 16384), File: cut(f.File, 1200),
	}
	if tenantForm.MatchString(f.Tenant) {
		d.TenantID = f.Tenant
	}
	if f.Revoked != nil {
		d.RevokedAt = &f.Revoked.From
	}
	for _, e := range f.Evidence {
		d.Evidence = append(d.Evidence, e.EventID.String())
	}
	id := f.eventID()
	d.Stamp(id, now)
	env, err := events.New(events.TypeKeyUsageFinding, id, now, l.Config.Region, l.Config.Account, d)
	if err != nil {
		return catalog.Message{}, err
	}
	body, err := env.Marshal()
	return catalog.Message{ID: id, Group: cut(d.Subject(), 512), Body: body}, err
}

// tenantForm is what the contract takes for a tenant id.
var tenantForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$`)

// cut shortens a text from a log to what the contract takes, counted in
// characters, and makes it text that the catalog takes.
func cut(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
