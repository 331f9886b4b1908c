package keystest

import (
	"bytes"

	"latchkey/shared/conformance"
	"latchkey/shared/customerkey"
)

// canaryCases: a canary is bound to its key and to its tenant.
var canaryCases = []one{
	{Name: "Canary/own", Run: func(t *conformance.T, s *suite) {
		arn, canary := s.made(t)
		wantCodes(t, s.keys.TryDecrypt(ctx, arn, canary, bound), "Decrypt")
		if again := s.canary(t, arn); len(again) == 0 || bytes.Equal(again, canary) {
			t.Errorf("two canaries of %d and %d bytes are the same", len(canary), len(again))
		}
	}},
	{Name: "Canary/another tenant's context", Run: func(t *conformance.T, s *suite) {
		arn, canary := s.made(t)
		err := s.keys.TryDecrypt(ctx, arn, canary, customerkey.EncryptionContext("other"))
		wantCodes(t, err, "Decrypt", customerkey.CodeInvalidCiphertext)
		wantCodes(t, s.keys.TryDecrypt(ctx, arn, canary, nil), "Decrypt", customerkey.CodeInvalidCiphertext)
	}},
	{Name: "Canary/another key", Run: func(t *conformance.T, s *suite) {
		_, canary := s.made(t)
		err := s.keys.TryDecrypt(ctx, s.make(t, Kind{}), canary, bound)
		wantCodes(t, err, "Decrypt", customerkey.CodeIncorrectKey)
	}},
	{Name: "Canary/garbage", Run: func(t *conformance.T, s *suite) {
		err := s.keys.TryDecrypt(ctx, s.make(t, Kind{}), []byte("no ciphertext of KMS's"), bound)
		wantCodes(t, err, "Decrypt", customerkey.CodeInvalidCiphertext)
	}},
}
