package fakekms

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"latchkey/shared/customerkey"
)

func TestKMS_Decrypt(t *testing.T) {
	w := newWorld(t, Config{})
	arn, other := w.key(CreateKeyInput{}), w.key(CreateKeyInput{})
	use := Use{KeyARN: arn, EncryptionContext: map[string]string{"a": "1", "b": "2"}}
	sealed, err := w.Encrypt(ctx, platform, use, []byte("row"))
	w.must(err)
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	with := func(ec map[string]string) Use { return Use{KeyARN: arn, EncryptionContext: ec} }
	dry := func(u Use) Use { u.DryRun = true; return u }
	for _, tc := range []struct {
		name   string
		use    Use
		sealed []byte
		code   string
	}{
		{"same context", use, sealed, ""},
		{"key from the ciphertext", Use{EncryptionContext: use.EncryptionContext}, sealed, ""},
		{"swapped values", with(map[string]string{"a": "2", "b": "1"}), sealed, customerkey.CodeInvalidCiphertext},
		{"no context", with(nil), sealed, customerkey.CodeInvalidCiphertext},
		{"more context", with(map[string]string{"a": "1", "b": "2", "c": "3"}), sealed, customerkey.CodeInvalidCiphertext},
		{"another key", Use{KeyARN: other, EncryptionContext: use.EncryptionContext}, sealed, customerkey.CodeIncorrectKey},
		{"altered", use, altered, customerkey.CodeInvalidCiphertext},
		{"cut", use, sealed[:20], customerkey.CodeInvalidCiphertext},
		{"empty", Use{}, nil, customerkey.CodeInvalidCiphertext},
		{"dry run", dry(use), sealed, CodeDryRun},
		{"dry run, wrong context", dry(with(data)), sealed, customerkey.CodeInvalidCiphertext},
		{"dry run, another key", dry(Use{KeyARN: other}), sealed, customerkey.CodeIncorrectKey},
	} {
		plain, err := w.Decrypt(ctx, platform, tc.use, tc.sealed)
		w.wantCode(tc.name, err, tc.code)
		if err == nil && string(plain) != "row" {
			t.Errorf("%s: %q", tc.name, plain)
		}
	}
}

func TestKMS_GenerateDataKey(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	use := Use{KeyARN: arn, EncryptionContext: data}
	a, err := w.GenerateDataKey(ctx, platform, use)
	w.must(err)
	b, err := w.GenerateDataKey(ctx, platform, use)
	w.must(err)
	if len(a.Plaintext) != 32 || bytes.Equal(a.Plaintext, b.Plaintext) || bytes.Equal(a.Ciphertext, b.Ciphertext) {
		t.Error("data keys repeat, or are not of 32 bytes")
	}
	plain, err := w.Decrypt(ctx, platform, use, a.Ciphertext)
	if w.must(err); !bytes.Equal(plain, a.Plaintext) {
		t.Error("the ciphertext is of another key")
	}
	signer := w.key(CreateKeyInput{Usage: "SIGN_VERIFY", Spec: "RSA_2048"})
	_, err = w.GenerateDataKey(ctx, platform, Use{KeyARN: signer})
	w.wantCode("signing key", err, CodeInvalidKeyUsage)
	_, err = w.Encrypt(ctx, platform, use, make([]byte, maxPlaintext+1))
	w.wantCode("too long", err, CodeValidation)
}

func TestKMS_As(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	keys := w.As(platform)
	canary, err := keys.NewCanary(ctx, arn, data)
	w.must(err, keys.TryGenerateDataKey(ctx, arn, data), keys.TryDecrypt(ctx, arn, canary, data), keys.TryCreateGrant(ctx, arn))
	d, err := keys.Describe(ctx, arn)
	w.must(err)
	want := customerkey.Description{ARN: arn, AccountID: "222222222222", Manager: "CUSTOMER", Spec: specSymmetric,
		Usage: usageEncrypt, State: customerkey.StateEnabled, Origin: originKMS}
	if d != want {
		t.Errorf("described %+v", d)
	}
	if grants, next, err := keys.Grants(ctx, arn, ""); err != nil || len(grants) != 0 || next != "" {
		t.Errorf("grants %v %q %v", grants, next, err)
	}
	w.must(w.PutKeyPolicy(ctx, customer, arn, policyFor(`{"Effect":"Allow","Principal":{"AWS":"`+platRoot+`"},`+
		`"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}}`)))
	w.wantCode("a direct CreateGrant is not for an AWS resource", keys.TryCreateGrant(ctx, arn), customerkey.CodeAccessDenied)
	w.wantCode("decrypt", keys.TryDecrypt(ctx, arn, canary, data), customerkey.CodeAccessDenied)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := keys.Describe(ended, arn); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func TestKMS_SetOutage(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	grant, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", data, []string{"Decrypt"})
	w.must(err)
	for _, code := range []string{customerkey.CodeKMSInternal, customerkey.CodeDependencyTimeout, customerkey.CodeThrottling} {
		w.SetOutage("", code)
		_, err := w.DescribeKey(ctx, platform, arn)
		w.wantCode("describe", err, code)
		w.wantCode("service", w.ServiceUse(ctx, arn, grant, "Decrypt", data), code)
		w.wantCode("manage", w.DisableKey(ctx, customer, arn), code)
	}
	w.SetOutage("", "")
	w.SetOutage("us-east-1", customerkey.CodeKMSInternal)
	if got := w.state(arn); got != customerkey.StateEnabled {
		t.Errorf("an outage elsewhere: %s", got)
	}
	w.SetOutage(region, CodeTimeout)
	before := len(w.records)
	if _, err := w.DescribeKey(ctx, platform, arn); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timeout: %v", err)
	}
	if len(w.records) != before {
		t.Error("a call without an answer was logged")
	}
	w.SetOutage(region, "")
	if got := w.state(arn); got != customerkey.StateEnabled {
		t.Errorf("after the outage: %s", got)
	}
}

func TestKMS_eventualConsistency(t *testing.T) {
	w := newWorld(t, Config{MaxLag: DefaultMaxLag})
	arn := w.key(CreateKeyInput{})
	if got := w.state(arn); got != customerkey.StateEnabled {
		t.Fatalf("a new key is %s", got)
	}
	w.clock.Advance(time.Hour)
	w.must(w.DisableKey(ctx, customer, arn))
	callers := []string{platform, customer, "arn:aws:iam::111111111111:role/a", "arn:aws:iam::111111111111:role/b", "arn:aws:iam::111111111111:role/c"}
	seen := map[string]time.Duration{}
	for at := time.Duration(0); at <= DefaultMaxLag; at += time.Second {
		for _, caller := range callers {
			d, err := w.DescribeKey(ctx, caller, arn)
			w.must(err)
			_, decrypt := w.Encrypt(ctx, caller, Use{KeyARN: arn, DryRun: true}, []byte("x"))
			disabled := d.State == customerkey.StateDisabled
			if disabled != (codeOf(decrypt) == customerkey.CodeDisabled) {
				t.Fatalf("%s sees %s and is answered %v", caller, d.State, decrypt)
			}
			first, already := seen[caller]
			if already && !disabled {
				t.Fatalf("%s saw the change after %v and not after %v", caller, first, at)
			}
			if disabled && !already {
				seen[caller] = at
			}
		}
		w.clock.Advance(time.Second)
	}
	lags := map[time.Duration]bool{}
	for _, caller := range callers {
		lag, ok := seen[caller]
		if !ok {
			t.Errorf("%s never saw the change", caller)
		}
		lags[lag] = true
	}
	if len(lags) < 3 {
		t.Errorf("the lags are alike: %v", seen)
	}
	again := newWorld(t, Config{MaxLag: DefaultMaxLag})
	twin := again.key(CreateKeyInput{})
	again.clock.Advance(time.Hour)
	again.must(again.DisableKey(ctx, customer, twin))
	again.clock.Advance(seen[platform])
	if d, _ := again.DescribeKey(ctx, platform, twin); d.State != customerkey.StateDisabled {
		t.Error("the same seed gave another lag")
	}
}

func TestKMS_eventualConsistency_policy(t *testing.T) {
	w := newWorld(t, Config{MaxLag: DefaultMaxLag, Seed: 3})
	arn := w.key(CreateKeyInput{})
	w.clock.Advance(time.Hour)
	w.must(w.PutKeyPolicy(ctx, customer, arn, policyFor()))
	_, err := w.DescribeKey(ctx, platform, arn)
	w.wantCode("at once", err, "")
	w.clock.Advance(DefaultMaxLag)
	_, err = w.DescribeKey(ctx, platform, arn)
	w.wantCode("after the lag", err, customerkey.CodeAccessDenied)
	w.must(w.PutKeyPolicy(ctx, customer, arn, policyFor(allowPlatform)), w.DisableKey(ctx, customer, arn), w.EnableKey(ctx, customer, arn))
	w.clock.Advance(DefaultMaxLag)
	w.must(w.DisableKey(ctx, customer, arn))
	if n := len(w.keys[arn].Versions); n != 2 {
		t.Errorf("%d versions are kept", n)
	}
}

func TestKMS_concurrent(t *testing.T) {
	w := newWorld(t, Config{})
	k, err := New(Config{Clock: w.clock, MaxLag: time.Minute})
	w.must(err)
	arn, err := k.CreateKey(ctx, customer, CreateKeyInput{Region: region, Policy: policyFor(allowPlatform)})
	w.must(err)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			keys := k.As(platform)
			for range 50 {
				if n == 0 {
					_ = k.DisableKey(ctx, customer, arn)
					_ = k.EnableKey(ctx, customer, arn)
				}
				w.clock.Advance(time.Second)
				if _, err := keys.Describe(ctx, arn); err != nil {
					t.Error(err)
				}
				_, _ = keys.NewCanary(ctx, arn, data)
				k.NextAt()
			}
		}()
	}
	wg.Wait()
	w.clock.Advance(time.Minute)
	if d, err := k.DescribeKey(ctx, platform, arn); err != nil || d.State != customerkey.StateEnabled {
		t.Errorf("in the end %s, %v", d.State, err)
	}
}
