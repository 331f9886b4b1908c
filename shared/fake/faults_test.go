package fake

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// called counts the calls that reached it, and stands for every port.
type called struct{ n int }

func (c *called) hit() error { c.n++; return nil }

type calledStore struct{ *called }

func (c calledStore) Get(context.Context, catalog.Key) (catalog.Item, error) {
	return catalog.Item{Version: 7}, c.hit()
}
func (c calledStore) Commit(context.Context, catalog.Tx) error { return c.hit() }
func (c calledStore) Query(context.Context, catalog.Query) (catalog.Page, error) {
	return catalog.Page{Next: "n"}, c.hit()
}
func (c calledStore) Due(context.Context, catalog.Lane, int, time.Time, int) ([]catalog.Due, error) {
	return make([]catalog.Due, 1), c.hit()
}

type calledOutbox struct{ *called }

func (c calledOutbox) Pending(context.Context, int) ([]catalog.Message, error) {
	return make([]catalog.Message, 1), c.hit()
}
func (c calledOutbox) PendingIn(context.Context, string, int) ([]catalog.Message, error) {
	return make([]catalog.Message, 1), c.hit()
}
func (c calledOutbox) Published(context.Context, ...catalog.Message) error { return c.hit() }

type calledKeys struct{ *called }

func (c calledKeys) Describe(context.Context, string) (customerkey.Description, error) {
	return customerkey.Description{State: customerkey.StateEnabled}, c.hit()
}
func (c calledKeys) NewCanary(context.Context, string, map[string]string) ([]byte, error) {
	return []byte{1}, c.hit()
}
func (c calledKeys) TryGenerateDataKey(context.Context, string, map[string]string) error {
	return c.hit()
}
func (c calledKeys) TryDecrypt(context.Context, string, []byte, map[string]string) error {
	return c.hit()
}
func (c calledKeys) TryCreateGrant(context.Context, string) error { return c.hit() }
func (c calledKeys) Grants(context.Context, string, string) ([]customerkey.Grant, string, error) {
	return make([]customerkey.Grant, 1), "n", c.hit()
}

type calledRDS struct{ *called }

func (c calledRDS) Describe(context.Context, string) (database.Instance, error) {
	return database.Instance{Status: "available"}, c.hit()
}
func (c calledRDS) Create(context.Context, database.Spec) error                  { return c.hit() }
func (c calledRDS) Start(context.Context, string) error                          { return c.hit() }
func (c calledRDS) Stop(context.Context, string) error                           { return c.hit() }
func (c calledRDS) Unprotect(context.Context, string) error                      { return c.hit() }
func (c calledRDS) Delete(context.Context, string) error                         { return c.hit() }
func (c calledRDS) ManagePassword(context.Context, string, string) error         { return c.hit() }
func (c calledRDS) RestoreSnapshot(context.Context, string, database.Spec) error { return c.hit() }
func (c calledRDS) RestoreToTime(context.Context, string, time.Time, database.Spec) error {
	return c.hit()
}

type calledInside struct{ *called }

func (c calledInside) Prepare(context.Context, database.Login) error { return c.hit() }
func (c calledInside) Fence(context.Context, database.Login) error   { return c.hit() }
func (c calledInside) Unfence(context.Context, database.Login) error { return c.hit() }
func (c calledInside) Verify(context.Context, database.Login) error  { return c.hit() }
func (c calledInside) Drop(context.Context, database.Login) error    { return c.hit() }

type calledBackups struct{ *called }

func (c calledBackups) Create(context.Context, string, string, map[string]string) error {
	return c.hit()
}
func (c calledBackups) Describe(context.Context, string) (snapshot.Description, error) {
	return snapshot.Description{Status: "available"}, c.hit()
}
func (c calledBackups) List(context.Context, string, string) ([]snapshot.Description, string, error) {
	return make([]snapshot.Description, 1), "n", c.hit()
}
func (c calledBackups) Copy(context.Context, string, string, string, map[string]string) error {
	return c.hit()
}
func (c calledBackups) Delete(context.Context, string) error { return c.hit() }

// portCall is one call of a wrapped port; it reports whether the result held anything.
type portCall struct {
	port, method string
	call         func(c *called, p Plan) (result bool, err error)
}

func isKMS(code string) func(error) bool {
	return func(err error) bool {
		var e *customerkey.ServiceError
		return errors.As(err, &e) && e.Code == code
	}
}

func isRDS(code string) func(error) bool {
	return func(err error) bool {
		var e *database.ServiceError
		return errors.As(err, &e) && e.Code == code
	}
}

func isRetryable(err error) bool { return coded.Is(err, coded.Retryable) }

func isTimeout(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

func portCalls() []portCall {
	ctx := context.Background()
	var login database.Login
	var spec database.Spec
	simple := func(f func(c *called, p Plan) error) func(*called, Plan) (bool, error) {
		return func(c *called, p Plan) (bool, error) { return false, f(c, p) }
	}
	return []portCall{
		{PortStore, "Get", func(c *called, p Plan) (bool, error) {
			v, err := Store(calledStore{c}, p).Get(ctx, catalog.Key{})
			return v.Version != 0, err
		}},
		{PortStore, "Commit", simple(func(c *called, p Plan) error { return Store(calledStore{c}, p).Commit(ctx, catalog.Tx{}) })},
		{PortStore, "Query", func(c *called, p Plan) (bool, error) {
			v, err := Store(calledStore{c}, p).Query(ctx, catalog.Query{})
			return v.Next != "", err
		}},
		{PortStore, "Due", func(c *called, p Plan) (bool, error) {
			v, err := Store(calledStore{c}, p).Due(ctx, catalog.LaneKeys, 0, epoch, 1)
			return v != nil, err
		}},
		{PortOutbox, "Pending", func(c *called, p Plan) (bool, error) {
			v, err := Outbox(calledOutbox{c}, p).Pending(ctx, 1)
			return v != nil, err
		}},
		{PortOutbox, "PendingIn", func(c *called, p Plan) (bool, error) {
			v, err := Outbox(calledOutbox{c}, p).PendingIn(ctx, "g", 1)
			return v != nil, err
		}},
		{PortOutbox, "Published", simple(func(c *called, p Plan) error {
			return Outbox(calledOutbox{c}, p).Published(ctx, catalog.Message{ID: "a"})
		})},
		{PortKeys, "DescribeKey", func(c *called, p Plan) (bool, error) {
			v, err := Keys(calledKeys{c}, p).Describe(ctx, "")
			return v.State != "", err
		}},
		{PortKeys, "GenerateDataKeyWithoutPlaintext", func(c *called, p Plan) (bool, error) {
			v, err := Keys(calledKeys{c}, p).NewCanary(ctx, "", nil)
			return v != nil, err
		}},
		{PortKeys, "GenerateDataKey", simple(func(c *called, p Plan) error { return Keys(calledKeys{c}, p).TryGenerateDataKey(ctx, "", nil) })},
		{PortKeys, "Decrypt", simple(func(c *called, p Plan) error { return Keys(calledKeys{c}, p).TryDecrypt(ctx, "", nil, nil) })},
		{PortKeys, "CreateGrant", simple(func(c *called, p Plan) error { return Keys(calledKeys{c}, p).TryCreateGrant(ctx, "") })},
		{PortKeys, "ListGrants", func(c *called, p Plan) (bool, error) {
			v, next, err := Keys(calledKeys{c}, p).Grants(ctx, "", "")
			return v != nil || next != "", err
		}},
		{PortFleet, "DescribeDBInstances", func(c *called, p Plan) (bool, error) {
			v, err := Fleet(calledRDS{c}, p).Describe(ctx, "")
			return v.Status != "", err
		}},
		{PortFleet, "CreateDBInstance", simple(func(c *called, p Plan) error { return Fleet(calledRDS{c}, p).Create(ctx, spec) })},
		{PortFleet, "StartDBInstance", simple(func(c *called, p Plan) error { return Fleet(calledRDS{c}, p).Start(ctx, "") })},
		{PortFleet, "StopDBInstance", simple(func(c *called, p Plan) error { return Fleet(calledRDS{c}, p).Stop(ctx, "") })},
		{PortFleet, "ModifyDBInstance", simple(func(c *called, p Plan) error { return Fleet(calledRDS{c}, p).Unprotect(ctx, "") })},
		{PortFleet, "DeleteDBInstance", simple(func(c *called, p Plan) error { return Fleet(calledRDS{c}, p).Delete(ctx, "") })},
		{PortRestorer, "RestoreDBInstanceFromDBSnapshot", simple(func(c *called, p Plan) error { return Restorer(calledRDS{c}, p).RestoreSnapshot(ctx, "", spec) })},
		{PortRestorer, "RestoreDBInstanceToPointInTime", simple(func(c *called, p Plan) error { return Restorer(calledRDS{c}, p).RestoreToTime(ctx, "", epoch, spec) })},
		{PortRestorer, "ModifyDBInstance", simple(func(c *called, p Plan) error { return Restorer(calledRDS{c}, p).ManagePassword(ctx, "", "") })},
		{PortInside, "Prepare", simple(func(c *called, p Plan) error { return Inside(calledInside{c}, p).Prepare(ctx, login) })},
		{PortInside, "Fence", simple(func(c *called, p Plan) error { return Inside(calledInside{c}, p).Fence(ctx, login) })},
		{PortInside, "Unfence", simple(func(c *called, p Plan) error { return Inside(calledInside{c}, p).Unfence(ctx, login) })},
		{PortInside, "Verify", simple(func(c *called, p Plan) error { return Inside(calledInside{c}, p).Verify(ctx, login) })},
		{PortInside, "Drop", simple(func(c *called, p Plan) error { return Inside(calledInside{c}, p).Drop(ctx, login) })},
		{PortBackups, "CreateDBSnapshot", simple(func(c *called, p Plan) error { return Backups(calledBackups{c}, p).Create(ctx, "", "", nil) })},
		{PortBackups, "DescribeDBSnapshots", func(c *called, p Plan) (bool, error) {
			v, err := Backups(calledBackups{c}, p).Describe(ctx, "")
			return v.Status != "", err
		}},
		{PortBackups, "ListDBSnapshots", func(c *called, p Plan) (bool, error) {
			v, next, err := Backups(calledBackups{c}, p).List(ctx, "", "")
			return v != nil || next != "", err
		}},
		{PortBackups, "CopyDBSnapshot", simple(func(c *called, p Plan) error { return Backups(calledBackups{c}, p).Copy(ctx, "", "", "", nil) })},
		{PortBackups, "DeleteDBSnapshot", simple(func(c *called, p Plan) error { return Backups(calledBackups{c}, p).Delete(ctx, "") })},
	}
}

// wantErrors says what each port answers with for an error and for throttling.
var wantErrors = map[string][2]func(error) bool{
	PortStore:    {isRetryable, isRetryable},
	PortOutbox:   {isRetryable, isRetryable},
	PortInside:   {isRetryable, isRetryable},
	PortKeys:     {isKMS(customerkey.CodeKMSInternal), isKMS(customerkey.CodeThrottling)},
	PortFleet:    {isRDS(database.CodeInternalFailure), isRDS(database.CodeThrottling)},
	PortRestorer: {isRDS(database.CodeInternalFailure), isRDS(database.CodeThrottling)},
	PortBackups:  {isRDS(database.CodeInternalFailure), isRDS(database.CodeThrottling)},
}

func TestPorts_faults(t *testing.T) {
	for _, pc := range portCalls() {
		t.Run(pc.port+"."+pc.method, func(t *testing.T) {
			want := wantErrors[pc.port]
			for _, tc := range []struct {
				f       Fault
				effects int
				err     func(error) bool
				crash   bool
			}{
				{None, 1, func(err error) bool { return err == nil }, false},
				{Error, 0, want[0], false},
				{Throttle, 0, want[1], false},
				{Timeout, 0, isTimeout, false},
				{TimeoutAfter, 1, isTimeout, false},
				{CrashBefore, 0, nil, true},
				{CrashAfter, 1, nil, true},
				{Duplicate, 1, func(err error) bool { return err == nil }, false},
			} {
				var c called
				var result bool
				var err error
				plan := new(Script).Fail(pc.port, pc.method, 1, tc.f)
				crash := Survive(func() { result, err = pc.call(&c, plan) })
				if c.n != tc.effects {
					t.Errorf("%s: %d effects, want %d", tc.f, c.n, tc.effects)
				}
				if (crash != nil) != tc.crash {
					t.Errorf("%s: crash = %v", tc.f, crash)
				}
				if tc.crash {
					if want := (Point{pc.port, pc.method, 1}); crash.Point != want || crash.Fault != tc.f {
						t.Errorf("%s: crashed at %v", tc.f, crash)
					}
					continue
				}
				if !tc.err(err) {
					t.Errorf("%s: error %v", tc.f, err)
				}
				if err != nil && result {
					t.Errorf("%s: a failed call returned a result", tc.f)
				}
			}
		})
	}
}

func TestSurvive_otherPanic(t *testing.T) {
	defer func() {
		if r := recover(); r != "real" {
			t.Errorf("recovered %v", r)
		}
	}()
	Survive(func() { panic("real") })
}

func TestScript_Fail(t *testing.T) {
	s := new(Script).Fail("p", "m", 2, Throttle).Fail("p", "m", 0, Error)
	var got []Fault
	for range 3 {
		_, f := s.At("p", "m")
		got = append(got, f)
	}
	if _, f := s.At("p", "other"); f != None {
		t.Errorf("other method: %s", f)
	}
	s.Fail("p", "m", 0, None)
	_, f := s.At("p", "m")
	got = append(got, f)
	if want := []Fault{Error, Throttle, Error, None}; !slices.Equal(got, want) {
		t.Errorf("faults %v, want %v", got, want)
	}
}

func TestRandom_At(t *testing.T) {
	rates := Rates{Error: .1, Throttle: .1, Timeout: .1, Crash: .1, Delay: .2, Duplicate: .2, Reorder: .2}
	run := func(seed uint64) (calls, deliveries []Fault) {
		p := NewRandom(seed, rates)
		p.SetPort("quiet", Rates{})
		for range 2000 {
			_, f := p.At(PortStore, "Get")
			calls = append(calls, f)
			deliveries = append(deliveries, Deliver(p, "bus"))
			if _, f := p.At("quiet", "x"); f != None {
				t.Fatalf("quiet port: %s", f)
			}
		}
		p.Stop()
		for range 100 {
			if _, f := p.At(PortStore, "Get"); f != None {
				t.Fatalf("after Stop: %s", f)
			}
		}
		p.Resume()
		if p.Injected(Error) == 0 || p.Injected(None) < 2100 {
			t.Errorf("injected %d errors, %d untouched", p.Injected(Error), p.Injected(None))
		}
		return calls, deliveries
	}
	calls, deliveries := run(1)
	again, _ := run(1)
	other, _ := run(2)
	if !slices.Equal(calls, again) || slices.Equal(calls, other) {
		t.Error("the seed does not decide the faults")
	}
	for f := None; f < faults; f++ {
		delivery := f >= Delay
		if got := slices.Contains(calls, f); got == delivery {
			t.Errorf("calls contain %s: %v", f, got)
		}
		if got := slices.Contains(deliveries, f); got != (delivery || f == None) {
			t.Errorf("deliveries contain %s: %v", f, got)
		}
	}
}
