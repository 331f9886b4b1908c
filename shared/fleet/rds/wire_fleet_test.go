package rds_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// designed returns every designed property of an instance, by name.
func designed(i types.DBInstance) map[string]any {
	m := map[string]any{
		"engine": aws.ToString(i.Engine), "version": aws.ToString(i.EngineVersion), "class": aws.ToString(i.DBInstanceClass),
		"storage": aws.ToInt32(i.AllocatedStorage), "storage type": aws.ToString(i.StorageType),
		"encrypted": aws.ToBool(i.StorageEncrypted), "key": aws.ToString(i.KmsKeyId),
		"master": aws.ToString(i.MasterUsername), "initial database": aws.ToString(i.DBName),
		"multi-AZ": aws.ToBool(i.MultiAZ), "public": aws.ToBool(i.PubliclyAccessible),
		"IAM": aws.ToBool(i.IAMDatabaseAuthenticationEnabled), "CA": aws.ToString(i.CACertificateIdentifier),
		"retention": aws.ToInt32(i.BackupRetentionPeriod), "protected": aws.ToBool(i.DeletionProtection),
		"copy tags": aws.ToBool(i.CopyTagsToSnapshot), "minor upgrades": aws.ToBool(i.AutoMinorVersionUpgrade),
		"subnet group": aws.ToString(i.DBSubnetGroup.DBSubnetGroupName), "parameter group": aws.ToString(i.DBParameterGroups[0].DBParameterGroupName),
		"security groups": fmt.Sprint(len(i.VpcSecurityGroups), aws.ToString(i.VpcSecurityGroups[0].VpcSecurityGroupId)),
		"secret":          i.MasterUserSecret != nil && aws.ToString(i.MasterUserSecret.SecretArn) != "",
	}
	if i.MasterUserSecret != nil {
		m["secret's key"] = aws.ToString(i.MasterUserSecret.KmsKeyId)
	}
	for _, tag := range i.TagList {
		m["tag "+*tag.Key] = *tag.Value
	}
	return m
}

func (w *world) design(id string) map[string]any {
	return map[string]any{
		"engine": "postgres", "version": "16.4", "class": "db.m7g.large", "storage": int32(50), "storage type": "gp3",
		"encrypted": true, "key": w.tenantKey, "master": "latchkey", "initial database": "", "multi-AZ": true, "public": false,
		"IAM": true, "CA": "rds-ca-rsa2048-g1", "retention": int32(30), "protected": true, "copy tags": true, "minor upgrades": true,
		"subnet group": "latchkey-private", "parameter group": "latchkey-tls", "security groups": "1" + securityGroup,
		"secret": true, "secret's key": w.platform,
		"tag latchkey:owner": "latchkey", "tag latchkey:tenant": "acme", "tag latchkey:database": "acme/" + id, "tag latchkey:key": w.tenantKey,
	}
}

func wantDesign(t *testing.T, got, want map[string]any) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %v, want %v", name, got[name], want[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %v, want none", name, got[name])
		}
	}
}

func TestWire_Create(t *testing.T) {
	w := wire(t)
	spec := w.create(t, "lk-create")
	wantDesign(t, designed(w.raw(t, "lk-create")), w.design("lk-create"))
	if err := w.fleet.Create(context.Background(), spec); code(err) != database.CodeInstanceExists {
		t.Errorf("again: %v", err)
	}
}

func TestWire_Create_AWSOwned(t *testing.T) {
	w := wire(t)
	spec := w.spec("lk-aws-owned")
	spec.KMSKeyARN, spec.SubnetGroup, spec.ParameterGroup = "", "", ""
	if err := w.fleet.Create(context.Background(), spec); err != nil {
		t.Fatal(err)
	}
	if i := w.raw(t, "lk-aws-owned"); !aws.ToBool(i.StorageEncrypted) {
		t.Error("not encrypted")
	}
}

func TestWire_Describe(t *testing.T) {
	w := wire(t)
	spec := w.create(t, "lk-describe")
	got, err := w.fleet.Describe(context.Background(), "lk-describe")
	if err != nil {
		t.Fatal(err)
	}
	if time.Since(got.CreatedAt) > time.Hour || got.CreatedAt.Location() != time.UTC || got.LatestRestorableTime.IsZero() {
		t.Errorf("times %v, %v", got.CreatedAt, got.LatestRestorableTime)
	}
	if !maps.Equal(got.Tags, spec.Tags) {
		t.Errorf("tags %v", got.Tags)
	}
	got.CreatedAt, got.LatestRestorableTime, got.Tags = time.Time{}, time.Time{}, nil
	want := database.Instance{
		InstanceID: "lk-describe", ResourceID: got.ResourceID, Status: database.StatusAvailable,
		Endpoint: "lk-describe.aaaaaaaaaa." + region + ".rds.amazonaws.com:5432", KMSKeyARN: w.tenantKey, MultiAZ: true,
		StorageEncrypted: true, DeletionProtection: true, BackupRetentionDays: 30,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || got.ResourceID == "" {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if _, err := w.fleet.Describe(context.Background(), "lk-nowhere"); code(err) != database.CodeInstanceNotFound {
		t.Errorf("no such instance: %v", err)
	}
}

func TestWire_List(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-list")
	in, err := w.fleet.Describe(context.Background(), "lk-list")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ids  []string
		want bool
	}{"all": {nil, true}, "by resource id": {[]string{in.ResourceID}, true}, "by another": {[]string{"db-NONE"}, false}} {
		t.Run(name, func(t *testing.T) {
			page, _, err := w.fleet.List(context.Background(), "", c.ids...)
			found := false
			for _, i := range page {
				found = found || i.InstanceID == "lk-list"
			}
			if err != nil || found != c.want {
				t.Errorf("%d instances, found %t, %v", len(page), found, err)
			}
		})
	}
}

func TestWire_StopStart(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-stop")
	ctx := context.Background()
	status := func() string {
		in, err := w.fleet.Describe(ctx, "lk-stop")
		if err != nil {
			t.Fatal(err)
		}
		return in.Status
	}
	if err := w.fleet.Stop(ctx, "lk-stop"); err != nil || status() != database.StatusStopped {
		t.Errorf("stop: %v, %s", err, status())
	}
	if err := w.fleet.Stop(ctx, "lk-stop"); code(err) != database.CodeInvalidState {
		t.Errorf("stop again: %v", err)
	}
	if err := w.fleet.Start(ctx, "lk-stop"); err != nil || status() != database.StatusAvailable {
		t.Errorf("start: %v, %s", err, status())
	}
	if err := w.fleet.Start(ctx, "lk-stop"); code(err) != database.CodeInvalidState {
		t.Errorf("start again: %v", err)
	}
}

func TestWire_Delete(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-delete")
	ctx := context.Background()
	if err := w.fleet.Delete(ctx, "lk-delete"); code(err) == "" {
		t.Errorf("protected: %v", err)
	}
	if err := w.fleet.Unprotect(ctx, "lk-delete"); err != nil {
		t.Fatal(err)
	}
	want := w.design("lk-delete")
	want["protected"] = false
	wantDesign(t, designed(w.raw(t, "lk-delete")), want)
	if err := w.fleet.Delete(ctx, "lk-delete"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.fleet.Describe(ctx, "lk-delete"); code(err) != database.CodeInstanceNotFound {
		t.Errorf("still there: %v", err)
	}
	if err := w.fleet.Delete(ctx, "lk-delete"); code(err) != database.CodeInstanceNotFound {
		t.Errorf("again: %v", err)
	}
	if page, _, err := w.backups.List(ctx, "lk-delete", ""); err != nil || len(page) != 0 {
		t.Errorf("a final snapshot: %+v, %v", page, err)
	}
}

// TestWire_NothingLeft holds that what is refused here reaches nobody.
func TestWire_NothingLeft(t *testing.T) {
	w := wire(t)
	bad := w.spec("lk-refused")
	delete(bad.Tags, database.TagOwner)
	if err := w.fleet.Create(context.Background(), bad); !coded.Is(err, coded.Internal) {
		t.Errorf("got %v", err)
	}
	if _, err := w.fleet.Describe(context.Background(), "lk-refused"); code(err) != database.CodeInstanceNotFound {
		t.Errorf("it was made: %v", err)
	}
}
