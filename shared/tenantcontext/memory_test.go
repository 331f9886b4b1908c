package tenantcontext_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"latchkey/events"
	"latchkey/shared/coded"
	ctx "latchkey/shared/tenantcontext"
)

const keyARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func entry(id string, hosts ...string) ctx.Entry {
	return ctx.Entry{
		TenantID: id, Hosts: hosts, Phase: "active", Region: "eu-central-1", KeyARN: keyARN,
		Products: []ctx.Product{{
			Name: "crm", Active: true, DatabasePhase: "available",
			Endpoint: "lk-" + id + ".rds.example:5432", Database: "crm", Role: "crm_app",
			License:       events.License{Edition: "standard", Seats: 5, Apps: []string{"mail"}},
			Configuration: map[string]string{"theme": "dark"}, Groups: []string{"sales"},
		}},
	}
}

func put(t testing.TB, m *ctx.Memory, e ctx.Entry) {
	t.Helper()
	if err := m.Put(e); err != nil {
		t.Fatal(err)
	}
}

// reason asks for a context and checks that it is there only when allowed.
func reason(t *testing.T, m *ctx.Memory, who, product string) ctx.Reason {
	t.Helper()
	c, d := m.Context(who, product, now)
	if (c != nil) != d.Allow {
		t.Fatalf("Context(%s, %s): decision %+v with context %+v", who, product, d, c)
	}
	return d.Reason
}

func TestMemory_Context(t *testing.T) {
	m := ctx.NewMemory()
	put(t, m, entry("acme", "acme.example", "www.acme.example"))
	m.SetKey(keyARN, "usable")
	c, d := m.Context("www.acme.example", "crm", now)
	if !d.Allow || c.TenantID != "acme" || c.Endpoint != "lk-acme.rds.example:5432" || c.Role != "crm_app" || c.Region != "eu-central-1" ||
		c.License.Seats != 5 || c.Configuration["theme"] != "dark" || c.Groups[0] != "sales" {
		t.Fatalf("by host: %+v %+v", d, c)
	}
	if byID, _ := m.Context("acme", "crm", now); byID != c {
		t.Error("by id and by host give different contexts")
	}
	for who, want := range map[string]ctx.Reason{"nobody": ctx.UnknownTenant, "": ctx.UnknownTenant} {
		if got := reason(t, m, who, "crm"); got != want {
			t.Errorf("%q: %s", who, got)
		}
	}
	if got := reason(t, m, "acme", "wiki"); got != ctx.UnknownProduct {
		t.Errorf("another product: %s", got)
	}
}

func TestMemory_Context_agreesWithDecide(t *testing.T) {
	m := ctx.NewMemory()
	everyInput(func(in ctx.Input, p product) {
		if in.TenantPhase == "" || in.UsesKey && in.KeyPhase == "" {
			return
		}
		e := entry("acme")
		e.Phase = in.TenantPhase
		if !in.UsesKey {
			e.KeyARN = ""
		}
		q := &e.Products[0]
		q.Active, q.Suspended, q.DatabasePhase = in.Active, in.Suspended, in.DatabasePhase
		if !in.LicenseExpires.IsZero() {
			q.License.ExpiresAt = &in.LicenseExpires
		}
		if !in.HasProduct {
			e.Products = nil
		}
		put(t, m, e)
		m.SetKey(keyARN, in.KeyPhase)
		c, d := m.Context("acme", "crm", now)
		if want := ctx.Decide(in); d != want || (c != nil) != want.Allow {
			t.Fatalf("Context with %+v = %+v, want %+v", in, d, want)
		}
		if direct, d2 := e.Decide("crm", in.KeyPhase, now); d2 != d || !reflect.DeepEqual(direct, c) {
			t.Fatalf("Entry.Decide with %+v = %+v, want %+v", in, d2, d)
		}
	})
}

func TestMemory_SetKey(t *testing.T) {
	m := ctx.NewMemory()
	const tenants = 1000
	for i := range tenants {
		put(t, m, entry(fmt.Sprintf("t%d", i)))
	}
	other := entry("other")
	other.KeyARN = keyARN + "0"
	put(t, m, other)
	if got := reason(t, m, "t0", "crm"); got != ctx.KeyUnknown {
		t.Errorf("before anything is known of the key: %s", got)
	}
	m.SetKey(keyARN, "usable")
	m.SetKey(other.KeyARN, "usable")
	m.SetKey(keyARN, "locked")
	for i := range tenants {
		if got := reason(t, m, fmt.Sprintf("t%d", i), "crm"); got != ctx.KeyRevoked {
			t.Fatalf("t%d after the lock: %s", i, got)
		}
	}
	if got := reason(t, m, "other", "crm"); got != ctx.OK {
		t.Errorf("a tenant of another key: %s", got)
	}
	put(t, m, entry("late"))
	if got := reason(t, m, "late", "crm"); got != ctx.KeyRevoked {
		t.Errorf("a tenant put after the lock: %s", got)
	}
}

func TestMemory_Put(t *testing.T) {
	m := ctx.NewMemory()
	m.SetKey(keyARN, "usable")
	put(t, m, entry("acme", "acme.example", "old.example"))
	put(t, m, entry("bravo", "bravo.example"))

	if err := m.Put(entry("bravo", "bravo.example", "acme.example")); !coded.Is(err, coded.Conflict) {
		t.Errorf("taking another tenant's host: %v", err)
	}
	if c, _ := m.Context("acme.example", "crm", now); c == nil || c.TenantID != "acme" {
		t.Errorf("after the refusal the host leads to %+v", c)
	}
	if got := reason(t, m, "bravo.example", "crm"); got != ctx.OK {
		t.Errorf("after the refusal the tenant itself is %s", got)
	}

	put(t, m, entry("acme", "acme.example"))
	if got := reason(t, m, "old.example", "crm"); got != ctx.UnknownTenant {
		t.Errorf("a host that was taken away: %s", got)
	}
	put(t, m, entry("bravo", "bravo.example", "old.example"))
	if c, _ := m.Context("old.example", "crm", now); c == nil || c.TenantID != "bravo" {
		t.Errorf("a host that moved leads to %+v", c)
	}

	m.Remove("acme")
	m.Remove("acme")
	if reason(t, m, "acme", "crm") != ctx.UnknownTenant || reason(t, m, "acme.example", "crm") != ctx.UnknownTenant || m.Len() != 1 {
		t.Errorf("after Remove the tenant is still there, or another is not")
	}
}

func TestMemory_Put_copies(t *testing.T) {
	m := ctx.NewMemory()
	m.SetKey(keyARN, "usable")
	e := entry("acme", "acme.example")
	put(t, m, e)
	e.Hosts[0], e.Products[0].Configuration["theme"], e.Products[0].Groups[0], e.Products[0].License.Apps[0] = "x", "x", "x", "x"
	c, _ := m.Context("acme.example", "crm", now)
	if c == nil || c.Configuration["theme"] != "dark" || c.Groups[0] != "sales" || c.License.Apps[0] != "mail" {
		t.Errorf("a change of the caller's entry shows: %+v", c)
	}
}

// TestMemory_concurrent is for the race detector, and holds that a lock is seen
// by every Context that begins after SetKey returned.
func TestMemory_concurrent(t *testing.T) {
	m := ctx.NewMemory()
	m.SetKey(keyARN, "usable")
	put(t, m, entry("acme", "acme.example"))
	var readers sync.WaitGroup
	locked := make(chan struct{})
	for range 4 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for range 2000 {
				after := false
				select {
				case <-locked:
					after = true
				default:
				}
				if _, d := m.Context("acme.example", "crm", now); after && d.Allow {
					t.Error("served after the lock")
					return
				}
			}
		}()
	}
	for range 200 {
		put(t, m, entry("acme", "acme.example"))
	}
	m.SetKey(keyARN, "locked")
	close(locked)
	for range 200 {
		put(t, m, entry("acme", "acme.example"))
	}
	readers.Wait()
}

func TestMemory_Context_allocates(t *testing.T) {
	m := ctx.NewMemory()
	m.SetKey(keyARN, "usable")
	put(t, m, entry("acme", "acme.example"))
	for _, who := range []string{"acme", "acme.example", "nobody"} {
		if n := testing.AllocsPerRun(100, func() { m.Context(who, "crm", now) }); n != 0 {
			t.Errorf("Context(%s) allocates %v times", who, n)
		}
	}
}

func TestEntry_JSON(t *testing.T) {
	e := entry("acme", "acme.example")
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back ctx.Entry
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, e) {
		t.Errorf("round trip: %v\n%s", err, b)
	}
}

func benchmarkMemory(b *testing.B, tenants int) (*ctx.Memory, []string) {
	b.Helper()
	m := ctx.NewMemory()
	m.SetKey(keyARN, "usable")
	hosts := make([]string, tenants)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("t%d.example", i)
		put(b, m, entry(fmt.Sprintf("t%d", i), hosts[i]))
	}
	return m, hosts
}

func BenchmarkMemory_Context(b *testing.B) {
	for _, tenants := range []int{1, 1000, 100_000} {
		b.Run(fmt.Sprintf("tenants=%d", tenants), func(b *testing.B) {
			m, hosts := benchmarkMemory(b, tenants)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if _, d := m.Context(hosts[i%tenants], "crm", now); !d.Allow {
					b.Fatal(d.Reason)
				}
			}
		})
	}
}

func BenchmarkMemory_SetKey(b *testing.B) {
	for _, tenants := range []int{1, 100, 10_000, 100_000} {
		b.Run(fmt.Sprintf("tenants=%d", tenants), func(b *testing.B) {
			m, hosts := benchmarkMemory(b, tenants)
			phases := [2]string{"locked", "usable"}
			b.ResetTimer()
			for i := range b.N {
				m.SetKey(keyARN, phases[i%2])
				if _, d := m.Context(hosts[tenants-1], "crm", now); d.Allow != (i%2 == 1) {
					b.Fatal(d.Reason)
				}
			}
		})
	}
}
