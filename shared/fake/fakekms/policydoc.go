package fakekms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxPolicyBytes is the size of the largest key policy. [KMS guide, Quotas]
const maxPolicyBytes = 32 << 10

// The JSON form. Elements that are not here (NotPrincipal, NotAction, …) are refused.
type policyDocument struct {
	Version   string
	ID        string `json:"Id"`
	Statement oneOrMore[statementDocument]
}

type statementDocument struct {
	Sid       string
	Effect    string
	Principal json.RawMessage
	Action    oneOrMore[string]
	Resource  oneOrMore[string]
	Condition map[string]map[string]conditionValues
}

// oneOrMore is a value, or a list of values.
type oneOrMore[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		var list []T
		err := strictly(b, &list)
		*o = list
		return err
	}
	var one T
	err := strictly(b, &one)
	*o = []T{one}
	return err
}

// strictly decodes one JSON value and refuses fields that v does not have.
func strictly(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the policy")
	}
	return nil
}

// compile parses a policy for the key. Its errors name what the twin does not
// understand: nothing is ignored.
func compile(text, keyARN string) (*policy, error) {
	if len(text) > maxPolicyBytes {
		return nil, fmt.Errorf("the policy has %d bytes, the limit is %d", len(text), maxPolicyBytes)
	}
	var doc policyDocument
	if err := strictly([]byte(text), &doc); err != nil {
		return nil, err
	}
	if doc.Version != "2012-10-17" && doc.Version != "2008-10-17" {
		return nil, fmt.Errorf("Version %q", doc.Version)
	}
	if len(doc.Statement) == 0 {
		return nil, errors.New("no Statement")
	}
	p := &policy{}
	for i, d := range doc.Statement {
		s, err := d.compile(keyARN)
		if err != nil {
			return nil, fmt.Errorf("Statement[%d] %q: %w", i, d.Sid, err)
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func (d *statementDocument) compile(keyARN string) (statement, error) {
	s := statement{deny: d.Effect == "Deny"}
	if d.Effect != "Allow" && d.Effect != "Deny" {
		return s, fmt.Errorf("Effect %q", d.Effect)
	}
	if len(d.Action) == 0 {
		return s, errors.New("no Action")
	}
	for _, a := range d.Action {
		if a != "*" && !strings.HasPrefix(strings.ToLower(a), "kms:") {
			return s, fmt.Errorf("Action %q", a)
		}
		s.actions |= matching(a)
	}
	if len(d.Resource) == 0 {
		return s, errors.New("no Resource")
	}
	for _, r := range d.Resource {
		if r != "*" && r != keyARN {
			return s, fmt.Errorf("Resource %q: a key policy is about its own key, \"*\"", r)
		}
	}
	if err := s.compilePrincipal(d.Principal); err != nil {
		return s, err
	}
	var err error
	s.conditions, err = compileConditions(d.Condition)
	return s, err
}

func (s *statement) compilePrincipal(raw json.RawMessage) error {
	if len(raw) == 0 {
		return errors.New("no Principal")
	}
	if string(raw) == `"*"` {
		s.anyone = true
		return nil
	}
	var doc struct {
		AWS     oneOrMore[string]
		Service oneOrMore[string]
	}
	if err := strictly(raw, &doc); err != nil {
		return fmt.Errorf("Principal: %w", err)
	}
	if len(doc.AWS)+len(doc.Service) == 0 {
		return errors.New("Principal is empty")
	}
	for _, name := range doc.AWS {
		account, arn := part(name, 4), strings.HasPrefix(name, "arn:aws")
		switch {
		case name == "*":
			s.anyone = true
		case isAccount(name):
			s.accounts = append(s.accounts, name)
		case arn && isAccount(account) && strings.HasSuffix(name, ":root"):
			s.accounts = append(s.accounts, account)
		case arn && isAccount(account) && !strings.ContainsAny(name, "*?"):
			s.principals = append(s.principals, name)
		default:
			return fmt.Errorf("Principal %q is not valid", name)
		}
	}
	for _, name := range doc.Service {
		if !strings.HasSuffix(name, ".amazonaws.com") {
			return fmt.Errorf("Principal: Service %q is not valid", name)
		}
		s.principals = append(s.principals, name)
	}
	return nil
}

// isAccount reports whether s is the 12 digits of an AWS account.
func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
