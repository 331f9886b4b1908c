package rds

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

func TestFleet_Describe(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		answer string
		want   database.Instance
	}{
		"being made": {`<DBInstanceIdentifier>lk-a</DBInstanceIdentifier><DBInstanceStatus>creating</DBInstanceStatus>`,
			database.Instance{InstanceID: "lk-a", Status: "creating"}},
		"port without address": {`<DBInstanceIdentifier>lk-a</DBInstanceIdentifier><Endpoint><Port>5432</Port></Endpoint>`,
			database.Instance{InstanceID: "lk-a"}},
		"whole": {`<DBInstanceIdentifier>lk-a</DBInstanceIdentifier><DbiResourceId>db-A</DbiResourceId>
			<DBInstanceStatus>inaccessible-encryption-credentials-recoverable</DBInstanceStatus>
			<Endpoint><Address>lk-a.x.rds.amazonaws.com</Address><Port>5432</Port></Endpoint>
			<KmsKeyId>` + tenantKey + `</KmsKeyId><MasterUserSecret><SecretArn>arn:secret</SecretArn></MasterUserSecret><MultiAZ>true</MultiAZ><SecondaryAvailabilityZone>eu-central-1b</SecondaryAvailabilityZone>
			<StorageEncrypted>true</StorageEncrypted><DeletionProtection>true</DeletionProtection><BackupRetentionPeriod>7</BackupRetentionPeriod>
			<LatestRestorableTime>2026-01-02T03:04:05Z</LatestRestorableTime><InstanceCreateTime>2026-01-02T03:04:05Z</InstanceCreateTime>
			<TagList><Tag><Key>latchkey:owner</Key><Value>latchkey</Value></Tag></TagList>`,
			database.Instance{InstanceID: "lk-a", ResourceID: "db-A", Status: database.StatusRecoverable,
				Endpoint: "lk-a.x.rds.amazonaws.com:5432", KMSKeyARN: tenantKey, MasterSecretARN: "arn:secret", MultiAZ: true, SecondaryAZ: "eu-central-1b",
				StorageEncrypted: true, DeletionProtection: true, BackupRetentionDays: 7, LatestRestorableTime: at, CreatedAt: at,
				Tags: map[string]string{database.TagOwner: database.Owner}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := results(map[string]string{describeInstances: "<DBInstances><DBInstance>" + c.answer + "</DBInstance></DBInstances>"})
			f, _ := s.adapters(t, 0)
			got, err := f.Describe(context.Background(), "lk-a")
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
			wantRequest(t, s.seen[0], map[string]string{"Action": describeInstances, "Version": "2014-10-31", "DBInstanceIdentifier": "lk-a"})
		})
	}
}

func TestBackups_Describe(t *testing.T) {
	s := results(map[string]string{describeSnapshots: `<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>s</DBSnapshotIdentifier>
		<DBInstanceIdentifier>lk-a</DBInstanceIdentifier><DbiResourceId>db-A</DbiResourceId><Status>creating</Status><PercentProgress>40</PercentProgress>
		<KmsKeyId>` + tenantKey + `</KmsKeyId><SnapshotCreateTime>2026-01-02T03:04:05Z</SnapshotCreateTime>
		<TagList><Tag><Key>latchkey:owner</Key><Value>latchkey</Value></Tag></TagList></DBSnapshot></DBSnapshots>`})
	_, b := s.adapters(t, 0)
	got, err := b.Describe(context.Background(), "s")
	want := snapshot.Description{SnapshotID: "s", InstanceID: "lk-a", ResourceID: "db-A", Status: "creating", Progress: 40, KMSKeyARN: tenantKey,
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Tags: map[string]string{database.TagOwner: database.Owner}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

// TestAdapters_Empty holds that an answer without the thing asked for is the
// same as the error that says so.
func TestAdapters_Empty(t *testing.T) {
	f, b := results(nil).adapters(t, 0)
	if _, err := f.Describe(context.Background(), "lk-a"); code(err) != database.CodeInstanceNotFound {
		t.Errorf("instance: %v", err)
	}
	if _, err := b.Describe(context.Background(), "s"); code(err) != database.CodeSnapshotNotFound {
		t.Errorf("snapshot: %v", err)
	}
}

func TestAdapters_Pages(t *testing.T) {
	pages := map[string]string{
		describeInstances:        "<DBInstances><DBInstance><DBInstanceIdentifier>a</DBInstanceIdentifier></DBInstance></DBInstances><Marker>m1</Marker>",
		describeInstances + "m1": "<DBInstances><DBInstance><DBInstanceIdentifier>b</DBInstanceIdentifier></DBInstance></DBInstances>",
		describeSnapshots:        "<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>a</DBSnapshotIdentifier></DBSnapshot></DBSnapshots><Marker>m1</Marker>",
		describeSnapshots + "m1": "<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>b</DBSnapshotIdentifier></DBSnapshot></DBSnapshots>",
	}
	s := &server{answer: func(_ *http.Request, call url.Values) (int, string, error) {
		action := call.Get("Action")
		return http.StatusOK, wrap(action, pages[action+call.Get("Marker")]), nil
	}}
	f, b := s.adapters(t, 0)
	for name, list := range map[string]func(marker string) ([]string, string, error){
		"instances": func(marker string) (ids []string, next string, err error) {
			page, next, err := f.List(context.Background(), marker, "db-A", "db-B")
			for _, i := range page {
				ids = append(ids, i.InstanceID)
			}
			return ids, next, err
		},
		"snapshots": func(marker string) (ids []string, next string, err error) {
			page, next, err := b.List(context.Background(), "lk-a", marker)
			for _, d := range page {
				ids = append(ids, d.SnapshotID)
			}
			return ids, next, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, next, err := list("")
			if err != nil || next != "m1" || !reflect.DeepEqual(first, []string{"a"}) {
				t.Errorf("first page %v, next %q, %v", first, next, err)
			}
			second, next, err := list(next)
			if err != nil || next != "" || !reflect.DeepEqual(second, []string{"b"}) {
				t.Errorf("second page %v, next %q, %v", second, next, err)
			}
		})
	}
	for _, call := range s.seen {
		if call.Get("MaxRecords") != "100" {
			t.Errorf("asked for %q", call.Get("MaxRecords"))
		}
		filtered := call.Get("Filters.Filter.1.Name") == "dbi-resource-id" && call.Get("Filters.Filter.1.Values.Value.2") == "db-B"
		if manual := call.Get("SnapshotType") == "manual"; manual != (call.Get("Action") == describeSnapshots) || filtered == manual {
			t.Errorf("asked %v", call)
		}
	}
}
