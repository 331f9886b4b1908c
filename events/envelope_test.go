package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"latchkey/shared/coded"
)

const goodEnvelope = `{"version":"0","id":"e-1","detail-type":"Tenant Created","source":"latchkey.commerce",
	"account":"444455556666","time":"2026-03-02T10:15:00+01:00","region":"eu-central-1","resources":["a"],"detail":{"a":1}}`

// edit returns the JSON object with members set (nil: removed).
func edit(t testing.TB, object string, set map[string]any) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(object), &m); err != nil {
		t.Fatal(err)
	}
	for k, v := range set {
		if v == nil {
			delete(m, k)
			continue
		}
		m[k] = v
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantField fails unless err is Invalid, names the field and has a hint.
func wantField(t testing.TB, err error, field string) {
	t.Helper()
	var c *coded.Error
	switch {
	case err == nil:
		t.Fatalf("no error, want one for %s", field)
	case !errors.As(err, &c) || c.Code != coded.Invalid:
		t.Fatalf("error %v is not coded invalid", err)
	case c.Field != field:
		t.Fatalf("error %q names field %q, want %q", err, c.Field, field)
	case c.Hint == "":
		t.Fatalf("error %q has no hint", err)
	}
}

func TestParseEnvelope(t *testing.T) {
	env, err := ParseEnvelope([]byte(goodEnvelope))
	if err != nil {
		t.Fatal(err)
	}
	if got := env.Time.Format("2006-01-02T15:04:05Z07:00"); got != "2026-03-02T09:15:00Z" {
		t.Errorf("time %s, want it in UTC", got)
	}
	if env.ID != "e-1" || env.DetailType != "Tenant Created" || env.Account != "444455556666" || len(env.Resources) != 1 {
		t.Errorf("read %+v", env)
	}
}

func TestParseEnvelope_Lenient(t *testing.T) {
	for name, set := range map[string]map[string]any{
		"no account":     {"account": nil},
		"empty account":  {"account": ""},
		"no region":      {"region": nil},
		"no resources":   {"resources": nil},
		"unknown member": {"replay-name": "again"},
		"other case":     {"Source": "aws.kms"},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := ParseEnvelope(edit(t, goodEnvelope, set))
			if err != nil {
				t.Fatal(err)
			}
			if env.Source != "latchkey.commerce" {
				t.Errorf("source %q", env.Source)
			}
		})
	}
}

func TestParseEnvelope_Broken(t *testing.T) {
	for _, c := range []struct {
		name  string
		event []byte
		field string
	}{
		{"empty", nil, "event"},
		{"not JSON", []byte("hello"), "event"},
		{"list", []byte(`[1]`), "event"},
		{"null", []byte(`null`), "event"},
		{"cut short", []byte(goodEnvelope[:60]), "event"},
		{"garbage after", []byte(goodEnvelope + "x"), "event"},
		{"two events", []byte(goodEnvelope + goodEnvelope), "event"},
		{"too large", append([]byte(goodEnvelope), bytes.Repeat([]byte(" "), MaxEventBytes)...), "event"},
		{"no version", edit(t, goodEnvelope, map[string]any{"version": nil}), "version"},
		{"version 1", edit(t, goodEnvelope, map[string]any{"version": "1"}), "version"},
		{"version a number", edit(t, goodEnvelope, map[string]any{"version": 0}), "version"},
		{"no id", edit(t, goodEnvelope, map[string]any{"id": nil}), "id"},
		{"blank id", edit(t, goodEnvelope, map[string]any{"id": " "}), "id"},
		{"no source", edit(t, goodEnvelope, map[string]any{"source": nil}), "source"},
		{"no detail-type", edit(t, goodEnvelope, map[string]any{"detail-type": nil}), "detail-type"},
		{"no time", edit(t, goodEnvelope, map[string]any{"time": nil}), "time"},
		{"time in words", edit(t, goodEnvelope, map[string]any{"time": "yesterday"}), "time"},
		{"time past JSON", edit(t, goodEnvelope, map[string]any{"time": "9999-12-31T23:59:59-10:00"}), "time"},
		{"account in words", edit(t, goodEnvelope, map[string]any{"account": "mine"}), "account"},
		{"account too short", edit(t, goodEnvelope, map[string]any{"account": "12345678901"}), "account"},
		{"resources a string", edit(t, goodEnvelope, map[string]any{"resources": "a"}), "resources"},
		{"no detail", edit(t, goodEnvelope, map[string]any{"detail": nil}), "detail"},
		{"detail a list", edit(t, goodEnvelope, map[string]any{"detail": []int{1}}), "detail"},
		{"detail a string", edit(t, goodEnvelope, map[string]any{"detail": "{}"}), "detail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseEnvelope(c.event)
			wantField(t, err, c.field)
		})
	}
}

func TestParseEnvelope_LargestAccepted(t *testing.T) {
	pad := MaxEventBytes - len(goodEnvelope)
	if _, err := ParseEnvelope([]byte(goodEnvelope + strings.Repeat(" ", pad))); err != nil {
		t.Fatal(err)
	}
	_, err := ParseEnvelope([]byte(goodEnvelope + strings.Repeat(" ", pad+1)))
	wantField(t, err, "event")
}

func TestEnvelope_Marshal(t *testing.T) {
	for _, s := range Samples() {
		t.Run(s.Name, func(t *testing.T) {
			env, err := ParseEnvelope(s.Event)
			if err != nil {
				t.Fatal(err)
			}
			b, err := env.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if !sameJSON(t, b, s.Event) {
				t.Errorf("came back as %s", b)
			}
		})
	}
}

func sameJSON(t testing.TB, a, b []byte) bool {
	t.Helper()
	norm := func(b []byte) string {
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	return norm(a) == norm(b)
}
