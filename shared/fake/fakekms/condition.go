package fakekms

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// conditionValues are the values of a condition key: strings, or booleans,
// which mean their names.
type conditionValues []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *conditionValues) UnmarshalJSON(b []byte) error {
	var raw oneOrMore[json.RawMessage]
	if err := raw.UnmarshalJSON(b); err != nil {
		return err
	}
	for _, r := range raw {
		var s string
		if string(r) == "true" || string(r) == "false" {
			s = string(r)
		} else if err := json.Unmarshal(r, &s); err != nil {
			return err
		}
		*v = append(*v, s)
	}
	return nil
}

// quantifier says how a key with several values is compared.
type quantifier uint8

const (
	single quantifier = iota
	forAll
	forAny
)

// condition is one test of a statement: the key's value must match one of values.
type condition struct {
	key     string // as in the policy
	context string // for kms:EncryptionContext:<context>
	like    bool   // values are patterns
	negated bool
	// ifExists holds where the request does not have the key; absent holds only
	// there (operator Null).
	ifExists bool
	absent   *bool
	set      quantifier
	values   []string
}

const contextPrefix = "kms:EncryptionContext:"

// The condition keys of the twin, by the number of their values. [KMS guide,
// AWS KMS condition keys]
var (
	singleKeys = map[string]bool{"kms:ViaService": true, "kms:CallerAccount": true, "kms:GrantIsForAWSResource": true, "kms:GranteePrincipal": true}
	setKeys    = map[string]bool{"kms:EncryptionContextKeys": true, "kms:GrantOperations": true}
)

// compileConditions compiles a Condition element; an operator or key that is
// not known is an error.
func compileConditions(doc map[string]map[string]conditionValues) ([]condition, error) {
	var out []condition
	operators := make([]string, 0, len(doc))
	for o := range doc {
		operators = append(operators, o)
	}
	sort.Strings(operators)
	for _, o := range operators {
		keys := make([]string, 0, len(doc[o]))
		for k := range doc[o] {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			c, err := compileCondition(o, k, doc[o][k])
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func compileCondition(operator, key string, values []string) (condition, error) {
	c := condition{key: key, values: values}
	base := operator
	if rest, ok := strings.CutPrefix(operator, "ForAllValues:"); ok {
		base, c.set = rest, forAll
	} else if rest, ok := strings.CutPrefix(operator, "ForAnyValue:"); ok {
		base, c.set = rest, forAny
	}
	base, c.ifExists = strings.CutSuffix(base, "IfExists")
	switch base {
	case "StringEquals", "Bool":
	case "Null":
		absent := len(values) == 1 && values[0] == "true"
		if !absent && (len(values) != 1 || values[0] != "false") || c.ifExists {
			return c, fmt.Errorf("condition operator %q with %q", operator, values)
		}
		c.absent = &absent
	case "StringLike":
		c.like = true
	case "StringNotEquals":
		c.negated = true
	case "StringNotLike":
		c.like, c.negated = true, true
	default:
		return c, fmt.Errorf("condition operator %q", operator)
	}
	context, isContext := strings.CutPrefix(key, contextPrefix)
	c.context = context
	switch {
	case len(values) == 0:
		return c, fmt.Errorf("condition key %q has no value", key)
	case c.set != single && !setKeys[key], c.set == single && setKeys[key], c.set == forAll && c.negated, c.set != single && c.ifExists:
		return c, fmt.Errorf("condition operator %q with key %q", operator, key)
	case base != "Null" && (base == "Bool") != (key == "kms:GrantIsForAWSResource"):
		return c, fmt.Errorf("condition operator %q with key %q", operator, key)
	case !singleKeys[key] && !setKeys[key] && !(isContext && context != ""):
		return c, fmt.Errorf("condition key %q", key)
	}
	return c, nil
}

// holds tests the condition. A key that the request does not have matches only
// a negated test, ForAllValues, …IfExists and Null. [IAM guide, Condition operators]
func (c *condition) holds(r *request) bool {
	if c.set != single {
		return c.holdsSet(c.several(r))
	}
	value, present := c.value(r)
	if c.absent != nil {
		return present != *c.absent
	}
	if c.ifExists && !present {
		return true
	}
	return (present && c.matches(value)) != c.negated
}

func (c *condition) holdsSet(values []string) bool {
	for _, v := range values {
		if (c.matches(v) != c.negated) != (c.set == forAll) {
			return c.set == forAny
		}
	}
	return c.set == forAll
}

func (c *condition) value(r *request) (string, bool) {
	switch c.key {
	case "kms:ViaService":
		return r.via, r.via != ""
	case "kms:GranteePrincipal":
		return r.grantee, r.grantee != ""
	case "kms:CallerAccount":
		return r.who.account, r.who.account != ""
	case "kms:GrantIsForAWSResource":
		if r.forAWS {
			return "true", true
		}
		return "false", setOf(opCreateGrant, opListGrants, opRevokeGrant).has(r.op)
	}
	v, ok := r.ec[c.context]
	return v, ok
}

func (c *condition) several(r *request) []string {
	var out []string
	if c.key == "kms:EncryptionContextKeys" {
		for k := range r.ec {
			out = append(out, k)
		}
		return out
	}
	for o, name := range operationNames {
		if r.grant.has(operation(o)) {
			out = append(out, name)
		}
	}
	return out
}

func (c *condition) matches(v string) bool {
	for _, want := range c.values {
		if v == want || c.like && glob(want, v) {
			return true
		}
	}
	return false
}

// glob matches a pattern in which * stands for any characters and ? for one.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
