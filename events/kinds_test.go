package events

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	names, origins := map[string]bool{}, map[string]bool{}
	for _, k := range Kinds() {
		if names[k.Name] || origins[k.Source+"/"+k.DetailType] {
			t.Errorf("%s is in the table twice", k.Name)
		}
		names[k.Name], origins[k.Source+"/"+k.DetailType] = true, true
		if len(k.Samples()) == 0 {
			t.Errorf("%s has no sample", k.Name)
		}
		if k.compiled() == nil || len(k.Fields()) == 0 {
			t.Errorf("%s has no schema", k.Name)
		}
		if k.Meaning == "" || !strings.HasSuffix(k.Meaning, ".") {
			t.Errorf("%s: meaning %q is not a sentence", k.Name, k.Meaning)
		}
		if k.Source == SourceLatchkey != (k.Direction == Out) {
			t.Errorf("%s: direction %s does not fit source %s", k.Name, k.Direction, k.Source)
		}
		if strings.HasPrefix(k.Source, "aws.") != (k.DetailVersion == "") {
			t.Errorf("%s: version %q does not fit source %s", k.Name, k.DetailVersion, k.Source)
		}
		if closed := k.compiled().Closed; closed != (k.Direction == Out) {
			t.Errorf("%s: only what we send is closed to unknown members, this is closed: %v", k.Name, closed)
		}
		for _, f := range k.Fields() {
			if f.Description == "" {
				t.Errorf("%s: field %s has no description", k.Name, f.Path)
			}
		}
	}
}

// TestKinds_Fields: what Go reads and writes is what the schema knows.
func TestKinds_Fields(t *testing.T) {
	for _, k := range Kinds() {
		known := map[string]bool{}
		for _, f := range k.Fields() {
			known[f.Path] = true
		}
		for _, name := range jsonNames(reflect.TypeOf(k.New()).Elem()) {
			if !known[name] {
				t.Errorf("%s: Go has %s, the schema has not", k.Name, name)
			}
			delete(known, name)
		}
		for path := range known {
			if !strings.Contains(path, ".") {
				t.Errorf("%s: the schema has %s, Go has not", k.Name, path)
			}
		}
	}
}

func jsonNames(t reflect.Type) []string {
	var out []string
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		if f.Anonymous {
			out = append(out, jsonNames(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

func TestKMSCalls_EverySampled(t *testing.T) {
	sampled := map[string]bool{}
	for _, s := range Samples() {
		var e struct{ Detail struct{ EventName string } }
		if err := json.Unmarshal(s.Event, &e); err != nil {
			t.Fatal(err)
		}
		sampled[e.Detail.EventName] = true
	}
	for _, name := range slices.Concat(KMSCalls(KMSChange), KMSCalls(KMSUse)) {
		if !sampled[name] {
			t.Errorf("no sample of %s", name)
		}
	}
	if n := len(KMSCalls(KMSChange)); n != 18 {
		t.Errorf("%d calls change a key, want the 18 of the KMS API that do", n)
	}
}
