package events

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/events/schema"
)

// TestSchemas loads everything that is loaded lazily: a keyword that is not
// supported, a reference to nowhere or a broken pattern shows here.
func TestSchemas(t *testing.T) {
	if err := schemas.Verify(); err != nil {
		t.Error(err)
	}
	used := []string{"defs"}
	for _, k := range Kinds() {
		used = append(used, k.Schema)
	}
	for _, name := range schemaNames() {
		if !slices.Contains(used, name) {
			t.Errorf("no kind uses schema %s", name)
		}
	}
}

func decoded(t testing.TB, detail []byte) any {
	t.Helper()
	v, err := schema.Decode(detail)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestCheck_Samples: every sample is judged by every schema as the reference does.
func TestCheck_Samples(t *testing.T) {
	for _, s := range Samples() {
		v := decoded(t, sample(t, s.Name).Detail)
		for _, name := range schemaNames() {
			compare(t, name, v)
		}
	}
}

func TestCheck_BrokenDetails(t *testing.T) {
	for _, c := range brokenDetails() {
		v := decoded(t, with(t, sample(t, c.sample), c.set).Detail)
		for _, name := range schemaNames() {
			t.Run(c.name+"/"+name, func(t *testing.T) { compare(t, name, v) })
		}
	}
}

// oddities are values at the edges of what schemas say.
func oddities() []any {
	n := func(s string) any { return json.Number(s) }
	list := func(n int) []any { return slices.Repeat([]any{"a"}, n) }
	out := []any{nil, true, "", "a", "1", "ü", "A", "a\n", map[string]any{}, []any{}, map[string]any{"a b": "x", "ok": 1}, list(1), list(2), list(51),
		[]any{"a", "b"}, []any{n("1"), n("1.0"), "1"}, []any{"x.example.com", "x.example.com"}, []any{n("1e99999999999"), n("1e99999999999")}, []any{map[string]any{"ARN": 1}},
		n("0"), n("-0"), n("1"), n("-1"), n("1.0"), n("1.5"), n("1e2"), n("100e-2"), n("1e-1"), n("0e99999"), n("365"), n("366"),
		n("9007199254740991"), n("9007199254740992"), n("9223372036854775808"), n("-9223372036854775809"), n("1e400"), n("1E-400"), n("1e1000001"), n("1e99999999999999999999"),
		"2026-01-31T10:15:00Z", "2026-01-31t10:15:00z", "2026-02-31T10:15:00Z", "2026-01-31T10:15:60Z", "2016-12-31T23:59:60Z", "2026-01-31T24:00:00Z",
		"2026-01-31T10:15:00.123456789Z", "2026-01-31T10:15:00.1234567890Z", "2026-01-31T10:15:00+24:00", "2026-01-31T10:15:00+23:59", "2026-01-31 10:15:00Z", "0026-01-31T10:15:00Z",
		keyARN, "US", "eu-central-1", "kms.amazonaws.com", "shared", "RDS-EVENT-0001", "a-b", "-ab", "a.b.example.com"}
	for _, n := range []int{2, 3, 32, 33, 40, 41, 63, 64, 65, 128, 129, 200, 201, 256, 257, 1024, 1025, 4096, 4097, 32769} {
		out = append(out, strings.Repeat("é", n), strings.Repeat("a", n))
	}
	return out
}

// TestCheck_Oddities puts every oddity into every place of a sample of every schema.
func TestCheck_Oddities(t *testing.T) {
	values, valid, invalid := oddities(), 0, 0
	for _, k := range Kinds() {
		env, err := ParseEnvelope(k.Samples()[0].Event)
		if err != nil {
			t.Fatal(err)
		}
		for i := range places(decoded(t, env.Detail)) {
			for _, x := range values {
				v := decoded(t, env.Detail)
				places(v)[i](x)
				if compare(t, k.Schema, v) {
					valid++
				} else {
					invalid++
				}
			}
		}
	}
	if valid < 1000 || invalid < 1000 {
		t.Errorf("%d valid and %d invalid values show little", valid, invalid)
	}
}

// TestParse_LargeIntegers: no digit is lost on the way.
func TestParse_LargeIntegers(t *testing.T) {
	const largest = 9007199254740991
	v, err := Parse(with(t, sample(t, "tenant-created"), map[string]any{"sequence": json.Number("9007199254740991")}))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.(*TenantCreated).Sequence; got != largest {
		t.Errorf("sequence %d, want %d", got, int64(largest))
	}
	_, err = Parse(with(t, sample(t, "tenant-created"), map[string]any{"sequence": json.Number("9007199254740992")}))
	wantField(t, err, "detail.sequence")
	if !strings.Contains(err.Error(), "is 9007199254740992, at most 9007199254740991 is allowed") {
		t.Errorf("message %q is not exact", err)
	}
}

// TestParse_Deep: JSON nested as deep as an event can be is refused, not followed.
func TestParse_Deep(t *testing.T) {
	env := sample(t, "tenant-created")
	const deep = 12000
	env.Detail = []byte(`{"version":"1","x":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`)
	_, err := Parse(env)
	wantField(t, err, "detail")
	if errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}
