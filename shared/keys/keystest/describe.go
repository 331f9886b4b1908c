package keystest

import (
	"strings"
	"time"

	"latchkey/shared/conformance"
	"latchkey/shared/customerkey"
)

// account returns the account of a key.
func account(arn string) string { return strings.Split(arn, ":")[4] }

// enabled is what DescribeKey says of a key of AWS_KMS.
func enabled(arn string) customerkey.Description {
	return customerkey.Description{ARN: arn, AccountID: account(arn), Manager: "CUSTOMER", Spec: "SYMMETRIC_DEFAULT",
		Usage: "ENCRYPT_DECRYPT", State: customerkey.StateEnabled, Origin: "AWS_KMS"}
}

var describeCases = []one{
	{Name: "Describe/enabled", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{})
		wantDescription(t, s.describe(t, arn), enabled(arn))
	}},
	{Name: "Describe/disabled", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{})
		want := enabled(arn)
		s.owner(t, "DisableKey", arn)
		want.State = customerkey.StateDisabled
		wantDescription(t, s.describe(t, arn), want)
		s.owner(t, "EnableKey", arn)
		wantDescription(t, s.describe(t, arn), enabled(arn))
	}},
	{Name: "Describe/pending deletion", Run: describePendingDeletion},
	{Name: "Describe/no material", Run: func(t *conformance.T, s *suite) {
		d := s.describe(t, s.make(t, Kind{Origin: "EXTERNAL"}))
		if d.State != customerkey.StatePendingImport || d.Origin != "EXTERNAL" || !d.ValidTo.IsZero() {
			t.Errorf("state %s, origin %s, valid to %s; want PendingImport", d.State, d.Origin, d.ValidTo)
		}
	}},
	{Name: "Describe/expiring material", Run: func(t *conformance.T, s *suite) {
		at := s.Now().UTC().Truncate(time.Second).Add(48 * time.Hour)
		d := s.describe(t, s.make(t, Kind{Origin: "EXTERNAL", ExpiresAt: at}))
		if d.State != customerkey.StateEnabled || !d.ValidTo.Equal(at) || d.ValidTo.Location() != time.UTC {
			t.Errorf("state %s, valid to %s; want %s", d.State, d.ValidTo, at)
		}
	}},
	{Name: "Describe/in a key store", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{Origin: "EXTERNAL_KEY_STORE"})
		d := s.describe(t, arn)
		if d.Origin != "EXTERNAL_KEY_STORE" || d.CustomKeyStoreID == "" || d.State != customerkey.StateEnabled {
			t.Errorf("origin %s, store %q, %s", d.Origin, d.CustomKeyStoreID, d.State)
		}
		s.owner(t, "DisconnectCustomKeyStore", arn)
		if d := s.describe(t, arn); d.State != customerkey.StateUnavailable {
			t.Errorf("disconnected: %s", d.State)
		}
	}},
	{Name: "Describe/asymmetric", Run: func(t *conformance.T, s *suite) {
		d := s.describe(t, s.make(t, Kind{Spec: "RSA_2048", Usage: "SIGN_VERIFY"}))
		if d.Spec != "RSA_2048" || d.Usage != "SIGN_VERIFY" {
			t.Errorf("spec %s, usage %s", d.Spec, d.Usage)
		}
	}},
	{Name: "Describe/multi-Region", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{MultiRegion: true})
		if !s.describe(t, arn).MultiRegion || !strings.Contains(arn, ":key/mrk-") {
			t.Errorf("%s is not a multi-Region key", arn)
		}
	}},
	{Name: "Describe/AWS managed", Run: func(t *conformance.T, s *suite) {
		if d := s.describe(t, s.make(t, Kind{AWSManaged: true})); d.Manager != "AWS" {
			t.Errorf("manager %s", d.Manager)
		}
	}},
	{Name: "Describe/another Region", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{Region: OtherRegion})
		if !strings.HasPrefix(arn, "arn:aws:kms:"+OtherRegion+":") {
			t.Fatalf("made %s", arn)
		}
		wantDescription(t, s.describe(t, arn), enabled(arn))
	}},
}

// describePendingDeletion: the waiting period is told, and a key that is saved
// from it is left disabled. [KMS API reference, CancelKeyDeletion]
func describePendingDeletion(t *conformance.T, s *suite) {
	arn := s.make(t, Kind{})
	want := enabled(arn)
	s.owner(t, "ScheduleKeyDeletion", arn)
	got := s.describe(t, arn)
	in := got.DeletionDate.Sub(s.Now())
	if days := DeletionDays * 24 * time.Hour; in < days-time.Hour || in > days+time.Hour || got.DeletionDate.Location() != time.UTC {
		t.Errorf("deletion date %s, in %s", got.DeletionDate, in)
	}
	want.State, want.DeletionDate = customerkey.StatePendingDeletion, got.DeletionDate
	wantDescription(t, got, want)
	s.owner(t, "CancelKeyDeletion", arn)
	want.State, want.DeletionDate = customerkey.StateDisabled, time.Time{}
	wantDescription(t, s.describe(t, arn), want)
}

func wantDescription(t *conformance.T, got, want customerkey.Description) {
	t.Helper()
	if got != want {
		t.Errorf("described as %+v\nwant %+v", got, want)
	}
}
