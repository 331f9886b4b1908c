package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"latchkey/shared/keyusage/report"
)

// brokenPart is a record or a file that could not be read.
type brokenPart struct {
	File      string `json:"file"`
	Offset    int64  `json:"offset"` // in the decompressed file
	Reason    string `json:"reason"`
	WholeFile bool   `json:"rest_of_file,omitempty"` // nothing after the offset was read
}

// brokenList holds the first parts.
type brokenList struct {
	parts []brokenPart
	more  int64
}

const (
	maxBroken   = 1000 // held
	toldBroken  = 50   // printed for people
	toldKeys    = 25
	toldUsers   = 15 // of each key
	toldFinding = 20
)

func (l *brokenList) add(part brokenPart) {
	if len(l.parts) >= maxBroken {
		l.more++
		return
	}
	l.parts = append(l.parts, part)
}

func (l *brokenList) sorted() []brokenPart {
	parts := append([]brokenPart{}, l.parts...)
	slices.SortFunc(parts, func(a, b brokenPart) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset))
	})
	return parts
}

// printBroken lists what could not be read.
func printBroken(w io.Writer, r imported) {
	for i, part := range r.Broken {
		if i == toldBroken {
			break
		}
		what := "record"
		if part.WholeFile {
			what = "rest of file"
		}
		fmt.Fprintf(w, "broken: %s: %s at offset %d: %s\n", report.Printable(part.File), what, part.Offset, report.Printable(part.Reason))
	}
	if n := int64(len(r.Broken)-toldBroken) + r.MoreBroken; n > 0 && len(r.Broken) >= toldBroken {
		fmt.Fprintf(w, "broken: and %s more\n", report.Grouped(uint64(n)))
	}
}

// printImport prints the report for people: who uses which key, for what.
func printImport(w io.Writer, c *ledgerImportCmd, r imported) {
	fmt.Fprintf(w, "%s in %s (%.1f MB, %s), %s of AWS KMS\n", report.Plural(r.Records, "record"), report.Plural(r.Files, "file"),
		megabytes(r.Bytes), time.Duration(r.WallMS)*time.Millisecond, report.Grouped(uint64(r.KMSRecords)))
	for _, line := range notes(r) {
		fmt.Fprintln(w, line)
	}
	if r.Uses == 0 {
		fmt.Fprintln(w, "no use of a KMS key in these files")
		return
	}
	rep := r.Report
	fmt.Fprintf(w, "%s of %s by %s from %s to %s UTC; %s denied, %s without a known purpose\n",
		report.Plural(r.Uses, "use"), report.Plural(rep.Totals.Keys, "key"), report.Plural(rep.Totals.Principals, "principal"),
		hourText(rep.From), hourText(rep.Until), report.Grouped(uint64(r.Denied)), report.Grouped(uint64(r.Uses-r.Attributed)))
	for i, k := range rep.Keys.Rows {
		if i == toldKeys {
			break
		}
		printKey(w, rep, k)
	}
	if n := rep.Keys.More + len(rep.Keys.Rows) - toldKeys; n > 0 {
		fmt.Fprintf(w, "\nand %s: --json, --csv and --html have more\n", report.Plural(n, "more key"))
	}
	printFindings(w, rep)
	fmt.Fprintf(w, "  not looked for, as an import knows no tenants and keys: %s\n", strings.Join(rep.RulesOff, ", "))
	for _, name := range []string{c.CSV, c.HTML} {
		if name != "" {
			fmt.Fprintf(w, "\nwritten: %s", report.Printable(name))
		}
	}
	if c.CSV != "" || c.HTML != "" {
		fmt.Fprintln(w)
	}
}

// notes tell what was left out.
func notes(r imported) (lines []string) {
	note := func(n int64, one, more string) {
		if n > 0 {
			lines = append(lines, "  "+report.Plural(n, one)+" "+more)
		}
	}
	note(r.Duplicates, "record", "of AWS KMS came again, and counted once")
	note(int64(r.Digests), "digest file", "left out (digests are not logs)")
	note(int64(r.OtherFiles), "other file", "left out")
	note(r.BrokenRecords, "record", "could not be read")
	note(r.BrokenFiles, "file", "could not be read, or not to the end")
	if !r.RepeatsSince.IsZero() {
		lines = append(lines, "  so many records that repeated ones from before "+hourText(r.RepeatsSince)+" may count twice")
	}
	return lines
}

// printKey prints one key and who used it.
func printKey(w io.Writer, rep *report.Report, k report.Key) {
	name := "calls without a key"
	if k.ARN != "" {
		name = "KEY " + report.Printable(k.ARN)
	}
	fmt.Fprintf(w, "\n%s\n", name)
	fields(w, []field{
		{"  uses", fmt.Sprintf("%s, %s denied, first %s, last %s", report.Grouped(k.Uses), report.Grouped(k.Denied), hourText(k.First), hourText(k.Last))},
		{"  operations", names(k.Operations)},
		{"  purposes", names(k.Purposes)},
	})
	var rows [][]string
	more := 0
	for _, u := range rep.Users.Rows {
		switch {
		case u.Key != k.ARN:
		case len(rows) == toldUsers:
			more++
		default:
			rows = append(rows, []string{"  " + report.Printable(u.Principal), string(u.Purpose), names(u.Operations),
				report.Grouped(u.Uses), report.Grouped(u.Denied), hourText(u.First), hourText(u.Last)})
		}
	}
	table(w, "  principals: see --csv", []string{"  PRINCIPAL", "PURPOSE", "OPERATIONS", "USES", "DENIED", "FIRST USE", "LAST USE"}, rows)
	if more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}

// names lists what was counted, the most first.
func names(l report.List[report.Share]) string {
	var out []string
	for _, s := range l.Rows {
		out = append(out, fmt.Sprintf("%s %s", report.Printable(s.Name), report.Grouped(s.Uses)))
	}
	if l.More > 0 {
		out = append(out, fmt.Sprintf("and %d more", l.More))
	}
	return strings.Join(out, ", ")
}

func printFindings(w io.Writer, rep *report.Report) {
	fmt.Fprintln(w)
	if rep.Totals.Findings == 0 {
		fmt.Fprintln(w, "no findings")
		return
	}
	fmt.Fprintln(w, "FINDINGS")
	for _, k := range rep.Kinds {
		fmt.Fprintf(w, "  %-8s  %s: %s of %s\n", k.Severity, k.Kind, report.Plural(k.Findings, "finding"), report.Plural(k.Uses, "use"))
	}
	fmt.Fprintln(w)
	for i, f := range rep.Findings.Rows {
		if i == toldFinding {
			break
		}
		fmt.Fprintf(w, "  %-8s  %s  %s\n", f.Severity, f.Kind, report.Printable(f.Sentence))
		if len(f.Evidence) > 0 {
			fmt.Fprintf(w, "            first event %s at %s\n", f.Evidence[0].ID, f.Evidence[0].At.Format(time.RFC3339))
		}
	}
	if n := rep.Totals.Findings - toldFinding; n > 0 {
		fmt.Fprintf(w, "  and %d more: --json and --html have more\n", n)
	}
}

func hourText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
