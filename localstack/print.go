package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/report"
)

// toldError ends a command that has already told what is wrong: exit code 1 and
// no more words.
type toldError struct{}

func (*toldError) Error() string { return "told already" }

// printError prints an error and what to do about it; further lines of a hint
// are printed as they are, to be copied.
func printError(w io.Writer, err error) {
	printProblem(w, "", errorText(err), coded.Hint(err))
}

// errorText returns an error without the causes that an internal one hides.
func errorText(err error) string {
	var e *coded.Error
	if errors.As(err, &e) && e.Field != "" && !strings.Contains(err.Error(), e.Field) {
		return e.Field + ": " + err.Error()
	}
	return err.Error()
}

func printProblem(w io.Writer, about, message, hint string) {
	if about != "" {
		message = about + ": " + message
	}
	fmt.Fprintf(w, "error: %s\n", spelt(message))
	if hint != "" {
		fmt.Fprintf(w, "hint: %s\n", spelt(hint))
	}
}

// spelt spells out what is hidden in each line of a text, which may quote what
// somebody sent.
func spelt(text string) string {
	all := strings.Split(text, "\n")
	for i, line := range all {
		all[i] = report.Spelt(line)
	}
	return strings.Join(all, "\n")
}

func printUsage(w io.Writer, err error) {
	printProblem(w, "", err.Error(), "see `localstack --help`, or --help after a command")
}

// print prints v as JSON where that is asked for, else what human writes.
func (a *app) print(v any, human func(w io.Writer)) error {
	if a.json {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	human(a.out)
	return nil
}

// table writes rows in columns, with what cannot be seen spelt out: the texts are
// other people's. Without rows it says so.
func table(w io.Writer, none string, header []string, rows [][]string) {
	if len(rows) == 0 {
		fmt.Fprintln(w, none)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(header, "\t"))
	for _, r := range rows {
		shown := make([]string, len(r))
		for i, cell := range r {
			shown[i] = cmp.Or(report.Spelt(cell), "-")
		}
		fmt.Fprintln(t, strings.Join(shown, "\t"))
	}
	t.Flush()
}

// field is one line of what a show command prints; one without a value is
// left out.
type field struct{ name, value string }

// fields writes them below each other, spelt out as in a table.
func fields(w io.Writer, list []field) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range list {
		if f.value != "" {
			fmt.Fprintf(t, "%s\t%s\n", report.Spelt(f.name), report.Spelt(f.value))
		}
	}
	t.Flush()
}

// at returns a time in UTC with how far it is from the stack's time, and ""
// for none.
func (a *app) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	s := t.UTC().Format("2006-01-02 15:04:05")
	now := a.client.Now()
	if now.IsZero() {
		return s
	}
	if d := t.Sub(now); d > 0 {
		return s + " (in " + span(d) + ")"
	}
	return s + " (" + span(now.Sub(t)) + " ago)"
}

// span writes a duration in its two largest units.
func span(d time.Duration) string {
	d = d.Truncate(time.Second)
	days, hours, minutes, seconds := d/(24*time.Hour), d/time.Hour%24, d/time.Minute%60, d/time.Second%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm %ds", minutes, seconds)
	}
	return fmt.Sprintf("%ds", seconds)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
