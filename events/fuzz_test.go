package events

import (
	"encoding/json"
	"errors"
	"testing"

	"latchkey/shared/coded"
)

// checkInvalid requires what every refusal owes its reader.
func checkInvalid(t *testing.T, err error) {
	t.Helper()
	var c *coded.Error
	if !errors.As(err, &c) || c.Code != coded.Invalid || c.Field == "" || c.Hint == "" {
		t.Fatalf("error %v lacks a code, a field or a hint", err)
	}
}

func FuzzParseEnvelope(f *testing.F) {
	for _, s := range Samples() {
		f.Add(s.Event)
	}
	f.Add([]byte(goodEnvelope))
	f.Add([]byte(`{"version":"0","id":"a","source":"b","detail-type":"c","time":"0001-01-01T00:00:00Z","detail":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		env, err := ParseEnvelope(b)
		if err != nil {
			checkInvalid(t, err)
			return
		}
		out, err := env.Marshal()
		if err != nil {
			t.Fatalf("accepted, but cannot be sent: %v", err)
		}
		again, err := ParseEnvelope(out)
		if err != nil && len(out) <= MaxEventBytes {
			t.Fatalf("accepted, but not when sent again: %v\n%s", err, out)
		}
		if err == nil && (again.ID != env.ID || !again.Time.Equal(env.Time) || !sameJSON(t, again.Detail, env.Detail)) {
			t.Fatalf("changed in a round:\n%+v\n%+v", env, again)
		}
	})
}

// FuzzParse feeds details of any content to the parser of every kind.
func FuzzParse(f *testing.F) {
	all := Kinds()
	for i, k := range all {
		for _, s := range k.Samples() {
			var e struct{ Detail json.RawMessage }
			if err := json.Unmarshal(s.Event, &e); err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), []byte(e.Detail))
		}
	}
	resources := []string{keyARN}
	f.Fuzz(func(t *testing.T, i uint8, detail []byte) {
		k := all[int(i)%len(all)]
		v, err := Parse(Envelope{Source: k.Source, DetailType: k.DetailType, Resources: resources, Detail: detail})
		switch {
		case errors.Is(err, ErrUnknown):
			if k.Name != "kms-call" {
				t.Fatalf("%s is unknown: %v", k.Name, err)
			}
		case err != nil:
			checkInvalid(t, err)
		default:
			checkLossless(t, k, v)
			if c, ok := v.(*KMSCall); ok {
				checkKey(t, c)
			}
		}
	})
}

func checkKey(t *testing.T, c *KMSCall) {
	t.Helper()
	if arn, ok := c.KeyARN("111122223333"); ok {
		if a, err := ParseKeyARN(arn); err != nil || a.String() != arn {
			t.Fatalf("key %q is no key: %v", arn, err)
		}
	}
}

func FuzzPatternMatch(f *testing.F) {
	for _, r := range Routes() {
		p, err := json.Marshal(r.Pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range []string{"tenant-created", "rds-instance.key-accessible", "kms-call.decrypt-denied"} {
			f.Add(p, []byte(sample(f, name).Detail))
		}
	}
	f.Add([]byte(`{"detail":{"a":{"b":[{"anything-but":["x"]},null,true]}}}`), []byte(`{"a":[{"b":[[1]]},null]}`))
	f.Fuzz(func(t *testing.T, pattern, detail []byte) {
		m, err := CompilePattern(pattern)
		if err != nil {
			if !coded.Is(err, coded.Invalid) {
				t.Fatalf("error %v is not invalid", err)
			}
			return
		}
		env := Envelope{Version: "0", Source: "s", DetailType: "d", Detail: detail}
		first := m.Match(env)
		again, err := CompilePattern(pattern)
		if err != nil || again.Match(env) != first {
			t.Fatalf("the same pattern on the same event: %v, then not (%v)", first, err)
		}
	})
}

func FuzzParseKeyARN(f *testing.F) {
	f.Add(keyARN)
	f.Add("arn:aws:kms:us-west-2:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab")
	f.Add("arn:aws:kms:us-west-2:111122223333:alias/x")
	f.Add("arn:aws:kms:::key/")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseKeyARN(s)
		if err != nil {
			if !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
				t.Fatalf("error %v lacks a code or a hint", err)
			}
			return
		}
		if a.String() != s {
			t.Fatalf("%q came back as %q", s, a)
		}
	})
}
