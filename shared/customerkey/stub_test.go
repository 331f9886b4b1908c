package customerkey_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
)

const (
	testARN      = "arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000001"
	testAccount  = "444455556666" // the key's
	testPlatform = "111122223333" // ours
	testTenant   = "acme"
	testRegion   = "eu-central-1"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	rules = customerkey.Rules{Timing: customerkey.DefaultTiming(), PlatformAccount: testPlatform}
)

// stub is a KMS that answers for one key what its fields say.
type stub struct {
	description customerkey.Description
	err         map[string]error // by operation: DescribeKey, NewCanary, GenerateDataKey, Decrypt, CreateGrant, ListGrants
	grants      [][]customerkey.Grant
	calls       []string
	contexts    []map[string]string
}

func newStub() *stub {
	return &stub{
		description: customerkey.Description{ARN: testARN, AccountID: testAccount, Manager: "CUSTOMER", Spec: "SYMMETRIC_DEFAULT",
			Usage: "ENCRYPT_DECRYPT", State: customerkey.StateEnabled, Origin: "AWS_KMS"},
		err: map[string]error{},
	}
}

func (s *stub) call(op string, ec map[string]string) error {
	s.calls = append(s.calls, op)
	if ec != nil {
		s.contexts = append(s.contexts, ec)
	}
	return s.err[op]
}

func (s *stub) Describe(context.Context, string) (customerkey.Description, error) {
	return s.description, s.call("DescribeKey", nil)
}

func (s *stub) NewCanary(_ context.Context, _ string, ec map[string]string) ([]byte, error) {
	if err := s.call("NewCanary", ec); err != nil {
		return nil, err
	}
	return []byte("ciphertext"), nil
}

func (s *stub) TryGenerateDataKey(_ context.Context, _ string, ec map[string]string) error {
	return s.call("GenerateDataKey", ec)
}

func (s *stub) TryDecrypt(_ context.Context, _ string, _ []byte, ec map[string]string) error {
	return s.call("Decrypt", ec)
}

func (s *stub) TryCreateGrant(context.Context, string) error { return s.call("CreateGrant", nil) }

func (s *stub) Grants(_ context.Context, _, marker string) ([]customerkey.Grant, string, error) {
	if err := s.call("ListGrants", nil); err != nil {
		return nil, "", err
	}
	page := 0
	if marker != "" {
		fmt.Sscan(marker, &page)
	}
	if page >= len(s.grants) {
		return nil, "", nil
	}
	next := ""
	if page+1 < len(s.grants) {
		next = fmt.Sprint(page + 1)
	}
	return s.grants[page], next, nil
}

// endless is a KMS whose list of grants never ends.
type endless struct{ *stub }

func (e endless) Grants(context.Context, string, string) ([]customerkey.Grant, string, error) {
	return nil, "more", e.call("ListGrants", nil)
}

// refused is an error that KMS itself answered.
func refused(op, code string) error { return &customerkey.ServiceError{Operation: op, Code: code} }

var errTimeout = errors.New("dial tcp: i/o timeout")

// inPhase returns a record that was walked into a phase by the rules, at epoch
// or a little after, and the time then.
func inPhase(t testing.TB, phase customerkey.Phase) (customerkey.Record, time.Time) {
	t.Helper()
	rec, err := customerkey.New(testARN, testTenant, "", epoch.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	now := epoch
	disable := func() { rec = rules.Observe(rec, disabled(now), now).Record }
	judge := func(v customerkey.Verdict) { rec = rules.Judge(rec, v, now).Record }
	if phase != customerkey.PhasePending {
		rec = rules.Step(ctx, newStub(), rec, testRegion, now.Add(-30*time.Minute)).Record
	}
	switch phase {
	case customerkey.PhaseUnreachable, customerkey.PhasePrecaution:
		judge(customerkey.Verdict{Standing: customerkey.Unreachable})
		now = now.Add(time.Minute)
		judge(customerkey.Verdict{Standing: customerkey.Unreachable})
		if phase == customerkey.PhasePrecaution {
			now = now.Add(time.Hour)
			judge(customerkey.Verdict{Standing: customerkey.Unreachable})
		}
	case customerkey.PhaseLocked:
		disable()
	case customerkey.PhaseRevoked:
		disable()
		judge(gone(customerkey.CauseDisabled))
	case customerkey.PhaseAwaitingApproval:
		rec.Return = customerkey.ReturnApproval
		disable()
		judge(gone(customerkey.CauseDisabled))
		for range 20 {
			now = now.Add(time.Minute)
			judge(customerkey.Verdict{Standing: customerkey.Usable})
		}
	case customerkey.PhaseLost:
		for range 20 {
			now = now.Add(time.Minute)
			judge(gone(customerkey.CauseKeyGone))
		}
	case customerkey.PhaseRetired:
		rec = rules.Retire(rec, now)
	}
	if rec.Phase != phase {
		t.Fatalf("a record that was to be %s is %s", phase, rec.Phase)
	}
	return rec, now
}

// phases are all there are.
var phases = []customerkey.Phase{
	customerkey.PhasePending, customerkey.PhaseUsable, customerkey.PhaseUnreachable, customerkey.PhasePrecaution, customerkey.PhaseLocked,
	customerkey.PhaseRevoked, customerkey.PhaseAwaitingApproval, customerkey.PhaseLost, customerkey.PhaseRetired,
}

// disabled is the trusted signal of a DisableKey at a moment.
func disabled(at time.Time) customerkey.Signal {
	return customerkey.Signal{Effect: customerkey.EffectRevoke, Cause: customerkey.CauseDisabled, Source: customerkey.SourceCloudTrail,
		EventID: "e-1", Account: testAccount, At: at, Name: "DisableKey"}
}

func gone(cause customerkey.Cause) customerkey.Verdict {
	return customerkey.Verdict{Standing: customerkey.Revoked, Cause: cause, Detail: "stub"}
}

// types returns the detail-types of drafts, and checks that each is an event
// that its contract lets out.
func types(t testing.TB, drafts []events.Draft) []string {
	t.Helper()
	var out []string
	for _, d := range drafts {
		d.Detail.Stamp("e-1", epoch)
		if _, err := events.New(d.DetailType, "id", epoch, testRegion, testPlatform, d.Detail); err != nil {
			t.Errorf("event %q: %v", d.DetailType, err)
		}
		out = append(out, d.DetailType)
	}
	return out
}
