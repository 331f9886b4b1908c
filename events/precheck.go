package events

import (
	"encoding/json"
	"fmt"
	"strings"

	"latchkey/events/schema"
	"latchkey/shared/coded"
)

// precheck comes before the schema: what is not known at all, a version that
// is not ours, and members whose names differ in case only.
func (k Kind) precheck(members map[string]any) error {
	if k.Schema == "kms-call" {
		if name, ok := members["eventName"].(string); ok && !knownKMSCall(name) {
			return fmt.Errorf("KMS call %q: %w", name, ErrUnknown)
		}
	}
	if k.DetailVersion == "" {
		return nil
	}
	hint := fmt.Sprintf("send version %q", k.DetailVersion)
	v, ok := members["version"]
	if !ok {
		return coded.Field("detail.version", hint, "is missing")
	}
	if v != k.DetailVersion {
		return &coded.Error{Code: coded.Invalid, Field: "detail.version", Hint: hint, Err: ErrVersion,
			Message: fmt.Sprintf("version %s of %s is not supported", show(v), k.DetailType)}
	}
	if err := plainNumbers(members, "detail"); err != nil {
		return err
	}
	return exactNames(k.compiled(), members, "detail")
}

// plainNumbers refuses numbers that no member needs and that take long to
// compute with, such as 1e999999.
func plainNumbers(v any, path string) error {
	switch v := v.(type) {
	case json.Number:
		if len(v) > 24 || strings.ContainsAny(string(v), "eE") {
			return coded.Field(path, "write numbers as plain integers", "%s is not a plain number", clip(v.String()))
		}
	case map[string]any:
		for name, x := range v {
			if err := plainNumbers(x, path+"."+clip(name)); err != nil {
				return err
			}
		}
	case []any:
		for i, x := range v {
			if _, ok := x.(string); ok {
				continue
			}
			if err := plainNumbers(x, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func knownKMSCall(name string) bool {
	_, ok := KMSCallClassOf(name)
	return ok
}

// exactNames refuses members that differ from a known one in case only.
// encoding/json would read them, JSON Schema does not see them.
func exactNames(s *schema.Schema, inst any, path string) error {
	members, ok := inst.(map[string]any)
	if !ok {
		return nil
	}
	for name, value := range members {
		if p, ok := s.Properties[name]; ok {
			if err := exactNames(p, value, path+"."+name); err != nil {
				return err
			}
			continue
		}
		for known := range s.Properties {
			if strings.EqualFold(known, name) {
				return coded.Field(path+"."+clip(name), "write it as "+known, "is not a name that is known here")
			}
		}
	}
	return nil
}
