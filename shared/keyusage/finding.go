package keyusage

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Finding is something about the use of a key that an auditor would want to
// know: uses of one day that have all but the time in common.
type Finding struct {
	Kind      Kind
	Severity  Severity
	Tenant    string // the key's
	Database  string
	KeyARN    string
	Operation string
	Principal Principal
	ErrorCode string
	Foreign   string // of ForeignContext: whom the context names
	Region    string // of WrongRegion: where
	First     time.Time
	Last      time.Time
	Count     uint64
	Evidence  []Evidence  // the earliest uses
	Revoked   *Revocation // of UseAfterRevocation
	// HoldUntil is the time before which a finding must not be published: what
	// explains it may still be on its way. When it is over, check the use again
	// with AfterRevocation on the key's timeline of then. Zero: publish at once.
	HoldUntil time.Time
}

// Evidence is one event.
type Evidence struct {
	EventID UUID
	At      time.Time
}

func (f *Finding) fill(a Attribution) {
	f.Tenant, f.Database, f.KeyARN = a.Tenant, a.Database, a.KeyARN
	f.Foreign, f.Region = a.Foreign, a.WrongRegion
}

// findingKey is what the uses of one finding have in common.
type findingKey struct {
	kind                                                             Kind
	tenant, database, key, operation, errorCode, foreign, region, at string
	principal                                                        Principal
}

func (f *Finding) key() findingKey {
	return findingKey{
		kind: f.Kind, tenant: f.Tenant, database: f.Database, key: f.KeyARN, operation: f.Operation,
		errorCode: f.ErrorCode, foreign: f.Foreign, region: f.Region,
		at: f.First.Format("2006-01-02"), principal: f.Principal,
	}
}

// ID is the same for the same finding, whenever and wherever it is made: the
// id of its outgoing event, by which a second one is dropped.
func (f *Finding) ID() string { return idOf(f.key()) }

// TenantID is ID for the tenant itself. Where another tenant is part of the finding,
// the first use is instead: an id can be made of every name, and compared.
func (f *Finding) TenantID() string {
	k := f.key()
	if k.foreign != "" && len(f.Evidence) > 0 {
		k.foreign = f.Evidence[0].EventID.String()
	}
	return idOf(k)
}

func idOf(k findingKey) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		string(k.kind), k.tenant, k.database, k.key, k.operation, k.errorCode, k.foreign, k.region, k.at,
		k.principal.ID, k.principal.Via, k.principal.Provider,
	}, "\x00")))
	return "finding-" + hex.EncodeToString(sum[:16])
}

// OtherTenant stands for the name of a tenant in what another one is told.
const OtherTenant = "another tenant"

// TenantSentence is Sentence for the tenant itself, who is not to know another's name.
func (f Finding) TenantSentence() string {
	f.Foreign = ""
	return f.Sentence()
}

// Sentence says it to an auditor of whoever runs the ledger.
func (f *Finding) Sentence() string {
	s := fmt.Sprintf("%s called %s%s %s %s", f.Principal, f.Operation, f.object(), times(f.Count), f.span())
	switch f.Kind {
	case UseAfterRevocation:
		return fmt.Sprintf("%s, and succeeded although the key had been revoked at %s (%s; evidence %s).",
			s, f.Revoked.From.Format(time.RFC3339), f.Revoked.Reason, f.Revoked.Evidence)
	case ForeignContext:
		if f.Foreign == "" {
			return s + ", with an encryption context that belongs to " + OtherTenant + "."
		}
		return s + ", with an encryption context that belongs to tenant " + f.Foreign + "."
	case UnknownPrincipal:
		return s + ", and is not among the principals expected to use it."
	case WrongRegion:
		return s + ", in Region " + f.Region + ", where the key must not be used."
	case UnrecordedKey:
		return s + ", which is on no record, with an encryption context that names tenant " + f.Tenant + "."
	case NoContext:
		return s + ", without an encryption context, so that it cannot be told what for."
	default:
		return s + ", and was refused (" + f.ErrorCode + ")."
	}
}

// object says on what, as far as it is known: some calls name no key, and not
// every key is a tenant's.
func (f *Finding) object() string {
	if f.KeyARN == "" {
		return ""
	}
	s := " on key " + f.KeyARN
	if f.Tenant != "" && f.Kind != UnrecordedKey {
		s += " of tenant " + f.Tenant
	}
	return s
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (f *Finding) span() string {
	if f.First.Equal(f.Last) {
		return "at " + f.First.Format(time.RFC3339)
	}
	return "between " + f.First.Format(time.RFC3339) + " and " + f.Last.Format(time.RFC3339)
}

// merge adds the uses of another part of the same finding. The result does not
// depend on the order of merges.
func (f *Finding) merge(o Finding, keep int) {
	f.Count += o.Count
	if o.First.Before(f.First) {
		f.First, f.Revoked = o.First, o.Revoked
	}
	if o.Last.After(f.Last) {
		f.Last = o.Last
	}
	if o.HoldUntil.After(f.HoldUntil) {
		f.HoldUntil = o.HoldUntil
	}
	if len(f.Evidence) == keep && len(o.Evidence) == 1 && compareEvidence(o.Evidence[0], f.Evidence[keep-1]) >= 0 {
		return
	}
	f.Evidence = append(slices.Clip(f.Evidence), o.Evidence...)
	slices.SortFunc(f.Evidence, compareEvidence)
	f.Evidence = f.Evidence[:min(len(f.Evidence), keep)]
}

func compareEvidence(a, b Evidence) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return slices.Compare(a.EventID[:], b.EventID[:])
}

// findings is a set of findings.
type findings struct {
	all     map[findingKey]*Finding
	dropped uint64
}

func (s *findings) add(f Finding, cfg Rules) {
	key := f.key()
	if have := s.all[key]; have != nil {
		have.merge(f, cfg.Evidence)
		return
	}
	if len(s.all) >= cfg.MaxFindings {
		s.dropped++
		return
	}
	if s.all == nil {
		s.all = make(map[findingKey]*Finding)
	}
	f.Evidence = slices.Clone(f.Evidence)
	s.all[key] = &f
}

// Findings returns the findings, the gravest and earliest first, and the number
// of uses that had no room in Rules.MaxFindings.
func (l *Ledger) Findings() (list []Finding, dropped uint64) {
	found := l.allFindings()
	for _, f := range found.all {
		list = append(list, *f)
	}
	order := map[Severity]int{Critical: 0, High: 1, Medium: 2, Low: 3}
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(order[a.Severity], order[b.Severity]), a.First.Compare(b.First), cmp.Compare(a.ID(), b.ID()))
	})
	return list, found.dropped
}
