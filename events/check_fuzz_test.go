package events

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"latchkey/events/schema"
)

// FuzzCheck compares with the reference on JSON of any content.
func FuzzCheck(f *testing.F) {
	names := schemaNames()
	for _, s := range Samples() {
		env := sample(f, s.Name)
		k, _ := KindOf(env)
		f.Add(uint8(slices.Index(names, k.Schema)), []byte(env.Detail))
	}
	f.Fuzz(func(t *testing.T, i uint8, detail []byte) {
		v, err := schema.Decode(detail)
		if err != nil {
			return
		}
		compare(t, names[int(i)%len(names)], v)
	})
}

// FuzzCheck_Edited compares on samples with some of their members and elements
// replaced, added or taken away, as the bytes of script say.
func FuzzCheck_Edited(f *testing.F) {
	var samples []Envelope
	for i, s := range Samples() {
		samples = append(samples, sample(f, s.Name))
		f.Add(uint16(i), []byte{byte(i), byte(i / 2), byte(i * 3)}, "a", int64(i))
		f.Add(uint16(i), []byte{byte(i), byte(7 * i), byte(5 * i), byte(i), byte(i / 3), byte(11 * i)}, "2026-01-31T10:15:00Z", int64(-i))
	}
	odd := oddities()
	f.Fuzz(func(t *testing.T, i uint16, script []byte, s string, n int64) {
		env := samples[int(i)%len(samples)]
		v := decoded(t, env.Detail)
		values := append(slices.Clone(odd), s, json.Number(strconv.FormatInt(n, 10)), []any{s, s}, map[string]any{s: s})
		for ; len(script) >= 3; script = script[3:] {
			at := places(v)
			x := values[int(script[1])%len(values)]
			if script[2]%4 == 0 {
				x = removed
			}
			at[int(script[0])%len(at)](fresh(t, x))
		}
		again := decoded(t, encoded(t, v))
		k, _ := KindOf(env)
		compare(t, k.Schema, again)
	})
}

type removal struct{}

// removed takes a member away where a setter of places is given it.
var removed any = removal{}

// fresh copies a value, so that no list or object is in two places.
func fresh(t testing.TB, v any) any {
	t.Helper()
	if v == removed {
		return v
	}
	return decoded(t, encoded(t, v))
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// places returns setters of every member and element of a value, in a stable
// order, and one that adds a member to each object. Given removed they take a
// member away and make an element null.
func places(v any) []func(any) {
	var out []func(any)
	switch v := v.(type) {
	case map[string]any:
		out = append(out, func(x any) {
			if x != removed {
				v["added"] = x
			}
		})
		for _, name := range sortedNames(v) {
			out = append(out, func(x any) {
				if v[name] = x; x == removed {
					delete(v, name)
				}
			})
			out = append(out, places(v[name])...)
		}
	case []any:
		for i := range v {
			out = append(out, func(x any) {
				if v[i] = x; x == removed {
					v[i] = nil
				}
			})
			out = append(out, places(v[i])...)
		}
	}
	return out
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
