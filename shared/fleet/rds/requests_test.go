package rds

import (
	"context"
	"maps"
	"net/url"
	"testing"
	"time"

	"latchkey/shared/coded"
)

// common are the parameters that created and restored instances share.
func common() map[string]string {
	return map[string]string{
		"Version": "2014-10-31", "DBInstanceClass": "db.m7g.large", "Engine": "postgres", "StorageType": "gp3",
		"EnableIAMDatabaseAuthentication": "true", "CACertificateIdentifier": "rds-ca-rsa2048-g1",
		"DBParameterGroupName": "tls", "DBSubnetGroupName": "private", "PubliclyAccessible": "false", "MultiAZ": "true",
		"VpcSecurityGroupIds.VpcSecurityGroupId.1": "sg-1", "VpcSecurityGroupIds.VpcSecurityGroupId.2": "sg-2",
		"BackupRetentionPeriod": "30", "CopyTagsToSnapshot": "true", "DeletionProtection": "true", "AutoMinorVersionUpgrade": "true",
		"Tags.Tag.1.Key": "latchkey:owner", "Tags.Tag.1.Value": "latchkey", "Tags.Tag.2.Key": "latchkey:tenant", "Tags.Tag.2.Value": "acme",
	}
}

func with(base, more map[string]string) map[string]string {
	maps.Copy(base, more)
	return base
}

// TestFleet_Requests holds every parameter that is sent, no more and no less.
func TestFleet_Requests(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	ctx := context.Background()
	for name, c := range map[string]struct {
		do   func(*Fleet) error
		want map[string]string
	}{
		"create": {func(f *Fleet) error { return f.Create(ctx, spec()) }, with(common(), map[string]string{
			"Action": "CreateDBInstance", "DBInstanceIdentifier": "lk-a", "EngineVersion": "16.4", "AllocatedStorage": "50",
			"StorageEncrypted": "true", "KmsKeyId": tenantKey, "MasterUsername": "latchkey",
			"ManageMasterUserPassword": "true", "MasterUserSecretKmsKeyId": "arn:platform",
		})},
		"restore snapshot": {func(f *Fleet) error { return f.RestoreSnapshot(ctx, "s", spec()) }, with(common(), map[string]string{
			"Action": "RestoreDBInstanceFromDBSnapshot", "DBSnapshotIdentifier": "s", "DBInstanceIdentifier": "lk-a",
		})},
		"restore to time": {func(f *Fleet) error { return f.RestoreToTime(ctx, "lk-0", at, spec()) }, with(common(), map[string]string{
			"Action": "RestoreDBInstanceToPointInTime", "SourceDBInstanceIdentifier": "lk-0", "TargetDBInstanceIdentifier": "lk-a",
			"RestoreTime": "2026-03-01T11:00:00Z",
		})},
		"restore to the latest": {func(f *Fleet) error { return f.RestoreToTime(ctx, "lk-0", time.Time{}, spec()) }, with(common(), map[string]string{
			"Action": "RestoreDBInstanceToPointInTime", "SourceDBInstanceIdentifier": "lk-0", "TargetDBInstanceIdentifier": "lk-a",
			"UseLatestRestorableTime": "true",
		})},
		"unprotect": {func(f *Fleet) error { return f.Unprotect(ctx, "lk-a") }, map[string]string{
			"Action": "ModifyDBInstance", "Version": "2014-10-31", "DBInstanceIdentifier": "lk-a", "DeletionProtection": "false", "ApplyImmediately": "true",
		}},
		"delete": {func(f *Fleet) error { return f.Delete(ctx, "lk-a") }, map[string]string{
			"Action": "DeleteDBInstance", "Version": "2014-10-31", "DBInstanceIdentifier": "lk-a", "SkipFinalSnapshot": "true", "DeleteAutomatedBackups": "true",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := results(underKey(tenantKey))
			f, _ := s.adapters(t, 0)
			if err := c.do(f); err != nil {
				t.Fatal(err)
			}
			wantRequest(t, s.seen[len(s.seen)-1], c.want)
		})
	}
}

// underKey are looks at an instance and a snapshot under a key.
func underKey(arn string) map[string]string {
	return map[string]string{
		"DescribeDBInstances": "<DBInstances><DBInstance><DBInstanceIdentifier>lk-0</DBInstanceIdentifier><KmsKeyId>" + arn + "</KmsKeyId></DBInstance></DBInstances>",
		"DescribeDBSnapshots": "<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>s</DBSnapshotIdentifier><KmsKeyId>" + arn + "</KmsKeyId></DBSnapshot></DBSnapshots>",
	}
}

func wantRequest(t *testing.T, got url.Values, want map[string]string) {
	t.Helper()
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("sent %s=%s", name, got.Get(name))
		}
	}
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("sent %s=%q, want %q", name, got.Get(name), value)
		}
	}
}

// TestFleet_Restore_Key holds that a restore does not bring data under a key
// that is not the tenant's.
func TestFleet_Restore_Key(t *testing.T) {
	other := "arn:aws:kms:eu-central-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"
	for name, c := range map[string]struct {
		source, wanted string
		refused        bool
	}{
		"same":                   {tenantKey, tenantKey, false},
		"another":                {other, tenantKey, true},
		"any will do":            {other, "", false},
		"source's is not an ARN": {"1234abcd", tenantKey, false},
	} {
		for call, do := range map[string]func(*Fleet, string) error{
			"snapshot": func(f *Fleet, key string) error {
				s := spec()
				s.KMSKeyARN = key
				return f.RestoreSnapshot(context.Background(), "s", s)
			},
			"time": func(f *Fleet, key string) error {
				s := spec()
				s.KMSKeyARN = key
				return f.RestoreToTime(context.Background(), "lk-0", time.Time{}, s)
			},
		} {
			t.Run(name+"/"+call, func(t *testing.T) {
				s := results(underKey(c.source))
				f, _ := s.adapters(t, 0)
				err := do(f, c.wanted)
				if coded.Is(err, coded.Conflict) != c.refused || (err != nil) != c.refused {
					t.Errorf("got %v", err)
				}
				if restored := len(s.seen) == 2; restored == c.refused {
					t.Errorf("%d calls", len(s.seen))
				}
			})
		}
	}
}
