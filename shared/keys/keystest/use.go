package keystest

import (
	"latchkey/shared/conformance"
	"latchkey/shared/customerkey"
)

// state is a way to make a key unusable.
type state struct {
	name  string
	enter func(t *conformance.T, s *suite) (arn string, canary []byte)
	codes []string // that uses are answered with
	grant []string // that CreateGrant is answered with, where that differs
}

// states are those of the KMS guide's key state table. For a key pending
// deletion it allows two codes. CreateGrant works while a key store is away.
var states = []state{
	{name: "disabled", codes: []string{customerkey.CodeDisabled}, enter: after(Kind{}, "DisableKey")},
	{name: "pending deletion", codes: []string{customerkey.CodeInvalidState, customerkey.CodeDisabled}, enter: after(Kind{}, "ScheduleKeyDeletion")},
	{name: "pending import", codes: []string{customerkey.CodeInvalidState}, enter: withoutMaterial},
	{name: "unavailable", codes: []string{customerkey.CodeInvalidState}, grant: []string{},
		enter: after(Kind{Origin: "EXTERNAL_KEY_STORE"}, "DisconnectCustomKeyStore")},
}

// after makes a key and a canary, and calls an operation of its owner.
func after(kind Kind, operation string) func(*conformance.T, *suite) (string, []byte) {
	return func(t *conformance.T, s *suite) (string, []byte) {
		t.Helper()
		arn := s.make(t, kind)
		canary := s.canary(t, arn)
		s.owner(t, operation, arn)
		return arn, canary
	}
}

func withoutMaterial(t *conformance.T, s *suite) (string, []byte) {
	t.Helper()
	return after(Kind{Origin: "EXTERNAL", ExpiresAt: s.Now().AddDate(1, 0, 0)}, "DeleteImportedKeyMaterial")(t, s)
}

// useCases: what each state and a denial do to each method.
func useCases() []one {
	cases := []one{
		{Name: "Use/enabled", Run: func(t *conformance.T, s *suite) {
			arn, canary := s.made(t)
			for _, m := range methods {
				wantCodes(t, m.call(ctx, s.keys, arn, canary), m.operation)
			}
		}},
		{Name: "Use/enabled again", Run: func(t *conformance.T, s *suite) {
			arn, canary := s.made(t)
			s.owner(t, "DisableKey", arn)
			s.owner(t, "EnableKey", arn)
			for _, m := range methods {
				wantCodes(t, m.call(ctx, s.keys, arn, canary), m.operation)
			}
		}},
		{Name: "Use/another Region", Run: func(t *conformance.T, s *suite) {
			arn := s.make(t, Kind{Region: OtherRegion})
			canary := s.canary(t, arn)
			for _, m := range methods {
				wantCodes(t, m.call(ctx, s.keys, arn, canary), m.operation)
			}
		}},
		{Name: "Use/asymmetric", Run: func(t *conformance.T, s *suite) {
			arn := s.make(t, Kind{Spec: "RSA_2048", Usage: "SIGN_VERIFY"})
			wantCodes(t, s.keys.TryGenerateDataKey(ctx, arn, bound), "GenerateDataKey", "InvalidKeyUsageException")
		}},
	}
	for _, st := range states {
		for _, m := range methods {
			cases = append(cases, one{Name: "Use/" + st.name + "/" + m.operation, Run: func(t *conformance.T, s *suite) {
				arn, canary := st.enter(t, s)
				wantCodes(t, m.call(ctx, s.keys, arn, canary), m.operation, st.answers(m)...)
			}})
		}
	}
	for _, denied := range methods {
		cases = append(cases, one{Name: "Use/denied/" + denied.operation, Run: func(t *conformance.T, s *suite) {
			testDenied(t, s, denied.operation)
		}})
	}
	return cases
}

// answers returns the codes that a method is answered with: looks work in every state.
func (st *state) answers(m method) []string {
	switch {
	case !m.uses:
		return nil
	case m.operation == "CreateGrant" && st.grant != nil:
		return st.grant
	}
	return st.codes
}

// testDenied: a denial takes that operation and no other.
func testDenied(t *conformance.T, s *suite, denied string) {
	arn, canary := s.made(t)
	must(t, s.Deny(ctx, denied, arn), "denying "+denied)
	for _, m := range methods {
		var want []string
		if m.operation == denied {
			want = []string{customerkey.CodeAccessDenied}
		}
		wantCodes(t, m.call(ctx, s.keys, arn, canary), m.operation, want...)
	}
}
