// Package template makes the CloudFormation template that a customer launches
// in its own account: a key for one tenant, with the policy of package
// keypolicy, and the rules that forward what happens to the account's keys to
// Latchkey's intake bus, so that a revocation is seen in seconds and not at the
// next probe.
//
// It needs no CDK, no assets and no bootstrap, and is made of the same routing
// table and the same statements that the functions use. The same input gives
// the same bytes.
package template

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey/keypolicy"
	"latchkey/shared/deployment"
)

// Preset is what the platform's operator fills in before the template goes out.
// What is empty is for the customer to fill in.
type Preset struct {
	PlatformAccount string // 12 digits
	IntakeBus       string // name of the intake bus for this customer; empty: deployment.IntakeBus
}

var (
	accountForm = regexp.MustCompile(accountPattern)
	busForm     = regexp.MustCompile(busPattern)
)

// Validate returns coded.Invalid for a preset that no template can have.
func (p Preset) Validate() error {
	if p.PlatformAccount != "" && !accountForm.MatchString(p.PlatformAccount) {
		return coded.Field("platform-account", "give the 12 digits of the account that runs Latchkey", "%q is not an account", p.PlatformAccount)
	}
	if p.IntakeBus != "" && !busForm.MatchString(p.IntakeBus) {
		return coded.Field("intake-bus", "give the name of an intake bus, such as "+deployment.IntakeBus, "%q is not the name of a bus", p.IntakeBus)
	}
	return nil
}

// object is a JSON object. Objects are marshalled with sorted keys.
type object = map[string]any

// JSON returns the template, indented. It returns coded.Invalid for a preset
// that Validate refuses.
func JSON(p Preset) ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if p.IntakeBus == "" {
		p.IntakeBus = deployment.IntakeBus
	}
	forwarding, err := forwarding()
	if err != nil {
		return nil, err
	}
	resources, err := key()
	if err != nil {
		return nil, err
	}
	for name, r := range forwarding {
		resources[name] = r
	}
	return marshal(object{
		"AWSTemplateFormatVersion": "2010-09-09",
		"Description": "Latchkey: a KMS key of yours for one tenant's databases, and the rules that tell Latchkey at once " +
			"when you change it. Deleting the stack keeps the key.",
		"Parameters": parameters(p),
		"Conditions": object{
			"MakeKey":  object{"Fn::Equals": []any{ref("ExistingKeyArn"), ""}},
			"Forward":  object{"Fn::Equals": []any{ref("ForwardKeyEvents"), "yes"}},
			"HasTopic": object{"Fn::Not": []any{object{"Fn::Equals": []any{ref("AlarmTopicArn"), ""}}}},
			"Alarm":    object{"Fn::And": []any{object{"Condition": "Forward"}, object{"Condition": "HasTopic"}}},
		},
		"Resources": resources,
		"Outputs":   outputs(),
	})
}

func outputs() object {
	return object{
		"KeyArn": object{
			"Description": "Send this to your platform: the key to name for the tenant",
			"Value":       object{"Fn::If": []any{"MakeKey", getAtt("Key", "Arn"), ref("ExistingKeyArn")}},
		},
		"Account": object{
			"Description": "Send this to your platform too, where its intake bus lists the accounts that may forward",
			"Value":       ref("AWS::AccountId"),
		},
		"Forwards": object{
			"Condition":   "Forward",
			"Description": "The bus that the events of this account and Region are forwarded to",
			"Value":       sub(intakeBusARN),
		},
	}
}

func ref(name string) object                 { return object{"Ref": name} }
func sub(s string) object                    { return object{"Fn::Sub": s} }
func getAtt(resource, of string) object      { return object{"Fn::GetAtt": []any{resource, of}} }
func tags() []any                            { return []any{object{"Key": "latchkey:tenant", "Value": ref("TenantId")}} }
func when(condition string, r object) object { r["Condition"] = condition; return r }

// substituted returns v as JSON values, in which every string with a ${…} is
// wrapped in Fn::Sub.
func substituted(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding part of the template: %w", err)
	}
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		return nil, fmt.Errorf("reading back part of the template: %w", err)
	}
	return wrap(plain), nil
}

func wrap(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "${") {
			return sub(v)
		}
	case []any:
		for i := range v {
			v[i] = wrap(v[i])
		}
	case object:
		for k := range v {
			v[k] = wrap(v[k])
		}
	}
	return v
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding the template: %w", err)
	}
	return b.Bytes(), nil
}

// statements returns the key's policy for the stack's own parameters.
func statements() []keypolicy.Statement {
	owner := keypolicy.Statement{
		// The owner's IAM policies decide who there may do what with the key.
		// [KMS guide, Default key policy]
		Sid: "OwnerAdministers", Effect: "Allow", Principal: map[string]string{"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
		Action: []string{"kms:*"}, Resource: "*",
	}
	return append([]keypolicy.Statement{owner}, keypolicy.Statements(keypolicy.For{
		Account: "${PlatformAccount}", Tenant: "${TenantId}", Region: "${AWS::Region}",
	})...)
}
