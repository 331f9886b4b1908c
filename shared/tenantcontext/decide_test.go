package tenantcontext_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/tenant"
	ctx "latchkey/shared/tenantcontext"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var (
	tenantPhases   = append(tenant.Transitions.States(), "", "invented-later")
	keyPhases      = append(customerkey.Transitions.States(), "", "invented-later")
	databasePhases = append(database.Transitions.States(), "", "invented-later")
)

// product is a state of a tenant's product, and the reason it gives alone.
type product struct {
	has, active, suspended bool
	expires                time.Time
	reason                 ctx.Reason
}

var products = []product{
	{true, true, false, time.Time{}, ctx.OK},
	{true, true, false, now.Add(time.Nanosecond), ctx.OK},
	{true, true, false, now, ctx.LicenseExpired},
	{true, true, true, time.Time{}, ctx.ProductSuspended},
	{true, true, true, now.Add(-time.Hour), ctx.ProductSuspended},
	{true, false, false, time.Time{}, ctx.ProductInactive},
	{true, false, true, now.Add(-time.Hour), ctx.ProductInactive},
	{false, false, false, time.Time{}, ctx.UnknownProduct},
}

// everyInput calls visit with all combinations of phases and products.
func everyInput(visit func(in ctx.Input, p product)) {
	for _, t := range tenantPhases {
		for _, p := range products {
			for _, d := range databasePhases {
				in := ctx.Input{
					TenantPhase: string(t), HasProduct: p.has, Active: p.active, Suspended: p.suspended,
					LicenseExpires: p.expires, DatabasePhase: string(d), Now: now,
				}
				visit(in, p)
				in.UsesKey = true
				for _, k := range keyPhases {
					in.KeyPhase = string(k)
					visit(in, p)
				}
			}
		}
	}
}

// TestDecide_allows holds Decide against the rule in one sentence: a tenant is
// served if and only if it is active, its key (if it brought one) serves, its
// product is active, not suspended and licensed, and its database is available
// or busy.
func TestDecide_allows(t *testing.T) {
	allowed, refused := 0, 0
	everyInput(func(in ctx.Input, p product) {
		want := tenant.Phase(in.TenantPhase) == tenant.PhaseActive &&
			(!in.UsesKey || customerkey.Phase(in.KeyPhase).Serves()) &&
			in.HasProduct && in.Active && !in.Suspended && (in.LicenseExpires.IsZero() || in.Now.Before(in.LicenseExpires)) &&
			(in.DatabasePhase == string(database.PhaseAvailable) || in.DatabasePhase == string(database.PhaseBusy))
		got := ctx.Decide(in)
		if got.Allow != want {
			t.Fatalf("Decide(%+v) = %+v, want allow: %v", in, got, want)
		}
		if got.Allow != (got.Reason == ctx.OK) {
			t.Fatalf("Decide(%+v) = %+v: allow and reason disagree", in, got)
		}
		if got.Allow {
			allowed++
		} else {
			refused++
		}
	})
	if allowed == 0 || refused == 0 {
		t.Fatalf("%d allowed, %d refused: the combinations are not complete", allowed, refused)
	}
}

var keyReasons = map[customerkey.Phase]ctx.Reason{
	customerkey.PhasePending:          ctx.KeyPending,
	customerkey.PhaseUsable:           ctx.OK,
	customerkey.PhaseUnreachable:      ctx.OK,
	customerkey.PhasePrecaution:       ctx.KeyUnreachable,
	customerkey.PhaseLocked:           ctx.KeyRevoked,
	customerkey.PhaseRevoked:          ctx.KeyRevoked,
	customerkey.PhaseAwaitingApproval: ctx.KeyAwaitingApproval,
	customerkey.PhaseLost:             ctx.KeyLost,
	customerkey.PhaseRetired:          ctx.KeyRetired,
	"":                                ctx.KeyUnknown,
	"invented-later":                  ctx.KeyUnknown,
}

var databaseReasons = map[database.Phase]ctx.Reason{
	database.PhaseRequested:           ctx.DatabaseProvisioning,
	database.PhaseCreating:            ctx.DatabaseProvisioning,
	database.PhasePreparing:           ctx.DatabaseProvisioning,
	database.PhaseAvailable:           ctx.OK,
	database.PhaseBusy:                ctx.OK,
	database.PhaseLocked:              ctx.DatabaseLocked,
	database.PhaseTerminalRecoverable: ctx.DatabaseTerminalRecoverable,
	database.PhaseTerminal:            ctx.DatabaseTerminal,
	database.PhaseUnrecoverable:       ctx.DatabaseUnrecoverable,
	database.PhaseRestoring:           ctx.DatabaseRestoring,
	database.PhaseParked:              ctx.DatabaseParked,
	database.PhaseDeleting:            ctx.DatabaseDeleted,
	database.PhaseDeleted:             ctx.DatabaseDeleted,
	"":                                ctx.DatabaseProvisioning,
	"invented-later":                  ctx.DatabaseUnknown,
}

var tenantReasons = map[tenant.Phase]ctx.Reason{
	"":                          ctx.UnknownTenant,
	tenant.PhaseAwaitingCreated: ctx.TenantProvisioning,
	tenant.PhaseProvisioning:    ctx.TenantProvisioning,
	tenant.PhaseActive:          ctx.OK,
	tenant.PhaseDestroying:      ctx.TenantDestroyed,
	tenant.PhaseDestroyed:       ctx.TenantDestroyed,
	tenant.PhaseParked:          ctx.TenantParked,
	"invented-later":            ctx.TenantProvisioning,
}

// TestDecide_reasons holds the order of the checks: the tenant's end, the key,
// the tenant, the product, the database.
func TestDecide_reasons(t *testing.T) {
	everyInput(func(in ctx.Input, p product) {
		whole := tenantReasons[tenant.Phase(in.TenantPhase)]
		key := ctx.OK
		if in.UsesKey {
			key = keyReasons[customerkey.Phase(in.KeyPhase)]
		}
		order := []ctx.Reason{whole, key, whole, p.reason, databaseReasons[database.Phase(in.DatabasePhase)]}
		if whole == ctx.TenantProvisioning || whole == ctx.TenantParked {
			order[0] = ctx.OK
		}
		want := ctx.OK
		for _, r := range order {
			if r != ctx.OK {
				want = r
				break
			}
		}
		if got := ctx.Decide(in).Reason; got != want {
			t.Fatalf("Decide(%+v) = %s, want %s", in, got, want)
		}
	})
}

func TestReasons(t *testing.T) {
	given := map[ctx.Reason]bool{}
	everyInput(func(in ctx.Input, p product) { given[ctx.Decide(in).Reason] = true })
	listed := map[ctx.Reason]bool{}
	for _, r := range ctx.Reasons() {
		if listed[r] {
			t.Errorf("%s is listed twice", r)
		}
		listed[r] = true
		if !given[r] {
			t.Errorf("%s is never given", r)
		}
		if (r.Status() == 200) != (r == ctx.OK) || r.Status() < 200 || r.Status() > 599 {
			t.Errorf("%s has status %d", r, r.Status())
		}
		if s := r.Sentence(); !strings.HasSuffix(s, ".") {
			t.Errorf("%s says %q, which is no sentence", r, s)
		}
	}
	for r := range given {
		if !listed[r] {
			t.Errorf("%s is given but not in the table", r)
		}
	}
	if r := ctx.Reason("invented-later"); r.Status() != 503 || r.Sentence() == "" {
		t.Errorf("an unknown reason has status %d", r.Status())
	}
}

func BenchmarkDecide(b *testing.B) {
	in := ctx.Input{TenantPhase: "active", HasProduct: true, Active: true, UsesKey: true, KeyPhase: "usable", DatabasePhase: "available", Now: now}
	b.ReportAllocs()
	for range b.N {
		if !ctx.Decide(in).Allow {
			b.Fatal("refused")
		}
	}
}
