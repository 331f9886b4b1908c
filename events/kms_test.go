package events

import (
	"strings"
	"testing"
)

func call(t testing.TB, env Envelope) *KMSCall {
	t.Helper()
	v, err := Parse(env)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*KMSCall)
}

func TestKMSCall_KeyARN(t *testing.T) {
	const account = "111122223333"
	disable := sample(t, "kms-call.disable-key")
	request := func(id any) map[string]any {
		return map[string]any{"resources": nil, "requestParameters": map[string]any{"keyId": id}}
	}
	for _, c := range []struct {
		name    string
		env     Envelope
		account string
		want    string
	}{
		{"resources", disable, "", keyARN},
		{"resources without type", with(t, disable, map[string]any{"resources": []any{map[string]any{"ARN": keyARN}}}), "", keyARN},
		{"resources of another type", with(t, disable, map[string]any{"requestParameters": nil, "resources": []any{map[string]any{"type": "AWS::S3::Bucket", "ARN": keyARN}}}), account, ""},
		{"second resource", with(t, disable, map[string]any{"requestParameters": nil, "resources": []any{
			map[string]any{"type": "AWS::KMS::Key", "ARN": strings.Replace(keyARN, "key/"+keyID, "alias/x", 1)}, map[string]any{"type": "AWS::KMS::Key", "ARN": keyARN}}}), "", keyARN},
		{"null resources", with(t, disable, map[string]any{"resources": []any(nil)}), account, keyARN},
		{"key ARN in the request", with(t, disable, request(keyARN)), "", keyARN},
		{"bare key id", sample(t, "kms-call.bare-key-id"), account, keyARN},
		{"bare key id, account unknown", sample(t, "kms-call.bare-key-id"), "", ""},
		{"bare key id, forged account", sample(t, "kms-call.bare-key-id"), "x:y", ""},
		{"alias name", with(t, disable, request("alias/mine")), account, ""},
		{"alias ARN", with(t, disable, request("arn:aws:kms:eu-central-1:111122223333:alias/mine")), account, ""},
		{"no request parameters", with(t, disable, map[string]any{"resources": nil, "requestParameters": nil}), account, ""},
		{"key store", sample(t, "kms-call.disconnect-custom-key-store"), account, ""},
		{"multi-Region key", sample(t, "kms-call.update-primary-region"), account, "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := call(t, c.env).KeyARN(c.account)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, c.want)
			}
		})
	}
}

func TestKMSCall_GrantID(t *testing.T) {
	const grant = "abcde1237f76e4ba7987489ac329fbfba6ad343d6f7075dbd1ef191f0120514a"
	for name, want := range map[string]string{"create-grant": grant, "revoke-grant": grant, "retire-grant": grant, "disable-key": "", "bare-key-id": ""} {
		if got := call(t, sample(t, "kms-call."+name)).GrantID(); got != want {
			t.Errorf("%s: grant %q, want %q", name, got, want)
		}
	}
}

func TestKMSCall_CustomKeyStoreID(t *testing.T) {
	store := sample(t, "kms-call.disconnect-custom-key-store")
	inside := with(t, sample(t, "kms-call.decrypt"), map[string]any{"additionalEventData": map[string]any{"customKeyStoreId": "cks-2"}})
	for want, env := range map[string]Envelope{"cks-1234567890abcdef0": store, "cks-2": inside, "": sample(t, "kms-call.disable-key")} {
		if got := call(t, env).CustomKeyStoreID(); got != want {
			t.Errorf("store %q, want %q", got, want)
		}
	}
}

func TestKMSCall_Failed(t *testing.T) {
	for name, want := range map[string][2]bool{ // failed, refused
		"disable-key":              {false, false},
		"decrypt":                  {false, false},
		"refused-disable-key":      {true, true},
		"decrypt-denied":           {true, true},
		"decrypt-disabled":         {true, true},
		"decrypt-pending-deletion": {true, true},
		"decrypt-throttled":        {true, false},
		"dry-run":                  {true, false},
	} {
		c := call(t, sample(t, "kms-call."+name))
		if got := [2]bool{c.Failed(), c.Refused()}; got != want {
			t.Errorf("%s: failed, refused = %v, want %v", name, got, want)
		}
	}
}

func TestKMSCall_Fields(t *testing.T) {
	c := call(t, sample(t, "kms-call.decrypt"))
	if c.UserIdentity.InvokedBy != "rds.amazonaws.com" || !c.ReadOnly || c.RecipientAccountID != "444455556666" || c.SharedEventID == "" {
		t.Errorf("record %+v", c.CloudTrailRecord)
	}
	if got := c.RequestParameters.EncryptionContext["aws:rds:db-id"]; got != "db-QY6ZH3OXUE4ABCDEFGHIJKLMNO" {
		t.Errorf("encryption context names %q", got)
	}
	if c.AdditionalEventData.KeyMaterialID == "" {
		t.Error("no key material")
	}
	s := call(t, sample(t, "kms-call.schedule-key-deletion"))
	if s.RequestParameters.PendingWindowInDays != 7 || s.Class() != KMSChange || c.Class() != KMSUse {
		t.Errorf("window %d, classes %s, %s", s.RequestParameters.PendingWindowInDays, s.Class(), c.Class())
	}
}

func TestKMSKeyEvent_KeyARN(t *testing.T) {
	env := sample(t, "kms-deletion")
	v, err := Parse(env)
	if err != nil {
		t.Fatal(err)
	}
	e := v.(*KMSKeyEvent)
	if got, ok := e.KeyARN(env); !ok || got != keyARN {
		t.Errorf("key %q", got)
	}
	other := env
	other.Resources = []string{strings.Replace(keyARN, "1234abcd", "99999999", 1)}
	for _, env := range []Envelope{{}, other, {Resources: []string{"x"}}} {
		if got, ok := e.KeyARN(env); ok {
			t.Errorf("resources %v give key %s", env.Resources, got)
		}
	}
}
