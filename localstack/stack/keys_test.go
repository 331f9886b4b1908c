package stack

import (
	"context"
	"testing"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
)

func TestStack_CreateKey(t *testing.T) {
	s := begin(t, t.TempDir(), fake.NewClock(start))
	good := api.NewKey{Account: "444455556666", Region: "us-east-1", Tenant: "acme"}
	for _, tt := range []struct {
		name   string
		change func(*api.NewKey)
		field  string
	}{
		{"default policy", func(*api.NewKey) {}, ""},
		{"all that is asked", func(k *api.NewKey) { k.Policy = api.PolicyLatchkey }, ""},
		{"own policy", func(k *api.NewKey) { k.Policy = policyDoc }, ""},
		{"account", func(k *api.NewKey) { k.Account = "4444" }, "account"},
		{"region", func(k *api.NewKey) { k.Region = "eu-west-3" }, "region"},
		{"policy name", func(k *api.NewKey) { k.Policy = "open" }, "policy"},
		{"policy document", func(k *api.NewKey) { k.Policy = `{"Version":"2012-10-17","Statement":"x"}` }, "policy"},
		{"no tenant", func(k *api.NewKey) { k.Policy, k.Tenant = api.PolicyLatchkey, "" }, "tenant"},
	} {
		in := good
		tt.change(&in)
		k, err := s.CreateKey(context.Background(), in)
		if tt.field == "" {
			if _, bad := events.ParseKeyARN(k.ARN); err != nil || bad != nil {
				t.Errorf("%s: %+v, %v", tt.name, k, err)
			}
			continue
		}
		if p := api.ProblemOf(err); err == nil || p.Code != coded.Invalid || p.Field != tt.field {
			t.Errorf("%s: %v, want field %s", tt.name, err, tt.field)
		}
	}
	if keys, err := s.CustomerKeys(); err != nil || len(keys) != 3 {
		t.Errorf("CustomerKeys() = %v, %v; want the three that were made", keys, err)
	}
}

const policyDoc = `{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"}]}`

func TestStack_Preflight(t *testing.T) {
	s := begin(t, t.TempDir(), fake.NewClock(start))
	ctx := context.Background()
	for policy, missing := range map[string]string{
		api.PolicyLatchkey:     "all requirements are met",
		api.PolicyWithoutGrant: "kms:CreateGrant: denied",
	} {
		k, err := s.CreateKey(ctx, api.NewKey{Account: "444455556666", Region: "eu-central-1", Tenant: "acme", Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Preflight(ctx, k.ARN, "acme")
		if err != nil || r.Summary() != missing {
			t.Errorf("%s: %s, %v; want %s", policy, r.Summary(), err, missing)
		}
	}
}
