package kms

import (
	"context"
	"encoding/base64"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
)

func TestKeys_Region(t *testing.T) {
	s := always(http.StatusOK, `{}`)
	k := s.keys(t, 0)
	for _, m := range methods {
		if err := m.call(context.Background(), k, keyARN); err != nil {
			t.Errorf("%s: %v", m.operation, err)
		}
	}
	for _, q := range s.seen {
		if q.host != "kms.eu-central-1.amazonaws.com" || q.body["KeyId"] != keyARN {
			t.Errorf("%s went to %s about %v", q.operation, q.host, q.body["KeyId"])
		}
	}
}

func TestKeys_BadARN(t *testing.T) {
	for name, arn := range map[string]string{
		"empty":   "",
		"key id":  "1234abcd-12ab-34cd-56ef-1234567890ab",
		"alias":   "arn:aws:kms:eu-central-1:" + account + ":alias/mine",
		"no host": strings.Replace(keyARN, "eu-central-1", "evil.example#", 1),
	} {
		for _, m := range methods {
			t.Run(name+"/"+m.operation, func(t *testing.T) {
				s := always(http.StatusOK, `{}`)
				if err := m.call(context.Background(), s.keys(t, 0), arn); !coded.Is(err, coded.Invalid) {
					t.Errorf("got %v", err)
				}
				if len(s.seen) != 0 {
					t.Errorf("sent %v", s.seen)
				}
			})
		}
	}
}

func TestKeys_Describe(t *testing.T) {
	s := always(http.StatusOK, `{"KeyMetadata":{"KeyId":"k","Arn":"`+keyARN+`","AWSAccountId":"`+account+`","KeyManager":"CUSTOMER",
		"KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT","KeyState":"PendingDeletion","DeletionDate":1767225600,
		"ValidTo":1767312000,"Origin":"EXTERNAL","CustomKeyStoreId":"cks-1","MultiRegion":true}}`)
	got, err := s.keys(t, 0).Describe(context.Background(), keyARN)
	want := customerkey.Description{
		ARN: keyARN, AccountID: account, Manager: "CUSTOMER", Spec: "SYMMETRIC_DEFAULT", Usage: "ENCRYPT_DECRYPT",
		State: customerkey.StatePendingDeletion, DeletionDate: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		ValidTo: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Origin: "EXTERNAL", CustomKeyStoreID: "cks-1", MultiRegion: true,
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestKeys_Requests(t *testing.T) {
	bound := map[string]any{"latchkey:tenant": "acme"}
	want := map[string]map[string]any{
		"DescribeKey":                     {},
		"GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256", "EncryptionContext": bound},
		"GenerateDataKey":                 {"KeySpec": "AES_256", "EncryptionContext": bound, "DryRun": true},
		"Decrypt": {"CiphertextBlob": base64.StdEncoding.EncodeToString([]byte("canary")),
			"EncryptionContext": bound, "DryRun": true},
		"CreateGrant": {"DryRun": true, "Name": "latchkey-preflight", "GranteePrincipal": "arn:aws:iam::" + platform + ":root",
			"Operations": []any{"DescribeKey"}},
		"ListGrants": {"Limit": 100.0},
	}
	for _, m := range methods {
		t.Run(m.operation, func(t *testing.T) {
			s := always(http.StatusOK, `{}`)
			if err := m.call(context.Background(), s.keys(t, 0), keyARN); err != nil {
				t.Fatal(err)
			}
			body := s.seen[0].body
			delete(body, "KeyId")
			if !reflect.DeepEqual(body, want[m.operation]) {
				t.Errorf("sent %v\nwant %v", body, want[m.operation])
			}
		})
	}
}

func TestKeys_Grants(t *testing.T) {
	pages := map[any]string{
		nil: `{"Truncated":true,"NextMarker":"m1","Grants":[
			{"GrantId":"g1","GranteePrincipal":"rds.eu-central-1.amazonaws.com","Constraints":{"EncryptionContextSubset":{"aws:rds:db-id":"db-A"}}},
			{"GrantId":"g2","GranteeServicePrincipal":"backup.amazonaws.com"}]}`,
		"m1": `{"Truncated":false,"NextMarker":"stale","Grants":[{"GrantId":"g3","GranteePrincipal":"arn:aws:iam::111122223333:root",
			"Constraints":{"EncryptionContextEquals":{"latchkey:tenant":"acme"}}}]}`,
	}
	s := &server{answer: func(_ *http.Request, q request) (int, string, error) {
		return http.StatusOK, pages[q.body["Marker"]], nil
	}}
	k := s.keys(t, 0)
	first, next, err := k.Grants(context.Background(), keyARN, "")
	if err != nil || next != "m1" {
		t.Fatalf("next %q, %v", next, err)
	}
	second, next, err := k.Grants(context.Background(), keyARN, next)
	if err != nil || next != "" {
		t.Fatalf("next %q, %v", next, err)
	}
	want := []customerkey.Grant{
		{ID: "g1", GranteePrincipal: "rds.eu-central-1.amazonaws.com", EncryptionContext: map[string]string{"aws:rds:db-id": "db-A"}},
		{ID: "g2", GranteePrincipal: "backup.amazonaws.com"},
		{ID: "g3", GranteePrincipal: "arn:aws:iam::111122223333:root", EncryptionContext: map[string]string{"latchkey:tenant": "acme"}},
	}
	if got := append(first, second...); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	for id, present := range map[string]bool{"g3": true, "g4": false} {
		if got, err := customerkey.GrantPresent(context.Background(), k, keyARN, id); got != present || err != nil {
			t.Errorf("GrantPresent(%s) = %t, %v", id, got, err)
		}
	}
}
