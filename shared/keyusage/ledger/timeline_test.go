package ledger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
)

// TestRevocations_cause: whom a revocation shut out follows from its cause, and
// changes with it.
func TestRevocations_cause(t *testing.T) {
	const lead = 6 * time.Minute
	at := func(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }
	move := func(hours int, from, to customerkey.Phase, cause customerkey.Cause) customerkey.Change {
		return customerkey.Change{At: at(hours), From: from, To: to, Cause: cause, Source: customerkey.SourceProbe}
	}
	recast := func(hours int, to customerkey.Phase, cause customerkey.Cause, source string) customerkey.Change {
		return customerkey.Change{At: at(hours), To: to, Cause: cause, Source: source, Recast: true}
	}
	const usable, locked, revoked, lost = customerkey.PhaseUsable, customerkey.PhaseLocked, customerkey.PhaseRevoked, customerkey.PhaseLost
	for _, c := range []struct {
		name  string
		turns []customerkey.Change
		want  []keyusage.Revocation
	}{
		{"disabled", []customerkey.Change{move(0, usable, locked, customerkey.CauseDisabled), move(1, locked, revoked, customerkey.CausePendingDeletion), move(3, revoked, usable, "")},
			[]keyusage.Revocation{{From: at(0), Until: at(3).Add(-lead), Reason: "disabled", Evidence: "probe"}}},
		{"policy", []customerkey.Change{move(0, usable, locked, customerkey.CauseAccessDenied)},
			[]keyusage.Revocation{{From: at(0), Reason: "access-denied", Evidence: "probe", Only: ours}}},
		{"grant", []customerkey.Change{move(0, usable, locked, customerkey.CauseGrantGone)},
			[]keyusage.Revocation{{From: at(0), Reason: "grant-gone", Evidence: "probe", Only: "rds.amazonaws.com"}}},
		{"lost at once", []customerkey.Change{move(0, usable, lost, customerkey.CauseKeyGone)},
			[]keyusage.Revocation{{From: at(0), Reason: "key-gone", Evidence: "probe"}}},
		{"policy, then disabled", []customerkey.Change{move(0, usable, locked, customerkey.CauseAccessDenied), recast(2, revoked, customerkey.CauseDisabled, customerkey.SourceProbe), move(4, revoked, usable, "")},
			[]keyusage.Revocation{{From: at(0), Until: at(2), Reason: "access-denied", Evidence: "probe", Only: ours}, {From: at(2), Until: at(4).Add(-lead), Reason: "disabled", Evidence: "probe"}}},
		{"disabled, then policy", []customerkey.Change{move(0, usable, locked, customerkey.CauseDisabled), recast(2, revoked, customerkey.CauseAccessDenied, customerkey.SourceProbe)},
			[]keyusage.Revocation{{From: at(0), Until: at(2).Add(-lead), Reason: "disabled", Evidence: "probe"}, {From: at(2), Reason: "access-denied", Evidence: "probe", Only: ours}}},
		{"the customer's word", []customerkey.Change{move(0, usable, locked, customerkey.CauseAccessDenied), recast(2, revoked, customerkey.CauseDisabled, customerkey.SourceCloudTrail)},
			[]keyusage.Revocation{{From: at(0), Until: at(2), Reason: "access-denied", Evidence: "probe", Only: ours}, {From: at(2), Reason: "disabled", Evidence: "cloudtrail"}}},
		{"the customer's word, and back", []customerkey.Change{move(0, usable, locked, customerkey.CauseAccessDenied), recast(2, revoked, customerkey.CauseDisabled, customerkey.SourceCloudTrail), move(4, revoked, usable, "")},
			[]keyusage.Revocation{{From: at(0), Until: at(2), Reason: "access-denied", Evidence: "probe", Only: ours}, {From: at(2), Until: at(4).Add(-lead), Reason: "disabled", Evidence: "cloudtrail"}}},
		{"precaution", []customerkey.Change{move(0, usable, customerkey.PhasePrecaution, customerkey.CauseUnreachable), move(1, customerkey.PhasePrecaution, usable, "")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ledger.Revocations(c.turns, ours, lead); !slices.Equal(got, c.want) {
				t.Errorf("%+v\nwant %+v", got, c.want)
			}
		})
	}
}

// shut records that a key was taken away a day before the start.
func (w *world) shut(cause customerkey.Cause, grant string) {
	rec := w.key(0)
	rec.LastRevokedAt, rec.Cause, rec.GrantID = start.Add(-24*time.Hour), cause, grant
	w.put("key#"+rec.ARN, ".", rec, catalog.Indexes{})
	w.put("history#"+rec.ARN, "000000000000002.00", customerkey.Change{At: rec.LastRevokedAt, From: "usable", To: "locked", Cause: cause, Source: "probe"}, catalog.Indexes{})
}

// TestLedger_Ingest_shutOut: after a revocation, those whom it shut out are
// judged, and that the platform is refused is no news.
func TestLedger_Ingest_shutOut(t *testing.T) {
	w0 := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	tenant := w0.gen.World.Tenants[0]
	context := func(i int) string {
		return `{"encryptionContext":{"aws:rds:db-id":"` + tenant.Databases[i].ResourceID + `"}}`
	}
	calls := []call{
		{n: 1, at: start, who: service("rds.amazonaws.com"), operation: "Decrypt", key: tenant.KeyARN, request: context(0)},
		{n: 2, at: start, who: session(proberRole, ""), operation: "GenerateDataKey", key: tenant.KeyARN, errorCode: "AccessDenied"},
		{n: 3, at: start, who: session(proberRole, ""), operation: "DescribeKey", key: tenant.KeyARN, errorCode: "AccessDenied"},
		{n: 4, at: start, who: session(strangeRole, ""), operation: "Decrypt", key: tenant.KeyARN, errorCode: "AccessDenied"},
		{n: 5, at: start, who: session(proberRole, ""), operation: "Encrypt", key: tenant.KeyARN},
	}
	const denied = "denied Decrypt " + strangeRole + " 1"
	const byRDS, byUs = "use-after-revocation Decrypt rds.amazonaws.com 1", "use-after-revocation Encrypt " + proberRole + " 1"
	for _, c := range []struct {
		cause customerkey.Cause
		grant string
		want  []string
	}{
		{customerkey.CauseAccessDenied, "", []string{denied, byUs}},
		{customerkey.CauseGrantGone, "", []string{denied, byRDS}},
		{customerkey.CauseGrantGone, "other", []string{denied}}, // another database's
		{customerkey.CauseDisabled, "", []string{denied, byRDS, byUs}},
	} {
		t.Run(string(c.cause)+c.grant, func(t *testing.T) {
			w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
			w.shut(c.cause, c.grant)
			if c.grant != "" {
				w.put("database#other", ".", map[string]string{"id": "other", "tenantId": tenant.ID, "grantId": c.grant}, catalog.Indexes{KeyARN: tenant.KeyARN})
			}
			ingest(t, w.open(w.deps()), w.deliver(w.gen.Name(0), document(calls...)))
			got := strings.Split(findings(w.told()), "\n")
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestLedger_Ingest_explained: a refusal of the platform's outside of what is
// recorded, and one just before it was.
func TestLedger_Ingest_explained(t *testing.T) {
	for before, want := range map[time.Duration]int{time.Minute: 0, time.Hour: 1} {
		w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
		w.shut(customerkey.CauseAccessDenied, "")
		at := start.Add(-24*time.Hour - before)
		ingest(t, w.open(w.deps()), w.deliver(w.gen.Name(0), document(
			call{n: 1, at: at, who: session(proberRole, ""), operation: "DescribeKey", key: w.gen.World.Tenants[0].KeyARN, errorCode: "AccessDenied"})))
		if got := w.told(); len(got) != want {
			t.Errorf("%s before: %s", before, findings(got))
		}
	}
}
