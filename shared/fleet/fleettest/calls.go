package fleettest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/conformance"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

var ctx = context.Background()

// ours are the least tags that a snapshot has.
var ours = map[string]string{database.TagOwner: database.Owner}

func must(t *conformance.T, err error, doing string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

// wantCode requires that RDS answered with a code, or ends the case; with "",
// that it did as asked.
func wantCode(t *conformance.T, doing string, err error, want string) {
	t.Helper()
	var service *database.ServiceError
	switch {
	case want == "" && err != nil:
		t.Fatalf("%s: got %v, want no error", doing, err)
	case want != "" && (!errors.As(err, &service) || service.Code != want):
		t.Fatalf("%s: got %s, want %s", doing, answer(err), want)
	}
}

// wantRefused requires an error of ours, and not of RDS, or ends the case.
func wantRefused(t *conformance.T, doing string, err error, want coded.Code) {
	t.Helper()
	var service *database.ServiceError
	if !coded.Is(err, want) || errors.As(err, &service) {
		t.Fatalf("%s: got %s, want it refused as %s", doing, answer(err), want)
	}
}

// answer is an error as failures show it.
func answer(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func (s *suite) design(id string) database.Spec { return Design(id, s.tenant, s.platform) }

func (s *suite) settle(t *conformance.T) {
	t.Helper()
	must(t, s.Settle(ctx), "letting time pass")
}

// made makes an instance and waits until it is available.
func (s *suite) made(t *conformance.T, id string) database.Instance {
	t.Helper()
	must(t, s.fleet.Create(ctx, s.design(id)), "creating "+id)
	s.settle(t)
	return s.available(t, id)
}

func (s *suite) instance(t *conformance.T, id string) database.Instance {
	t.Helper()
	in, err := s.fleet.Describe(ctx, id)
	must(t, err, "describing "+id)
	return in
}

func (s *suite) available(t *conformance.T, id string) database.Instance {
	t.Helper()
	in := s.instance(t, id)
	if in.Status != database.StatusAvailable {
		t.Fatalf("%s is %s", id, in.Status)
	}
	return in
}

// wantStatus requires an instance's status, or ends the case.
func (s *suite) wantStatus(t *conformance.T, id, want string) {
	t.Helper()
	if got := s.instance(t, id).Status; got != want {
		t.Fatalf("%s is %s, want %s", id, got, want)
	}
}

// snapped makes an instance and a snapshot of it, and waits until both are available.
func (s *suite) snapped(t *conformance.T, instanceID, snapshotID string) (database.Instance, snapshot.Description) {
	t.Helper()
	in := s.made(t, instanceID)
	must(t, s.backups.Create(ctx, instanceID, snapshotID, ours), "creating "+snapshotID)
	s.settle(t)
	return in, s.snapshot(t, snapshotID)
}

func (s *suite) snapshot(t *conformance.T, id string) snapshot.Description {
	t.Helper()
	d, err := s.backups.Describe(ctx, id)
	must(t, err, "describing "+id)
	return d
}

// key makes another key, or ends the case.
func (s *suite) key(t *conformance.T) string {
	t.Helper()
	arn, err := s.Key(ctx)
	must(t, err, "making a key")
	return arn
}

// gone requires that there is no such instance.
func (s *suite) gone(t *conformance.T, id string) {
	t.Helper()
	_, err := s.fleet.Describe(ctx, id)
	wantCode(t, "describing "+id, err, database.CodeInstanceNotFound)
}

// wantDesigned requires that an instance has every property of its spec that the
// port tells, and those that RDS gives it.
func (s *suite) wantDesigned(t *conformance.T, spec database.Spec, since time.Time) {
	t.Helper()
	got := s.instance(t, spec.InstanceID)
	host, port, _ := strings.Cut(got.Endpoint, ":")
	if !strings.HasPrefix(host, spec.InstanceID+".") || !strings.HasSuffix(host, "."+Region+".rds.amazonaws.com") || port != "5432" {
		t.Errorf("endpoint %q", got.Endpoint)
	}
	if !strings.HasPrefix(got.ResourceID, "db-") || len(got.ResourceID) < 10 {
		t.Errorf("resource id %q", got.ResourceID)
	}
	for name, at := range map[string]time.Time{"created": got.CreatedAt, "latest restorable": got.LatestRestorableTime} {
		if at.Before(since.Add(-time.Minute)) || at.After(s.Now().Add(time.Minute)) || at.Location() != time.UTC {
			t.Errorf("%s at %s, not from %s to %s", name, at, since, s.Now())
		}
	}
	want := database.Instance{
		InstanceID: spec.InstanceID, Status: database.StatusAvailable, KMSKeyARN: spec.KMSKeyARN, MultiAZ: spec.MultiAZ, StorageEncrypted: true,
		DeletionProtection: spec.DeletionProtection, BackupRetentionDays: spec.BackupRetentionDays, Tags: spec.Tags,
		ResourceID: got.ResourceID, Endpoint: got.Endpoint, SecondaryAZ: got.SecondaryAZ, CreatedAt: got.CreatedAt, LatestRestorableTime: got.LatestRestorableTime,
		MasterSecretARN: got.MasterSecretARN,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("described as %+v\nwant %+v", got, want)
	}
}
