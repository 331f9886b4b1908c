package emulator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/localstack/emulator/proxy"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
)

// deadLetters takes what is in the dead letters of a function.
func (w *world) deadLetters(function string) []string {
	w.Helper()
	out, err := w.DeadLetters(w.ctx, home, function)
	w.must(err)
	return out
}

// TestStack_Poison puts a broken event between two good ones.
func TestStack_Poison(t *testing.T) {
	w := up(t)
	const first, second = "poison-first", "poison-second"
	w.signUp(deployment.Bus, first, w.customerKey())
	id := w.put(deployment.Bus, w.sample("tenant-created", func(_ *events.Envelope, d map[string]any) {
		d["tenantId"], d["placement"] = "poison-itself", "somewhere"
	}))
	w.signUp(deployment.Bus, second, w.customerKey())
	w.must(w.Settle(w.ctx))
	for _, tenant := range []string{first, second} {
		if status, reason := w.access(tenant); status == 404 {
			t.Errorf("%s was lost with its batch: %s", tenant, reason)
		}
	}
	w.wants("poison-itself", 404, "unknown-tenant")
	letters := w.deadLetters(events.FunctionProvision)
	if len(letters) != 1 || !strings.Contains(letters[0], id) {
		t.Errorf("dead letters %q, want event %s", letters, id)
	}
}

// TestStack_Killed ends provision in the middle of a batch, at a write.
func TestStack_Killed(t *testing.T) {
	w := up(t)
	const tenant = "killed-bakery"
	name := deployment.Name(events.FunctionProvision)
	reached, release := make(chan proxy.Call, 16), make(chan struct{})
	remove := w.Proxy.Inject(proxy.Rule{Service: "dynamodb", Action: "TransactWriteItems", Role: w.role(name), Fault: proxy.Hold(reached, release)})
	w.signUp(deployment.Bus, tenant, w.customerKey())
	settled := make(chan error, 1)
	go func() { settled <- w.Settle(w.ctx) }()
	select {
	case <-reached:
	case <-w.ctx.Done():
		t.Fatal("provision never wrote")
	}
	remove()
	if n := w.region.Host.Kill(name); n != 1 {
		t.Errorf("killed %d", n)
	}
	w.must(<-settled)
	close(release)
	if status, reason := w.access(tenant); status == 404 {
		t.Errorf("the tenant was lost: %s", reason)
	}
	if letters := w.deadLetters(events.FunctionProvision); len(letters) != 0 {
		t.Errorf("dead letters %q", letters)
	}
	crashed := false
	for _, s := range w.region.Host.Functions() {
		crashed = crashed || s.Function.Name == name && s.Started > 1
	}
	if !crashed {
		t.Error("no new process was started")
	}
}

// role is the name of a function's role.
func (w *world) role(function string) string {
	for _, s := range w.region.Host.Functions() {
		if s.Function.Name == function {
			return s.Function.Role
		}
	}
	w.Fatalf("no function %s", function)
	return ""
}

// TestStack_Throttled makes DynamoDB refuse one call in ten and RDS and
// EventBridge some of the first, and breaks a connection after an instance was made.
func TestStack_Throttled(t *testing.T) {
	w := up(t)
	const tenant = "throttled-bakery"
	for _, r := range []proxy.Rule{
		{Service: "dynamodb", Probability: 0.1, Count: 40, Fault: proxy.Refuse(400, "ProvisionedThroughputExceededException")},
		{Service: "rds", Action: "CreateDBInstance", Count: 2, Fault: proxy.Refuse(400, "Throttling")},
		{Service: "rds", Action: "CreateDBInstance", Count: 1, Fault: proxy.Lose()},
		{Service: "rds", Action: "DescribeDBInstances", Count: 2, Fault: proxy.Refuse(400, "Throttling")},
		{Service: "events", Action: "PutEvents", Role: w.role(deployment.Name(deployment.FunctionPublish)), Count: 2, Fault: proxy.Refuse(500, "InternalException")},
	} {
		defer w.Proxy.Inject(r)()
	}
	_, before := w.Proxy.Calls()
	out := w.listen("throttled-out", deployment.Bus, events.Pattern{"source": events.Any{events.SourceLatchkey}, "detail": events.Pattern{"tenantId": events.Any{tenant}}})
	w.signUp(deployment.Bus, tenant, w.customerKey())
	instance := database.InstanceName(database.ID(tenant, product, 1), 0)
	w.until("an instance", func() bool { return w.has(instance) })
	w.created(instance)
	w.until("the tenant is served", func() bool { status, _ := w.access(tenant); return status == 200 })
	w.must(w.Settle(w.ctx))
	_, after := w.Proxy.Calls()
	broken := map[string]int64{}
	for c, n := range after {
		broken[c.Service] += n - before[c]
	}
	t.Logf("broken: %v", broken)
	for _, service := range []string{"dynamodb", "rds", "events"} {
		if broken[service] == 0 {
			t.Errorf("no call of %s was broken", service)
		}
	}
	active := 0
	for _, b := range w.drain(out) {
		var e struct {
			Type string `json:"detail-type"`
		}
		w.must(json.Unmarshal([]byte(b), &e))
		if e.Type == events.TypeTenantActive {
			active++
		}
	}
	if active == 0 {
		t.Error("the tenant's activation was never published")
	}
}
