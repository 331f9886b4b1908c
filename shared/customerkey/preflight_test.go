package customerkey_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/customerkey/keypolicy"
)

var want = customerkey.Want{TenantID: testTenant, Region: testRegion, PlatformAccount: testPlatform}

func TestPreflight(t *testing.T) {
	deny := func(op string) func(*stub) {
		return func(s *stub) { s.err[op] = refused(op, customerkey.CodeAccessDenied) }
	}
	state := func(state string) func(*stub) { return func(s *stub) { s.description.State = state } }
	cases := map[string]struct {
		prepare   func(*stub)
		missing   string // name: detail
		fix       string
		statement bool
	}{
		"Region":              {func(*stub) {}, "key Region: the key is in eu-central-1, the databases are in us-east-1", "give a key of us-east-1", false},
		"AWS managed":         {func(s *stub) { s.description.Manager = "AWS" }, "customer managed: key manager is AWS", "create a customer managed key", false},
		"asymmetric":          {func(s *stub) { s.description.Spec = "RSA_2048" }, "symmetric encryption key: key spec RSA_2048, usage ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", false},
		"for signing":         {func(s *stub) { s.description.Usage = "GENERATE_VERIFY_MAC" }, "symmetric encryption key: key spec SYMMETRIC_DEFAULT, usage GENERATE_VERIFY_MAC", "SYMMETRIC_DEFAULT", false},
		"disabled":            {state(customerkey.StateDisabled), "key state: the key is Disabled", "enable the key", false},
		"pending deletion":    {state(customerkey.StatePendingDeletion), "key state: the key is PendingDeletion", "cancel the deletion", false},
		"pending import":      {state(customerkey.StatePendingImport), "key state: the key is PendingImport", "import the key material", false},
		"unavailable":         {state(customerkey.StateUnavailable), "key state: the key is Unavailable", "connect the custom key store", false},
		"creating":            {state(customerkey.StateCreating), "key state: the key is Creating", "wait until the key is Enabled", false},
		"DescribeKey":         {deny("DescribeKey"), "kms:DescribeKey: denied", "add the statement", true},
		"GenerateDataKey":     {deny("GenerateDataKey"), "kms:GenerateDataKey: denied", "add the statement", true},
		"without plaintext":   {deny("NewCanary"), "kms:GenerateDataKeyWithoutPlaintext: denied", "add the statement", true},
		"Decrypt":             {deny("Decrypt"), "kms:Decrypt: denied", "add the statement", true},
		"CreateGrant":         {deny("CreateGrant"), "kms:CreateGrant: denied", "add the statement", true},
		"no such key":         {func(s *stub) { s.err["DescribeKey"] = refused("DescribeKey", customerkey.CodeNotFound) }, "kms:DescribeKey: there is no such key", "check the ARN", false},
		"disabled in between": {func(s *stub) { s.err["CreateGrant"] = refused("CreateGrant", customerkey.CodeDisabled) }, "kms:CreateGrant: CreateGrant: DisabledException", "see the key's state", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			keys, wanted := newStub(), want
			c.prepare(keys)
			if name == "Region" {
				wanted.Region = "us-east-1"
			}
			r := customerkey.Preflight(ctx, keys, testARN, nil, wanted)
			if r.Usable || r.Unanswered {
				t.Errorf("usable %v, unanswered %v", r.Usable, r.Unanswered)
			}
			if missing := r.Missing(); len(missing) != 1 || r.Summary() != c.missing || !strings.Contains(missing[0].Fix, c.fix) {
				t.Errorf("missing %+v, want %q alone with the fix %q", missing, c.missing, c.fix)
			}
			if (r.Statement != "") != c.statement {
				t.Errorf("statement %q, want one: %v", r.Statement, c.statement)
			}
		})
	}
}

func TestPreflight_Usable(t *testing.T) {
	keys := newStub()
	keys.description.CustomKeyStoreID = "cks-1"
	r := customerkey.Preflight(ctx, keys, testARN, nil, want)
	if !r.Usable || len(r.Missing()) != 0 || r.Statement != "" || r.Summary() != "all requirements are met" {
		t.Errorf("report %+v", r)
	}
	if len(r.Requirements) != 8 {
		t.Errorf("%d requirements are reported, want 8: %+v", len(r.Requirements), r.Requirements)
	}
	if string(r.Canary) != "ciphertext" || r.StoreID != "cks-1" {
		t.Errorf("canary %q, store %q", r.Canary, r.StoreID)
	}
	if got := strings.Join(keys.calls, " "); got != "DescribeKey GenerateDataKey NewCanary Decrypt CreateGrant" {
		t.Errorf("calls %q", got)
	}
	for _, ec := range keys.contexts {
		if len(ec) != 1 || ec["latchkey:tenant"] != testTenant {
			t.Errorf("encryption context %v", ec)
		}
	}
}

func TestPreflight_KeepsCanary(t *testing.T) {
	keys := newStub()
	r := customerkey.Preflight(ctx, keys, testARN, []byte("kept"), want)
	if string(r.Canary) != "kept" || strings.Contains(strings.Join(keys.calls, " "), "NewCanary") {
		t.Errorf("canary %q after %v; want the one there was", r.Canary, keys.calls)
	}
}

func TestPreflight_Unanswered(t *testing.T) {
	for _, op := range []string{"DescribeKey", "GenerateDataKey", "NewCanary", "Decrypt", "CreateGrant"} {
		for _, err := range []error{errTimeout, refused(op, customerkey.CodeThrottling)} {
			keys := newStub()
			keys.err[op] = err
			r := customerkey.Preflight(ctx, keys, testARN, nil, want)
			if !r.Unanswered || r.Usable || r.Statement != "" {
				t.Errorf("%s: %v: unanswered %v, usable %v, statement %q", op, err, r.Unanswered, r.Usable, r.Statement)
			}
		}
	}
}

// A preflight that KMS does not answer leaves what is known of the key alone.
func TestRules_Step_UnansweredPreflight(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhasePending)
	keys := newStub()
	keys.err["CreateGrant"] = refused("CreateGrant", customerkey.CodeAccessDenied)
	rec = rules.Step(ctx, keys, rec, testRegion, now).Record
	keys.err["CreateGrant"] = errTimeout
	out := rules.Step(ctx, keys, rec, testRegion, now)
	if out.Record.Reason != rec.Reason || len(out.Record.Missing) != 1 || len(out.Events) != 0 {
		t.Errorf("after an outage: reason %q, missing %v, events %v", out.Record.Reason, out.Record.Missing, types(t, out.Events))
	}
}

// The story of a preflight: told once of each reason, mended, passed.
func TestRules_Step_Preflight(t *testing.T) {
	rec, now := inPhase(t, customerkey.PhasePending)
	keys := newStub()
	keys.err["CreateGrant"] = refused("CreateGrant", customerkey.CodeAccessDenied)
	step := func(wantEvents string) {
		t.Helper()
		out := rules.Step(ctx, keys, rec, testRegion, now)
		if got := strings.Join(types(t, out.Events), ","); got != wantEvents {
			t.Fatalf("events %q, want %q", got, wantEvents)
		}
		rec = out.Record
	}
	step(events.TypeKeyPreflightFailed)
	if rec.Phase != customerkey.PhasePending || len(rec.Missing) != 1 || rec.Statement == "" || !rec.Fanout.Active {
		t.Errorf("after the first: %+v", rec)
	}
	step("")
	keys.err["CreateGrant"] = nil
	keys.err["Decrypt"] = refused("Decrypt", customerkey.CodeAccessDenied)
	step(events.TypeKeyPreflightFailed)
	keys.err["Decrypt"] = nil
	step(events.TypeKeyRegistered)
	if rec.Phase != customerkey.PhaseUsable || rec.Missing != nil || rec.Statement != "" || rec.Reason != "" || len(rec.Canary) == 0 {
		t.Errorf("after the last: %+v", rec)
	}
}

// TestStatement holds that the preflight prints the statements of the template
// that customers launch.
func TestStatement(t *testing.T) {
	var got []keypolicy.Statement
	if err := json.Unmarshal([]byte(customerkey.Statement(want)), &got); err != nil {
		t.Fatal(err)
	}
	statements := keypolicy.Statements(keypolicy.For{Account: testPlatform, Tenant: testTenant, Region: want.Region})
	if len(got) != len(statements) {
		t.Fatalf("%d statements, want %d", len(got), len(statements))
	}
	for i, s := range statements {
		if got[i].Sid != s.Sid || got[i].Effect != s.Effect || !slices.Equal(got[i].Action, s.Action) {
			t.Errorf("statement %+v, want %+v", got[i], s)
		}
	}
}
