package main

import (
	"strings"
	"testing"
)

// TestPrint_hostile holds that no text of others moves the terminal's cursor, and
// that none is cut.
func TestPrint_hostile(t *testing.T) {
	long := strings.Repeat("x", 1000)
	value := "\x1b[2J\u202e\n\t" + long
	want := `\x1b[2J\u202e\n\t` + long
	var table1, fields1 strings.Builder
	table(&table1, "none", []string{"EDITION", "SEATS"}, [][]string{{value, ""}})
	fields(&fields1, []field{{"edition", value}, {"seats", ""}})
	for out, expect := range map[string]string{
		table1.String():  "EDITION" + strings.Repeat(" ", len(want)-len("EDITION")+2) + "SEATS\n" + want + "  -\n",
		fields1.String(): "edition  " + want + "\n",
	} {
		if out != expect {
			t.Errorf("printed %q, want %q", out, expect)
		}
	}

	var problem strings.Builder
	printProblem(&problem, "an event", "the first\nthe second \x1b[2J", "")
	if got := problem.String(); got != "error: an event: the first\nthe second \\x1b[2J\n" {
		t.Errorf("printed %q", got)
	}
}
