package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		says string // on standard error
	}{
		"nothing given": {nil, 0, ""},
		"preset":        {[]string{"-platform-account", "111122223333", "-intake-bus", "latchkey-intake-2"}, 0, ""},
		"bad account":   {[]string{"-platform-account", "12"}, 1, "hint: give the 12 digits"},
		"bad bus":       {[]string{"-intake-bus", "a b"}, 1, "hint: give the name of an intake bus"},
		"an argument":   {[]string{"out.json"}, 2, "hint: give flags only"},
		"unknown flag":  {[]string{"-out", "x"}, 2, "not defined"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(test.args, &out, &errs); code != test.code {
				t.Errorf("exit code %d, want %d: %s", code, test.code, errs.String())
			}
			if !strings.Contains(errs.String(), test.says) {
				t.Errorf("says %q", errs.String())
			}
			if (test.code == 0) != json.Valid(out.Bytes()) {
				t.Errorf("wrote %.80q", out.String())
			}
		})
	}
}
