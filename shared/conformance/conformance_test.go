package conformance

import (
	"slices"
	"strings"
	"testing"
)

func TestException_judge(t *testing.T) {
	e := &Exception{Case: "Use/disabled", Shows: "served", Reason: "it does"}
	for name, c := range map[string]struct {
		failures []string
		says     string
	}{
		"fails as listed": {[]string{"the key is served", "served again"}, ""},
		"passes":          {nil, "take the exception"},
		"fails otherwise": {[]string{"the key is served", "connection refused"}, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			err := e.judge(c.failures)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestFit(t *testing.T) {
	ok := Exception{Case: "a/*", Shows: "x", Reason: "y"}
	for name, c := range map[string]struct {
		names      []string
		exceptions []Exception
		says       string
	}{
		"none":        {[]string{"a", "b"}, nil, ""},
		"prefix":      {[]string{"a/1", "a/2", "b"}, []Exception{ok}, ""},
		"same name":   {[]string{"a", "a"}, nil, "taken"},
		"no name":     {[]string{""}, nil, "empty"},
		"for no case": {[]string{"b"}, []Exception{ok}, "for no case"},
		"covered":     {[]string{"a/1"}, []Exception{ok, {Case: "a/1", Shows: "x", Reason: "y"}}, "before it"},
		"no reason":   {[]string{"a/1"}, []Exception{{Case: "a/1", Shows: "x"}}, "its reason"},
		"shows what":  {[]string{"a/1"}, []Exception{{Case: "a/1", Reason: "y"}}, "show"},
	} {
		t.Run(name, func(t *testing.T) {
			err := fit(c.names, c.exceptions)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestRecord(t *testing.T) {
	for name, c := range map[string]struct {
		run  func(*T)
		want []string
	}{
		"passes": {func(*T) {}, nil},
		"goes on": {func(t *T) {
			t.Errorf("a %d", 1)
			t.Error("b")
		}, []string{"a 1", "b"}},
		"ends": {func(t *T) {
			t.Fatalf("a")
			t.Error("b")
		}, []string{"a"}},
		"ends at once": {func(t *T) {
			t.FailNow()
			t.Error("b")
		}, []string{"the case failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := record(t, c.run); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestRun_excepted holds that a case that fails as listed does not fail the
// test, and that every case gets a world of its own.
func TestRun_excepted(t *testing.T) {
	worlds, ran := 0, []string{}
	Run(t, func(*testing.T) int { worlds++; return worlds }, []Case[int]{
		{"passes", func(_ *T, w int) { ran = append(ran, "passes") }},
		{"fails", func(t *T, w int) { ran = append(ran, "fails"); t.Fatalf("world %d is flat", w) }},
	}, Exception{Case: "fails", Shows: "is flat", Reason: "this one is"})
	if worlds != 2 || !slices.Equal(ran, []string{"passes", "fails"}) {
		t.Errorf("%d worlds, ran %v", worlds, ran)
	}
}
