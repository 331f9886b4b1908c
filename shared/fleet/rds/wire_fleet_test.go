package rds_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
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

// TestWire_Create holds what RDS tells of an instance and the port does not.
func TestWire_Create(t *testing.T) {
	w := wire(t)
	w.create(t, "lk-create")
	wantDesign(t, designed(w.raw(t, "lk-create")), w.design("lk-create"))
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

// TestWire_List_Pages finds every instance once, where they do not fit on one page.
func TestWire_List_Pages(t *testing.T) {
	w := wire(t)
	const many = 105
	for n := range many {
		w.create(t, fmt.Sprintf("lk-%d", n))
	}
	seen, marker := map[string]bool{}, ""
	for range many {
		page, next, err := w.fleet.List(context.Background(), marker)
		if err != nil || len(page) > 100 {
			t.Fatalf("a page of %d, %v", len(page), err)
		}
		for _, in := range page {
			if seen[in.InstanceID] {
				t.Errorf("%s twice", in.InstanceID)
			}
			seen[in.InstanceID] = true
		}
		if marker = next; next == "" {
			break
		}
	}
	if len(seen) != many || marker != "" {
		t.Errorf("%d instances, want %d; next %q", len(seen), many, marker)
	}
}
