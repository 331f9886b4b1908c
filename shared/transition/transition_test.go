package transition_test

import (
	"reflect"
	"strings"
	"testing"

	"latchkey/shared/transition"
)

type phase string

var lamp = transition.Table[phase]{
	{"", "off", "made"},
	{"off", "on-bright", "switched: by hand"},
	{"off", "on-bright", "timer; at dusk"},
	{"on-bright", "off", "switched off"},
	{"on-bright", "broken", ""},
}

func TestTable_Allowed(t *testing.T) {
	cases := []struct {
		from, to phase
		want     bool
	}{
		{"", "off", true},
		{"", "broken", false},
		{"", "", false},
		{"off", "on-bright", true},
		{"on-bright", "broken", true},
		{"broken", "off", false},
		{"off", "broken", false},
		{"off", "off", true},
		{"broken", "broken", true},
		{"never-heard-of", "never-heard-of", false},
	}
	for _, c := range cases {
		t.Run(string(c.from)+"→"+string(c.to), func(t *testing.T) {
			if got := lamp.Allowed(c.from, c.to); got != c.want {
				t.Errorf("Allowed = %v, want %v", got, c.want)
			}
			if err := lamp.Check(c.from, c.to); (err == nil) != c.want {
				t.Errorf("Check = %v, want an error: %v", err, !c.want)
			}
		})
	}
}

func TestTable_States(t *testing.T) {
	if got, want := lamp.States(), []phase{"off", "on-bright", "broken"}; !reflect.DeepEqual(got, want) {
		t.Errorf("States = %v, want %v", got, want)
	}
	if !lamp.Final("broken") || lamp.Final("off") || lamp.Final("never-heard-of") {
		t.Error("Final: only broken is")
	}
	if got := lamp.Unreachable(); got != nil {
		t.Errorf("Unreachable = %v, want none", got)
	}
	island := append(transition.Table[phase]{{"rust", "dust", ""}}, lamp...)
	if got, want := island.Unreachable(), []phase{"rust", "dust"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Unreachable = %v, want %v", got, want)
	}
}

func TestTable_Mermaid(t *testing.T) {
	want := strings.TrimPrefix(`
stateDiagram-v2
    state "off" as off
    state "on-bright" as on_bright
    state "broken" as broken
    [*] --> off : made
    off --> on_bright : switched, by hand, or timer, at dusk
    on_bright --> off : switched off
    on_bright --> broken
    broken --> [*]
`, "\n")
	if got := lamp.Mermaid(); got != want {
		t.Errorf("Mermaid =\n%s\nwant\n%s", got, want)
	}
}
