package fakekms

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/fake/faketrail"
)

const (
	customerAccount = "222222222222"
	platformAccount = "111111111111"
)

// logged returns the records since the mark, by account.
func (w *world) logged(mark int) map[string][]faketrail.Record {
	out := map[string][]faketrail.Record{}
	for _, r := range w.records[mark:] {
		out[r.RecipientAccountID] = append(out[r.RecipientAccountID], r)
	}
	return out
}

func TestKMS_record_accounts(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	closed := w.key(CreateKeyInput{Policy: policyFor()})
	disabled := w.inState(customerkey.StateDisabled)
	ec := map[string]string{"aws:rds:db-id": "db-ABC"}
	grant, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", ec, []string{"Decrypt"})
	w.must(err)
	encrypt := func(caller, arn string) {
		_, _ = w.Encrypt(ctx, caller, Use{KeyARN: arn, EncryptionContext: data}, []byte("x"))
	}
	for _, tc := range []struct {
		name               string
		call               func()
		customer, platform int
		errorCode          string
	}{
		{"used across accounts", func() { encrypt(platform, arn) }, 1, 1, ""},
		{"denied across accounts", func() { encrypt(platform, closed) }, 0, 1, "AccessDenied"},
		{"disabled across accounts", func() { encrypt(platform, disabled) }, 1, 1, "DisabledException"},
		{"used by its owner", func() { encrypt(customer, arn) }, 1, 0, ""},
		{"DisableKey by its owner", func() { w.must(w.DisableKey(ctx, customer, arn)) }, 1, 0, ""},
		{"EnableKey by its owner", func() { w.must(w.EnableKey(ctx, customer, arn)) }, 1, 0, ""},
		{"PutKeyPolicy by its owner", func() { w.must(w.PutKeyPolicy(ctx, customer, arn, policyFor(allowPlatform))) }, 1, 0, ""},
		{"no such key", func() { encrypt(platform, arn+"0") }, 0, 1, "NotFoundException"},
		{"dry run", func() { w.must(w.As(platform).TryGenerateDataKey(ctx, arn, data)) }, 1, 1, CodeDryRun},
		{"RDS by its grant", func() { w.must(w.ServiceUse(ctx, arn, grant, "Decrypt", ec)) }, 1, 1, ""},
		{"RDS gives its grant back", func() { w.must(w.RetireServiceGrant(ctx, arn, grant)) }, 1, 1, ""},
	} {
		mark := len(w.records)
		tc.call()
		got := w.logged(mark)
		if len(got[customerAccount]) != tc.customer || len(got[platformAccount]) != tc.platform {
			t.Errorf("%s: %d at the customer, %d at the platform", tc.name, len(got[customerAccount]), len(got[platformAccount]))
			continue
		}
		for _, r := range w.records[mark:] {
			if r.ErrorCode != tc.errorCode {
				t.Errorf("%s: error code %q", tc.name, r.ErrorCode)
			}
		}
	}
}

func TestKMS_record_shape(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	_, err := w.Encrypt(ctx, platform, Use{KeyARN: arn, EncryptionContext: data}, []byte("x"))
	w.must(err)
	r := w.records[len(w.records)-1]
	var got map[string]any
	if err := json.Unmarshal(r.JSON(), &got); err != nil {
		t.Fatal(err)
	}
	if r.EventName != "Encrypt" || r.EventSource != source || r.AWSRegion != region || !r.ReadOnly || r.EventTime != "2026-01-05T09:00:00Z" {
		t.Errorf("%+v", r)
	}
	if len(r.Resources) != 1 || r.Resources[0] != (faketrail.Resource{AccountID: customerAccount, Type: "AWS::KMS::Key", ARN: arn}) {
		t.Errorf("resources %+v", r.Resources)
	}
	request, _ := got["requestParameters"].(map[string]any)
	if request["keyId"] != arn || request["encryptionAlgorithm"] != specSymmetric || request["encryptionContext"].(map[string]any)["latchkey:tenant"] != "t-1" {
		t.Errorf("requestParameters %v", request)
	}
	if id, _ := got["additionalEventData"].(map[string]any)["keyMaterialId"].(string); len(id) != 64 {
		t.Errorf("keyMaterialId %q", id)
	}
	if strings.Contains(string(r.JSON()), "sharedEventID") == false {
		t.Error("no sharedEventID")
	}
}

func TestKMS_record_grantForService(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	mark := len(w.records)
	grant, err := w.GrantForService(ctx, platform, arn, "rds.amazonaws.com", data, []string{"Decrypt"})
	w.must(err)
	got := w.logged(mark)[platformAccount]
	if len(got) != 2 || got[0].EventName != "DescribeKey" || got[1].EventName != "CreateGrant" {
		t.Fatalf("%+v", got)
	}
	for _, r := range got {
		if r.UserIdentity.Type != "AssumedRole" || r.UserIdentity.InvokedBy != "rds.amazonaws.com" || r.SourceIPAddress != "rds.amazonaws.com" {
			t.Errorf("%s by %+v", r.EventName, r.UserIdentity)
		}
	}
	if got[1].ResponseElements["grantId"] != grant || got[1].RequestParameters["granteePrincipal"] != "rds.amazonaws.com" {
		t.Errorf("CreateGrant %+v", got[1])
	}
}

func TestKMS_record_byItself(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	date, err := w.ScheduleKeyDeletion(ctx, customer, arn, 7)
	w.must(err)
	if r := w.records[len(w.records)-1]; r.ResponseElements["keyState"] != "PendingDeletion" || r.RequestParameters["pendingWindowInDays"] != 7 {
		t.Errorf("ScheduleKeyDeletion %+v", r)
	}
	mark := len(w.records)
	w.must(w.Tick(date.Add(time.Hour)))
	got := w.logged(mark)
	if len(got) != 1 || len(got[customerAccount]) != 1 {
		t.Fatalf("%+v", got)
	}
	if r := got[customerAccount][0]; r.EventName != "DeleteKey" || r.EventType != "AwsServiceEvent" || r.EventTime != date.Format(time.RFC3339) {
		t.Errorf("%+v", r)
	}
}
