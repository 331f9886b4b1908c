package keystest

import (
	"context"
	"errors"
	"strings"

	"latchkey/shared/coded"
	"latchkey/shared/conformance"
	"latchkey/shared/customerkey"
)

// badARNs are not the ARN of a key in the partition aws.
var badARNs = map[string]string{
	"nothing":     "",
	"a key id":    "1234abcd-12ab-34cd-56ef-1234567890ab",
	"an alias":    "alias/mine",
	"alias ARN":   "arn:aws:kms:" + Region + ":123456789012:alias/mine",
	"a partition": strings.Replace(unused, "arn:aws:", "arn:aws-cn:", 1),
	"a service":   "arn:aws:iam::123456789012:key/00000000-0000-4000-8000-000000000000",
}

// refusalCases: what is no key, and what is no answer of KMS.
func refusalCases() (cases []one) {
	for _, m := range methods {
		cases = append(cases,
			one{Name: "NotFound/" + m.operation, Run: func(t *conformance.T, s *suite) {
				_, canary := s.made(t)
				wantCodes(t, m.call(ctx, s.keys, unused, canary), m.operation, customerkey.CodeNotFound)
			}},
			one{Name: "BadARN/" + m.operation, Run: func(t *conformance.T, s *suite) { testBadARN(t, s, m) }},
			one{Name: "Ended/" + m.operation, Run: func(t *conformance.T, s *suite) { testEnded(t, s, m) }},
		)
	}
	return append(cases, one{Name: "Preflight", Run: testPreflight})
}

// testBadARN: it is refused, and not by KMS, whose NotFoundException would read as
// a key that is gone. Aliases can be moved to another key.
func testBadARN(t *conformance.T, s *suite, m method) {
	_, canary := s.made(t)
	for name, arn := range badARNs {
		err := m.call(ctx, s.keys, arn, canary)
		var service *customerkey.ServiceError
		if !coded.Is(err, coded.Invalid) || errors.As(err, &service) {
			t.Errorf("%s of %s (%q): got %v, want it refused as invalid", m.operation, name, arn, answer(err))
		}
	}
}

// testEnded: the caller's end says nothing about the key.
func testEnded(t *conformance.T, s *suite, m method) {
	arn, canary := s.made(t)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	err := m.call(ended, s.keys, arn, canary)
	var service *customerkey.ServiceError
	if !errors.Is(err, context.Canceled) || errors.As(err, &service) {
		t.Errorf("%s: got %v, want the context's end", m.operation, answer(err))
	}
}

// testPreflight runs the rules on a key that will do and one that will not.
func testPreflight(t *conformance.T, s *suite) {
	arn := s.make(t, Kind{})
	want := customerkey.Want{TenantID: "acme", Region: Region, PlatformAccount: account(arn)}
	if good := customerkey.Preflight(ctx, s.keys, arn, nil, want); !good.Usable || len(good.Canary) == 0 {
		t.Errorf("a fresh key: %s", good.Summary())
	}
	arn = s.make(t, Kind{Spec: "RSA_2048", Usage: "SIGN_VERIFY"})
	if bad := customerkey.Preflight(ctx, s.keys, arn, nil, want); bad.Usable {
		t.Error("an asymmetric key passes")
	}
}
