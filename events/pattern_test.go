package events

import (
	"encoding/json"
	"testing"
	"time"

	"latchkey/shared/coded"
)

func TestCompilePattern_Semantics(t *testing.T) {
	for _, c := range []struct {
		name, pattern, detail string
		want                  bool
	}{
		{"exact", `{"detail":{"a":["x","y"]}}`, `{"a":"y"}`, true},
		{"exact is case-sensitive", `{"detail":{"a":["x"]}}`, `{"a":"X"}`, false},
		{"exact on a missing member", `{"detail":{"a":["x"]}}`, `{"b":"x"}`, false},
		{"exact string against number", `{"detail":{"a":["1"]}}`, `{"a":1}`, false},
		{"boolean", `{"detail":{"a":[true]}}`, `{"a":true}`, true},
		{"boolean against its name", `{"detail":{"a":[true]}}`, `{"a":"true"}`, false},
		{"all members must match", `{"detail":{"a":["x"],"b":["y"]}}`, `{"a":"x","b":"z"}`, false},
		{"element of a list", `{"detail":{"a":["x"]}}`, `{"a":["z","x"]}`, true},
		{"no element of a list", `{"detail":{"a":["x"]}}`, `{"a":["z"]}`, false},
		{"list in a list", `{"detail":{"a":["x"]}}`, `{"a":[["x"]]}`, true},
		{"nested", `{"detail":{"a":{"b":["x"]}}}`, `{"a":{"b":"x"}}`, true},
		{"nested in a scalar", `{"detail":{"a":{"b":["x"]}}}`, `{"a":"x"}`, false},
		{"nested in a list of objects", `{"detail":{"a":{"b":["x"]}}}`, `{"a":[{"b":"y"},{"b":"x"}]}`, true},
		{"two members of one element", `{"detail":{"a":{"b":["x"],"c":["y"]}}}`, `{"a":[{"b":"x","c":"y"}]}`, true},
		{"two members of two elements", `{"detail":{"a":{"b":["x"],"c":["y"]}}}`, `{"a":[{"b":"x"},{"c":"y"}]}`, false},
		{"null", `{"detail":{"a":[null]}}`, `{"a":null}`, true},
		{"null on a missing member", `{"detail":{"a":[null]}}`, `{}`, false},
		{"null against empty", `{"detail":{"a":[null]}}`, `{"a":""}`, false},
		{"empty string", `{"detail":{"a":[""]}}`, `{"a":""}`, true},
		{"prefix", `{"detail":{"a":[{"prefix":"Access"}]}}`, `{"a":"AccessDenied"}`, true},
		{"prefix of another", `{"detail":{"a":[{"prefix":"Access"}]}}`, `{"a":"NoAccess"}`, false},
		{"prefix on a number", `{"detail":{"a":[{"prefix":"1"}]}}`, `{"a":12}`, false},
		{"prefix or exact", `{"detail":{"a":[{"prefix":"z"},"x"]}}`, `{"a":"x"}`, true},
		{"anything but", `{"detail":{"a":[{"anything-but":"x"}]}}`, `{"a":"y"}`, true},
		{"anything but, the same", `{"detail":{"a":[{"anything-but":"x"}]}}`, `{"a":"x"}`, false},
		{"anything but a list", `{"detail":{"a":[{"anything-but":["x","y"]}]}}`, `{"a":"y"}`, false},
		{"anything but, missing", `{"detail":{"a":[{"anything-but":"x"}]}}`, `{}`, false},
		{"anything but, number", `{"detail":{"a":[{"anything-but":"x"}]}}`, `{"a":7}`, true},
		{"anything but, in a list", `{"detail":{"a":[{"anything-but":"x"}]}}`, `{"a":["x","y"]}`, true},
		{"exists", `{"detail":{"a":[{"exists":true}]}}`, `{"a":false}`, true},
		{"exists, null", `{"detail":{"a":[{"exists":true}]}}`, `{"a":null}`, true},
		{"exists, missing", `{"detail":{"a":[{"exists":true}]}}`, `{}`, false},
		{"exists on an object", `{"detail":{"a":[{"exists":true}]}}`, `{"a":{"b":1}}`, false},
		{"exists on an empty list", `{"detail":{"a":[{"exists":true}]}}`, `{"a":[]}`, false},
		{"does not exist", `{"detail":{"a":[{"exists":false}]}}`, `{"b":1}`, true},
		{"does not exist, null", `{"detail":{"a":[{"exists":false}]}}`, `{"a":null}`, false},
		{"does not exist below what is missing", `{"detail":{"a":{"b":[{"exists":false}]}}}`, `{}`, true},
		{"missing or x", `{"detail":{"a":["x",{"exists":false}]}}`, `{}`, true},
		{"missing or x, other", `{"detail":{"a":["x",{"exists":false}]}}`, `{"a":"y"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := CompilePattern([]byte(c.pattern))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Match(Envelope{Detail: json.RawMessage(c.detail)}); got != c.want {
				t.Errorf("%s on %s: %v", c.pattern, c.detail, got)
			}
		})
	}
}

func TestMatcher_Envelope(t *testing.T) {
	env := Envelope{Version: "0", ID: "e-1", Source: "aws.rds", DetailType: "x", Region: "eu-west-1", Account: "111122223333",
		Time: time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC), Resources: []string{"a", "b"}, Detail: []byte(`{}`)}
	for pattern, want := range map[string]bool{
		`{"source":["aws.rds"]}`:                              true,
		`{"source":["aws.rds"],"region":["us-east-1"]}`:       false,
		`{"account":["111122223333"],"id":["e-1"]}`:           true,
		`{"resources":["b"]}`:                                 true,
		`{"resources":["c"]}`:                                 false,
		`{"time":["2026-03-02T09:15:00Z"],"version":["0"]}`:   true,
		`{"detail-type":[{"prefix":"x"}]}`:                    true,
		`{"replay-name":[{"exists":false}]}`:                  true,
		`{"replay-name":["r"]}`:                               false,
		`{"source":["aws.rds"],"detail":{"a":["x"]}}`:         false,
		`{"detail":{"a":[{"exists":false}]},"source":["no"]}`: false,
	} {
		m, err := CompilePattern([]byte(pattern))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Match(env); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
	env.Account = ""
	m, err := CompilePattern([]byte(`{"account":[{"exists":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if m.Match(env) {
		t.Error("an account that was left out exists")
	}
}

func TestCompilePattern_Refused(t *testing.T) {
	for name, pattern := range map[string]string{
		"empty":                   ``,
		"not JSON":                `{`,
		"two":                     `{"a":["x"]}{}`,
		"a list":                  `["x"]`,
		"no members":              `{}`,
		"empty object":            `{"detail":{}}`,
		"value without list":      `{"source":"x"}`,
		"empty list":              `{"source":[]}`,
		"number":                  `{"detail":{"a":[1]}}`,
		"list in list":            `{"detail":{"a":[["x"]]}}`,
		"$or":                     `{"$or":[{"a":["x"]},{"b":["y"]}]}`,
		"$or below":               `{"detail":{"$or":[{"a":["x"]}]}}`,
		"suffix":                  `{"detail":{"a":[{"suffix":"x"}]}}`,
		"wildcard":                `{"detail":{"a":[{"wildcard":"x*"}]}}`,
		"numeric":                 `{"detail":{"a":[{"numeric":["=",1]}]}}`,
		"cidr":                    `{"detail":{"a":[{"cidr":"10.0.0.0/8"}]}}`,
		"equals-ignore-case":      `{"detail":{"a":[{"equals-ignore-case":"x"}]}}`,
		"prefix ignoring case":    `{"detail":{"a":[{"prefix":{"equals-ignore-case":"x"}}]}}`,
		"anything-but a prefix":   `{"detail":{"a":[{"anything-but":{"prefix":"x"}}]}}`,
		"anything-but numbers":    `{"detail":{"a":[{"anything-but":[1]}]}}`,
		"anything-but of nothing": `{"detail":{"a":[{"anything-but":[]}]}}`,
		"exists with a string":    `{"detail":{"a":[{"exists":"yes"}]}}`,
		"two operators":           `{"detail":{"a":[{"prefix":"x","exists":true}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := CompilePattern([]byte(pattern))
			if !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
				t.Errorf("got %v, want an invalid error with a hint", err)
			}
		})
	}
}

func TestPattern_MarshalJSON(t *testing.T) {
	p := Pattern{"source": anyOf("a", "b"), "detail": Pattern{"x": Any{Prefix("p"), Exists(false), AnythingBut{"q"}, true, nil}}}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"detail":{"x":[{"prefix":"p"},{"exists":false},{"anything-but":["q"]},true,null]},"source":["a","b"]}`
	if string(b) != want {
		t.Errorf("got %s\nwant %s", b, want)
	}
	if _, err := p.Compile(); err != nil {
		t.Error(err)
	}
}
