package keypolicy_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/shared/customerkey/keypolicy"
)

// call is a request to KMS as a policy sees it: its condition keys, those with
// several values as lists.
type call struct {
	account string
	action  string
	keys    map[string]any
}

// allowed evaluates statements as IAM does: an explicit denial wins, and what
// nothing allows is refused. It fails the test on an operator that it does not
// know. [IAM guide, Policy evaluation logic; Condition operators]
func allowed(t *testing.T, policy []keypolicy.Statement, c call) bool {
	t.Helper()
	allow := false
	for _, s := range policy {
		if s.Principal["AWS"] != "arn:aws:iam::"+c.account+":root" || !slices.Contains(s.Action, c.action) || !holds(t, s.Condition, c) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allow = true
	}
	return allow
}

func holds(t *testing.T, conditions map[string]map[string]any, c call) bool {
	t.Helper()
	for operator, tests := range conditions {
		for key, want := range tests {
			if !holdsOne(t, operator, c.keys[key], list(t, want)) {
				return false
			}
		}
	}
	return true
}

func holdsOne(t *testing.T, operator string, got any, want []string) bool {
	t.Helper()
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	if ifExists && got == nil {
		return true
	}
	equals := func(v string) bool { return slices.Contains(want, v) }
	switch operator {
	case "StringEquals":
		return got != nil && equals(got.(string))
	case "StringNotEquals":
		return got == nil || !equals(got.(string))
	case "Null":
		return (got == nil) == (want[0] == "true")
	case "ForAnyValue:StringNotEquals":
		return slices.ContainsFunc(list(t, got), func(v string) bool { return !equals(v) })
	}
	t.Fatalf("operator %s is not known here", operator)
	return false
}

func list(t *testing.T, v any) []string {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []string:
		return v
	}
	t.Fatalf("%v is neither a string nor a list of them", v)
	return nil
}
