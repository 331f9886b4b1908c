package faketrail

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

const (
	owner    = "222222222222"
	caller   = "111111111111"
	role     = "arn:aws:iam::111111111111:role/latchkey-keys"
	keyARN   = "arn:aws:kms:eu-central-1:222222222222:key/k"
	kms      = "kms.amazonaws.com"
	keyType  = "AWS::KMS::Key"
	tenantID = "latchkey:tenant"
)

func decrypt() Call {
	return Call{Source: kms, Name: "Decrypt", Region: "eu-central-1", At: epoch, Caller: role, Owner: owner, ReadOnly: true,
		Resources:  []Resource{{AccountID: owner, Type: keyType, ARN: keyARN}},
		Request:    map[string]any{"encryptionContext": map[string]string{tenantID: "t-1"}},
		Additional: map[string]any{"keyMaterialId": "ab"}}
}

// collect returns the records that each account gets of the calls.
func collect(seed uint64, calls ...Call) map[string][]Record {
	out := map[string][]Record{}
	t := New(seed)
	t.Subscribe("", func(r Record) { out[r.RecipientAccountID] = append(out[r.RecipientAccountID], r) })
	for _, c := range calls {
		t.Record(c)
	}
	return out
}

func TestTrail_Record_accounts(t *testing.T) {
	with := func(change func(*Call)) Call { c := decrypt(); change(&c); return c }
	for _, tc := range []struct {
		name          string
		call          Call
		caller, owner int
	}{
		{"cross account", decrypt(), 1, 1},
		{"denied", with(func(c *Call) { c.ErrorCode = "AccessDeniedException" }), 1, 0},
		{"no such key", with(func(c *Call) { c.ErrorCode = "NotFoundException" }), 1, 0},
		{"failed on the key's state", with(func(c *Call) { c.ErrorCode = "DisabledException" }), 1, 1},
		{"the owner's own", with(func(c *Call) { c.Caller = "arn:aws:iam::222222222222:user/kim"; c.Name = "DisableKey" }), 0, 1},
		{"own resource", with(func(c *Call) { c.Owner = "" }), 1, 0},
		{"a service for the caller's resource", with(func(c *Call) { c.Caller = "rds.amazonaws.com"; c.CallerAccount = caller }), 1, 1},
		{"KMS itself", with(func(c *Call) { c.Caller = "" }), 0, 1},
	} {
		got := collect(1, tc.call)
		if len(got[caller]) != tc.caller || len(got[owner]) != tc.owner || len(got) > 2 {
			t.Errorf("%s: %d records at the caller, %d at the owner", tc.name, len(got[caller]), len(got[owner]))
			continue
		}
		if tc.caller+tc.owner == 2 {
			a, b := got[caller][0], got[owner][0]
			if a.SharedEventID == "" || a.SharedEventID != b.SharedEventID || a.EventID == b.EventID || a.RequestID != b.RequestID {
				t.Errorf("%s: ids %+v %+v", tc.name, a, b)
			}
		} else {
			for _, list := range got {
				if list[0].SharedEventID != "" {
					t.Errorf("%s: one record is shared", tc.name)
				}
			}
		}
	}
}

func TestTrail_Record_ids(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	a, b, c := collect(1, decrypt(), decrypt()), collect(1, decrypt(), decrypt()), collect(2, decrypt())
	seen := map[string]bool{}
	for account, records := range a {
		for i, r := range records {
			if r.EventID != b[account][i].EventID {
				t.Error("the same seed gave another id")
			}
			if i == 0 && r.EventID == c[account][0].EventID {
				t.Error("another seed gave the same id")
			}
			if seen[r.EventID] || !form.MatchString(r.EventID) || !form.MatchString(r.RequestID) || !form.MatchString(r.SharedEventID) {
				t.Errorf("id %s", r.EventID)
			}
			seen[r.EventID] = true
		}
	}
}

func TestTrail_Record_identity(t *testing.T) {
	for _, tc := range []struct{ caller, kind, arn, user string }{
		{"arn:aws:iam::111111111111:root", "Root", "arn:aws:iam::111111111111:root", ""},
		{"arn:aws:iam::111111111111:user/ops/kim", "IAMUser", "arn:aws:iam::111111111111:user/ops/kim", "kim"},
		{role, "AssumedRole", "arn:aws:sts::111111111111:assumed-role/latchkey-keys/latchkey", ""},
		{"arn:aws:sts::111111111111:assumed-role/latchkey-keys/i-1", "AssumedRole", "arn:aws:sts::111111111111:assumed-role/latchkey-keys/i-1", ""},
	} {
		c := decrypt()
		c.Caller = tc.caller
		got := collect(1, c)
		u := got[caller][0].UserIdentity
		if u.Type != tc.kind || u.ARN != tc.arn || u.AccountID != caller || u.UserName != tc.user {
			t.Errorf("%s: %+v", tc.caller, u)
		}
		if tc.kind == "AssumedRole" && (u.SessionContext == nil || u.SessionContext.SessionIssuer.ARN != role) {
			t.Errorf("%s: issuer %+v", tc.caller, u.SessionContext)
		}
		far := got[owner][0].UserIdentity
		if far.Type != "AWSAccount" || far.ARN != "" || far.AccountID != caller || far.PrincipalID != u.PrincipalID {
			t.Errorf("%s, as the owner sees it: %+v", tc.caller, far)
		}
	}
	c := decrypt()
	c.Caller, c.CallerAccount = "rds.amazonaws.com", caller
	if r := collect(1, c)[owner][0]; r.UserIdentity != (UserIdentity{Type: "AWSService", InvokedBy: "rds.amazonaws.com"}) || r.SourceIPAddress != "rds.amazonaws.com" {
		t.Errorf("service: %+v from %s", r.UserIdentity, r.SourceIPAddress)
	}
	c = decrypt()
	c.InvokedBy = "rds.amazonaws.com"
	if r := collect(1, c)[caller][0]; r.UserIdentity.Type != "AssumedRole" || r.UserIdentity.InvokedBy != "rds.amazonaws.com" || r.UserAgent != "rds.amazonaws.com" {
		t.Errorf("on behalf: %+v", r.UserIdentity)
	}
	c = Call{Source: kms, Name: "DeleteKey", At: epoch, Owner: owner}
	if r := collect(1, c)[owner][0]; r.EventType != "AwsServiceEvent" || r.UserIdentity.InvokedBy != "AWS Internal" || r.RequestID != "" {
		t.Errorf("by itself: %+v", r)
	}
}

func TestTrail_Record_errors(t *testing.T) {
	c := decrypt()
	c.ErrorCode, c.ErrorMessage, c.Response = "AccessDeniedException", "no", map[string]any{"a": 1}
	r := collect(1, c)[caller][0]
	if r.ErrorCode != "AccessDenied" || r.ErrorMessage != "no" || r.ResponseElements != nil {
		t.Errorf("%+v", r)
	}
}

func TestTrail_Subscribe(t *testing.T) {
	tr := New(1)
	if tr.Wanted(caller, owner) {
		t.Error("wanted without a subscriber")
	}
	n := 0
	cancel := tr.Subscribe(owner, func(Record) { n++ })
	if !tr.Wanted(caller, owner) || tr.Wanted(caller) {
		t.Error("Wanted does not follow the subscription")
	}
	tr.Record(decrypt())
	cancel()
	tr.Record(decrypt())
	if n != 1 || tr.Wanted(owner) {
		t.Errorf("%d records", n)
	}
	if tr.Calls() != 4 {
		t.Errorf("%d calls counted", tr.Calls())
	}
	var none *Trail
	none.Record(decrypt())
	if none.Wanted(owner) || none.Calls() != 0 {
		t.Error("a nil trail takes part")
	}
}

// TestRecord_JSON_shape compares the fields of a record with those of real ones.
func TestRecord_JSON_shape(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/cloudtrail/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("no real CloudTrail files at ../shared/data/cloudtrail")
	}
	var made map[string]any
	if err := json.Unmarshal(collect(1, decrypt())[caller][0].JSON(), &made); err != nil {
		t.Fatal(err)
	}
	// Fields that only some real records have.
	optional := map[string]bool{"vpcEndpointId": true, "tlsDetails": true, "sessionCredentialFromConsole": true,
		"errorCode": true, "errorMessage": true}
	compared := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Records []map[string]any }
		if err := json.Unmarshal(b, &file); err != nil {
			t.Fatal(err)
		}
		for _, r := range file.Records {
			if r["eventSource"] != kms {
				continue
			}
			compared++
			for field, v := range r {
				if optional[field] {
					continue
				}
				got, has := made[field]
				if !has || v != nil && got != nil && jsonKind(v) != jsonKind(got) {
					t.Fatalf("%s: field %s is %v here, %v there", f, field, got, v)
				}
			}
		}
	}
	if compared == 0 {
		t.Error("no record of KMS was compared")
	}
}

func jsonKind(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return "other"
}
