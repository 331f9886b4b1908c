package customerkey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
)

// Every key state. [KMS guide, Key states of AWS KMS keys]
func TestVerdictOfState(t *testing.T) {
	cases := map[string]string{
		customerkey.StateEnabled:                "usable",
		customerkey.StateUpdating:               "usable",
		customerkey.StateCreating:               "unreachable",
		customerkey.StateDisabled:               "revoked:disabled",
		customerkey.StatePendingDeletion:        "revoked:pending-deletion",
		customerkey.StatePendingReplicaDeletion: "revoked:pending-deletion",
		customerkey.StatePendingImport:          "revoked:material-deleted",
		customerkey.StateUnavailable:            "revoked:store-disconnected",
		"Hibernating":                           "unreachable", // AWS may add a state: it says nothing
		"":                                      "unreachable",
	}
	for state, want := range cases {
		t.Run("state="+state, func(t *testing.T) {
			v := customerkey.VerdictOfState(state)
			if v.String() != want {
				t.Errorf("VerdictOfState(%q) = %s, want %s", state, v, want)
			}
			if !strings.Contains(v.Detail, state) {
				t.Errorf("Detail %q does not name the state", v.Detail)
			}
		})
	}
}

// Every code that the port names, some of AWS's that it does not, and no answer.
func TestVerdictOfError(t *testing.T) {
	cases := map[string]string{
		customerkey.CodeDisabled:          "revoked:disabled",
		customerkey.CodeAccessDenied:      "revoked:access-denied",
		customerkey.CodeNotFound:          "revoked:key-gone",
		customerkey.CodeInvalidState:      "unreachable",
		customerkey.CodeKeyUnavailable:    "unreachable",
		customerkey.CodeDependencyTimeout: "unreachable",
		customerkey.CodeKMSInternal:       "unreachable",
		customerkey.CodeThrottling:        "unreachable",
		customerkey.CodeInvalidCiphertext: "unreachable",
		customerkey.CodeIncorrectKey:      "unreachable",
		customerkey.CodeLimitExceeded:     "unreachable",
		customerkey.CodeInvalidGrantToken: "unreachable",
		"RequestExpired":                  "unreachable",
	}
	for code, want := range cases {
		t.Run(code, func(t *testing.T) {
			v := customerkey.VerdictOfError(fmt.Errorf("probing: %w", refused("Decrypt", code)))
			if v.String() != want || v.Detail != "Decrypt: "+code {
				t.Errorf("= %s (%s), want %s", v, v.Detail, want)
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		if v := customerkey.VerdictOfError(errTimeout); v.Standing != customerkey.Unreachable || v.Cause != "" {
			t.Errorf("= %s, want unreachable", v)
		}
	})
}

func TestProbe(t *testing.T) {
	deletion := epoch.AddDate(0, 0, 7)
	cases := map[string]struct {
		prepare func(*stub, *customerkey.Record)
		want    string
		calls   string
	}{
		"usable":        {nil, "usable", "DescribeKey Decrypt"},
		"no canary yet": {func(_ *stub, r *customerkey.Record) { r.Canary = nil }, "usable", "DescribeKey GenerateDataKey"},
		"describe denied": {func(s *stub, _ *customerkey.Record) {
			s.err["DescribeKey"] = refused("DescribeKey", customerkey.CodeAccessDenied)
		}, "revoked:access-denied", "DescribeKey"},
		"describe silent": {func(s *stub, _ *customerkey.Record) { s.err["DescribeKey"] = errTimeout }, "unreachable", "DescribeKey"},
		"gone": {func(s *stub, _ *customerkey.Record) {
			s.err["DescribeKey"] = refused("DescribeKey", customerkey.CodeNotFound)
		}, "revoked:key-gone", "DescribeKey"},
		"state":             {func(s *stub, _ *customerkey.Record) { s.description.State = customerkey.StateDisabled }, "revoked:disabled", "DescribeKey"},
		"state lags behind": {func(s *stub, _ *customerkey.Record) { s.err["Decrypt"] = refused("Decrypt", customerkey.CodeDisabled) }, "revoked:disabled", "DescribeKey Decrypt"},
		"policy": {func(s *stub, _ *customerkey.Record) {
			s.err["Decrypt"] = refused("Decrypt", customerkey.CodeAccessDenied)
		}, "revoked:access-denied", "DescribeKey Decrypt"},
		"deletion": {func(s *stub, _ *customerkey.Record) {
			s.description.State, s.description.DeletionDate = customerkey.StatePendingDeletion, deletion
		}, "revoked:pending-deletion", "DescribeKey"},
		"lost grant is back": {func(s *stub, r *customerkey.Record) {
			r.GrantID = "g-2"
			s.grants = [][]customerkey.Grant{{{ID: "g-1"}}, {{ID: "g-2"}}}
		}, "usable", "DescribeKey Decrypt ListGrants ListGrants"},
		"lost grant": {func(s *stub, r *customerkey.Record) {
			r.GrantID = "g-3"
			s.grants = [][]customerkey.Grant{{{ID: "g-1"}}, {{ID: "g-2"}}}
		}, "revoked:grant-gone", "DescribeKey Decrypt ListGrants ListGrants"},
		"grants may not be listed, one is suspect": {func(s *stub, r *customerkey.Record) {
			r.GrantID, s.err["ListGrants"] = "g-3", refused("ListGrants", customerkey.CodeAccessDenied)
		}, "usable", "DescribeKey Decrypt ListGrants"},
		"grants may not be listed, one was lost": {func(s *stub, r *customerkey.Record) {
			r.GrantID, s.err["ListGrants"] = "g-3", refused("ListGrants", customerkey.CodeAccessDenied)
			r.Cause = customerkey.CauseGrantGone
		}, "revoked:grant-gone", "DescribeKey Decrypt ListGrants"},
		"grants cannot be listed now": {func(s *stub, r *customerkey.Record) {
			r.GrantID, s.err["ListGrants"] = "g-3", refused("ListGrants", customerkey.CodeThrottling)
		}, "unreachable", "DescribeKey Decrypt ListGrants"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			keys := newStub()
			rec, _ := inPhase(t, customerkey.PhaseUsable)
			if c.prepare != nil {
				c.prepare(keys, &rec)
			}
			v := customerkey.Probe(ctx, keys, rec)
			if v.String() != c.want {
				t.Errorf("Probe = %s (%s), want %s", v, v.Detail, c.want)
			}
			if got := strings.Join(keys.calls, " "); got != c.calls {
				t.Errorf("calls %q, want %q", got, c.calls)
			}
			if name == "deletion" && !v.DeletionDate.Equal(deletion) {
				t.Errorf("DeletionDate = %s, want %s", v.DeletionDate, deletion)
			}
			for _, ec := range keys.contexts {
				if len(ec) != 1 || ec[customerkey.ContextTenant] != testTenant {
					t.Errorf("encryption context %v, want the tenant's", ec)
				}
			}
		})
	}
}

func TestProbe_SaysWhenMaterialExpires(t *testing.T) {
	keys := newStub()
	keys.description.Origin, keys.description.ValidTo = "EXTERNAL", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	rec, _ := inPhase(t, customerkey.PhaseUsable)
	if v := customerkey.Probe(ctx, keys, rec); v.Standing != customerkey.Usable || !strings.Contains(v.Detail, "2027-01-01") {
		t.Errorf("Probe = %s (%s), want usable with the date", v, v.Detail)
	}
}

func TestGrantPresent_Bounded(t *testing.T) {
	keys := newStub()
	present, err := customerkey.GrantPresent(ctx, endless{keys}, testARN, "g-1")
	if err == nil || present {
		t.Fatalf("= %v, %v; want an error", present, err)
	}
	if n := len(keys.calls); n != 1000 || slices.Contains(keys.calls, "DescribeKey") {
		t.Errorf("%d calls, want 1000 of ListGrants", n)
	}
}
