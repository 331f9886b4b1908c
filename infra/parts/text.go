package parts

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// reference is a text that is one reference and nothing else.
var reference = regexp.MustCompile(`^\$\{([A-Za-z0-9:]+)(?:\.([A-Za-z0-9.]+))?\}$`)

// Text returns s: a text that is one reference as Ref or Fn::GetAtt, one that
// has references in it as Fn::Sub. [CloudFormation guide, Intrinsic functions]
func Text(s string) *string {
	one := reference.FindStringSubmatch(s)
	switch {
	case one != nil && one[2] != "":
		return awscdk.Fn_GetAtt(&one[1], &one[2]).ToString()
	case one != nil:
		return awscdk.Fn_Ref(&one[1])
	case strings.Contains(s, "${"):
		return awscdk.Fn_Sub(&s, nil)
	}
	return &s
}

// Texts returns each of list as Text does.
func Texts(list ...string) *[]*string {
	out := make([]*string, len(list))
	for i, s := range list {
		out[i] = Text(s)
	}
	return &out
}

// Object returns v as plain JSON in which every string that refers to something
// with ${…} is what Text would make of it: a policy document or an event
// pattern. It panics for a v that cannot be encoded, which is a defect.
func Object(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("encoding %T: %w", v, err))
	}
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		panic(fmt.Errorf("decoding %T: %w", v, err))
	}
	return resolve(plain)
}

func resolve(v any) any {
	switch v := v.(type) {
	case string:
		one := reference.FindStringSubmatch(v)
		switch {
		case one != nil && one[2] != "":
			return map[string]any{"Fn::GetAtt": []any{one[1], one[2]}}
		case one != nil:
			return map[string]any{"Ref": one[1]}
		case strings.Contains(v, "${"):
			return map[string]any{"Fn::Sub": v}
		}
	case []any:
		for i := range v {
			v[i] = resolve(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = resolve(v[k])
		}
	}
	return v
}

// ID returns the logical id of a name: "tenant-context" is TenantContext.
func ID(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '/' || r == '.' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// name returns a pointer for the properties that take one.
func name(s string) *string { return jsii.String(s) }
