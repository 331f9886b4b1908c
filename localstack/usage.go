package main

import (
	"fmt"
	"io"
	"time"

	"latchkey/localstack/client"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/report"
	"latchkey/shared/keyusage/usage"
)

type usageCmd struct {
	Tenant string `arg:"" help:"Tenant id."`
	From   string `placeholder:"TIME" help:"First day or hour, such as 2026-03-01 or 2026-03-01T08:00:00Z; without it, seven days before the end."`
	To     string `placeholder:"TIME" help:"End, itself left out; without it, now."`
	CSV    string `placeholder:"FILE" help:"Also write a row for each rollup to this file."`
	HTML   string `placeholder:"FILE" help:"Also write the report as one page to this file."`
}

// Run prints what a tenant's keys were used for.
func (c *usageCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	// One answer for all that is printed and written, so that the forms are of the
	// very same moment.
	all, err := a.client.UsageReport(a.ctx, c.Tenant, client.Span{From: c.From, To: c.To})
	if err != nil {
		return err
	}
	rep := all.Report
	if err := c.write(all); err != nil {
		return err
	}
	return a.print(rep, func(w io.Writer) {
		printKeyUsage(w, rep)
		for _, name := range []string{c.CSV, c.HTML} {
			if name != "" {
				fmt.Fprintf(w, "\nwritten: %s", report.Printable(name))
			}
		}
		if c.CSV != "" || c.HTML != "" {
			fmt.Fprintln(w)
		}
	})
}

func (c *usageCmd) write(all usage.Bundle) error {
	if c.CSV != "" {
		err := writeOutput(c.CSV, func(w io.Writer) error { _, err := io.WriteString(w, all.CSV); return err })
		if err != nil {
			return err
		}
	}
	if c.HTML == "" {
		return nil
	}
	return writeOutput(c.HTML, all.Report.WriteHTML)
}

func (c *usageCmd) check() error {
	var times [2]time.Time
	for i, t := range []struct{ field, text string }{{"from", c.From}, {"to", c.To}} {
		if t.text == "" {
			continue
		}
		var err error
		if times[i], err = usage.ParseInstant(t.field, t.text); err != nil {
			return err
		}
	}
	if c.From != "" && c.To != "" && !times[0].Before(times[1]) {
		return coded.Field("to", "give a time after --from", "%s is not after %s", c.To, c.From)
	}
	for _, name := range []string{c.CSV, c.HTML} {
		if err := checkOutput(name); err != nil {
			return err
		}
	}
	return nil
}

// toldShares is how many rows of each list are printed for people.
const toldShares = 12

func printKeyUsage(w io.Writer, r *report.Report) {
	fmt.Fprintf(w, "use of the keys of %s, %s to %s UTC\n", r.Tenant, hourText(r.From), hourText(r.Until))
	t := r.Totals
	if t.Uses == 0 {
		fmt.Fprintln(w, "no use in this time; CloudTrail delivers some minutes after a use")
	} else {
		fmt.Fprintf(w, "%s of %s by %s; %s denied, %s without a known purpose\n", report.Plural(int64(t.Uses), "use"), report.Plural(t.Keys, "key"),
			report.Plural(t.Principals, "principal"), report.Grouped(t.Denied), report.Grouped(t.Uses-t.Attributed))
	}
	fmt.Fprintln(w, provedText(r.Proof))
	for _, kind := range r.RulesOff {
		fmt.Fprintf(w, "findings of the kind %s are not looked for: the rule is off\n", report.Printable(kind))
	}
	for _, list := range []struct {
		title string
		rows  report.List[report.Share]
	}{{"OPERATION", r.Operations}, {"PRINCIPAL", r.Principals}, {"DATABASE", r.Databases}, {"PURPOSE", r.Purposes}} {
		printShares(w, list.title, list.rows)
	}
	printDenied(w, r)
	if t.Uses > 0 {
		printFindings(w, r)
	}
	printTimeline(w, r)
}

func provedText(p *report.Proof) string {
	switch {
	case p == nil:
		return "no hour is proved: there is no digest yet"
	case p.Proved == p.Hours:
		return fmt.Sprintf("all %s proved complete by CloudTrail's digests", report.Plural(p.Hours, "hour"))
	}
	return fmt.Sprintf("%d of %s proved complete by CloudTrail's digests", p.Proved, report.Plural(p.Hours, "hour"))
}

func printShares(w io.Writer, title string, list report.List[report.Share]) {
	if len(list.Rows) == 0 {
		return
	}
	short := report.Cut(list, toldShares)
	var rows [][]string
	for _, s := range short.Rows {
		rows = append(rows, []string{report.Printable(s.Name), report.Grouped(s.Uses), report.Grouped(s.Denied), hourText(s.First), hourText(s.Last)})
	}
	fmt.Fprintln(w)
	table(w, "", []string{title, "USES", "DENIED", "FIRST USE", "LAST USE"}, rows)
	if short.More > 0 {
		fmt.Fprintf(w, "and %d more\n", short.More)
	}
}

func printDenied(w io.Writer, r *report.Report) {
	if len(r.Denied.Rows) == 0 {
		return
	}
	var rows [][]string
	for i, d := range r.Denied.Rows {
		if i == toldShares {
			break
		}
		rows = append(rows, []string{d.Operation, d.ErrorCode, report.Grouped(d.Uses), report.Printable(d.Principal), hourText(d.First), hourText(d.Last)})
	}
	fmt.Fprintln(w)
	table(w, "", []string{"DENIED", "BECAUSE", "CALLS", "PRINCIPAL", "FIRST", "LAST"}, rows)
	if n := r.Denied.More + len(r.Denied.Rows) - len(rows); n > 0 {
		fmt.Fprintf(w, "and %d more\n", n)
	}
}

func printTimeline(w io.Writer, r *report.Report) {
	if len(r.Timeline.Rows) == 0 {
		return
	}
	var rows [][]string
	for _, c := range r.Timeline.Rows {
		rows = append(rows, []string{c.At.UTC().Format("2006-01-02 15:04:05"), c.From, c.To, yes(c.Locked), c.Cause, c.Source, report.Printable(c.Key)})
	}
	fmt.Fprintln(w)
	table(w, "", []string{"TIMELINE", "FROM", "TO", "LOCKED", "CAUSE", "SOURCE", "KEY"}, rows)
}
