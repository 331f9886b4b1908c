package events

import (
	"bytes"
	"encoding/json"
	"strings"

	"latchkey/shared/coded"
)

// Pattern is an EventBridge event pattern. A value is a Pattern for a nested
// object or Any for a leaf. It marshals to the JSON that EventBridge takes.
// [EventBridge guide, Event patterns]
type Pattern map[string]any

// Any lists the matchers of a leaf: strings, booleans and nil match exactly;
// Prefix, AnythingBut and Exists are the operators.
type Any []any

// Prefix matches strings that begin so.
type Prefix string

// MarshalJSON returns {"prefix": …}.
func (p Prefix) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"prefix": string(p)})
}

// AnythingBut matches values that are there and are none of these strings.
type AnythingBut []string

// MarshalJSON returns {"anything-but": […]}.
func (a AnythingBut) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string][]string{"anything-but": a})
}

// Exists matches a leaf that is there, whatever its value, or one that is not.
type Exists bool

// MarshalJSON returns {"exists": …}.
func (e Exists) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]bool{"exists": bool(e)})
}

// anyOf makes the matchers of a leaf out of strings.
func anyOf(values ...string) Any {
	out := make(Any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// Compile makes a Matcher of the pattern, as CompilePattern does of its JSON.
func (p Pattern) Compile() (*Matcher, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, &coded.Error{Code: coded.Invalid, Field: "pattern", Message: "cannot be encoded", Err: err}
	}
	return CompilePattern(b)
}

// CompilePattern compiles the JSON of a pattern. It knows exact strings,
// booleans and null, prefix, anything-but (strings) and exists, and refuses
// every other operator with coded.Invalid and the Field, because a pattern that
// meant less here than on EventBridge would lose events.
func CompilePattern(pattern []byte) (*Matcher, error) {
	dec := json.NewDecoder(bytes.NewReader(pattern))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, &coded.Error{Code: coded.Invalid, Field: "pattern", Message: "is not JSON", Hint: "give an EventBridge event pattern", Err: err}
	}
	if dec.More() {
		return nil, coded.Field("pattern", "give one pattern", "there is more after its end")
	}
	root, err := compileNode(v, "pattern", 0)
	if err != nil {
		return nil, err
	}
	return &Matcher{root: root}, nil
}

// maxPatternDepth bounds nesting; EventBridge's own limit is not documented.
const maxPatternDepth = 32

func compileNode(v any, path string, depth int) (node, error) {
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return nil, coded.Field(path, "a pattern nests objects down to lists of values", "is not a non-empty object")
	}
	if depth > maxPatternDepth {
		return nil, coded.Field(path, "nest less", "is nested too deep")
	}
	n := make(node, 0, len(m))
	for name, value := range m {
		at := path + "." + clip(name)
		if strings.HasPrefix(name, "$") {
			return nil, coded.Field(at, "write two patterns instead of $or", "operator %s is not supported", show(name))
		}
		e := edge{name: name}
		var err error
		if list, ok := value.([]any); ok {
			e.leaf, err = compileLeaf(list, at)
		} else {
			e.child, err = compileNode(value, at, depth+1)
		}
		if err != nil {
			return nil, err
		}
		n = append(n, e)
	}
	return n, nil
}

func compileLeaf(list []any, path string) ([]matchFunc, error) {
	if len(list) == 0 {
		return nil, coded.Field(path, "list at least one value", "is an empty list")
	}
	out := make([]matchFunc, 0, len(list))
	for _, v := range list {
		f, err := compileMatcher(v, path)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func compileMatcher(v any, path string) (matchFunc, error) {
	switch v := v.(type) {
	case string, bool, nil:
		return func(leaf any, ok bool) bool { return ok && leaf == v }, nil
	case map[string]any:
		if len(v) == 1 {
			for op, arg := range v {
				return compileOperator(op, arg, path)
			}
		}
	}
	return nil, coded.Field(path, "use strings, booleans, null, prefix, anything-but or exists", "%s is not supported", show(v))
}

func compileOperator(op string, arg any, path string) (matchFunc, error) {
	switch a := arg.(type) {
	case bool:
		if op == "exists" {
			return func(_ any, ok bool) bool { return ok == a }, nil
		}
	case string:
		if op == "prefix" {
			return func(leaf any, _ bool) bool {
				s, is := leaf.(string)
				return is && strings.HasPrefix(s, a)
			}, nil
		}
		if op == "anything-but" {
			return func(leaf any, ok bool) bool { return ok && leaf != a }, nil
		}
	case []any:
		if op == "anything-but" {
			return compileAnythingBut(a, path)
		}
	}
	return nil, coded.Field(path, "use strings, booleans, null, prefix, anything-but or exists",
		"operator %s with %s is not supported", show(op), show(arg))
}

func compileAnythingBut(list []any, path string) (matchFunc, error) {
	but := make(map[any]bool, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, coded.Field(path, "list strings", "anything-but with %s is not supported", show(v))
		}
		but[s] = true
	}
	if len(but) == 0 {
		return nil, coded.Field(path, "list at least one string", "anything-but of nothing is not supported")
	}
	return func(leaf any, ok bool) bool { return ok && !but[leaf] }, nil
}
