package main

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/report"
)

type ledgerCmd struct {
	Import ledgerImportCmd `cmd:"" help:"Read CloudTrail files of your own: who uses which of your KMS keys, for what. It needs no stack."`
}

type ledgerImportCmd struct {
	Paths []string `arg:"" name:"path" help:"Files (.json, .json.gz), or folders, such as a copy of a trail's AWSLogs."`
	CSV   string   `placeholder:"FILE" help:"Also write a row for each rollup to this file."`
	HTML  string   `placeholder:"FILE" help:"Also write the report as one page to this file."`
	Jobs  int      `default:"0" help:"Files read at a time; 0: one for each processor."`
}

// maxJobs bounds --jobs, and so the memory.
const maxJobs = 64

// imported is what `ledger import --json` prints.
type imported struct {
	Files         int64 `json:"files"`        // read, broken ones too
	BrokenFiles   int64 `json:"broken_files"` // not readable, or not to the end
	Records       int64 `json:"records"`      // of all services
	KMSRecords    int64 `json:"kms_records"`  // of AWS KMS, each once
	Duplicates    int64 `json:"duplicates"`   // records of AWS KMS that came again
	BrokenRecords int64 `json:"broken_records"`
	Uses          int64 `json:"uses"`       // kms_records, and one more for each ReEncrypt
	Attributed    int64 `json:"attributed"` // uses with a known purpose
	Denied        int64 `json:"denied"`
	Findings      int   `json:"findings"`
	Bytes         int64 `json:"bytes"` // decompressed
	WallMS        int64 `json:"wall_ms"`

	Digests      int       `json:"digests_skipped"`
	OtherFiles   int       `json:"other_files_skipped"`
	RepeatsSince time.Time `json:"repeats_forgotten_before,omitzero"` // records of earlier hours may be counted twice

	Broken     []brokenPart   `json:"broken"`
	MoreBroken int64          `json:"more_broken"`
	Report     *report.Report `json:"report"`
}

// Run imports, prints, and writes the files asked for. It fails if nothing
// could be read.
func (c *ledgerImportCmd) Run(a *app) error {
	if c.Jobs < 0 || c.Jobs > maxJobs {
		return coded.Field("jobs", "leave it out for one of each processor", "%d is not a number from 1 to %d", c.Jobs, maxJobs)
	}
	if c.Jobs == 0 {
		c.Jobs = min(runtime.GOMAXPROCS(0), maxJobs)
	}
	for _, name := range []string{c.CSV, c.HTML} {
		if err := checkOutput(name); err != nil {
			return err
		}
	}
	start := time.Now()
	found, err := findTrailFiles(a.ctx, c.Paths)
	if err != nil {
		return err
	}
	imp, err := importFiles(a, found, c.Jobs)
	if err != nil {
		return err
	}
	rep := report.Build(imp.ledger, report.Options{
		Title: "Use of KMS keys, from CloudTrail files", MadeAt: start.UTC().Truncate(time.Second), RulesOff: unknowable(),
	})
	out := imp.result(found, rep)
	if err := c.write(imp.ledger, rep); err != nil {
		return err
	}
	out.WallMS = time.Since(start).Milliseconds()
	printBroken(a.err, out)
	if err := a.print(out, func(w io.Writer) { printImport(w, c, out) }); err != nil {
		return err
	}
	if out.Records == 0 && out.BrokenFiles > 0 {
		return coded.Field("path", "name CloudTrail log files, or a folder that has some", "nothing could be read of %s",
			report.Plural(out.BrokenFiles, "file"))
	}
	return nil
}

// unknowable are the findings that an import cannot make: it knows no tenants.
func unknowable() []string {
	var kinds []string
	for _, k := range keyusage.NeedDirectory() {
		kinds = append(kinds, string(k))
	}
	return kinds
}

// write writes the files asked for.
func (c *ledgerImportCmd) write(l *keyusage.Ledger, rep *report.Report) error {
	if c.CSV != "" {
		if err := writeOutput(c.CSV, func(w io.Writer) error { return report.WriteCSV(w, l, report.Options{}) }); err != nil {
			return err
		}
	}
	if c.HTML != "" {
		return writeOutput(c.HTML, rep.WriteHTML)
	}
	return nil
}

// result says what was imported.
func (imp *importer) result(found trailFiles, rep *report.Report) imported {
	t := imp.ledger.Totals()
	return imported{
		Files: t.Files + imp.unread, BrokenFiles: t.BrokenFiles + imp.unread, Records: t.Records,
		KMSRecords: rep.Input.KMSRecords, Duplicates: t.Duplicates, BrokenRecords: t.BrokenRecords,
		Uses: t.Uses, Attributed: t.Attributed, Denied: t.Denied, Findings: rep.Totals.Findings, Bytes: t.Bytes,
		Digests: found.digests, OtherFiles: found.others, RepeatsSince: imp.forgotten,
		Broken: imp.broken.sorted(), MoreBroken: imp.broken.more, Report: rep,
	}
}

// asImportError explains an error that ends an import.
func asImportError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return coded.Wrap(coded.Internal, err, "the import was stopped")
	case errors.Is(err, keyusage.ErrFull):
		return &coded.Error{Code: coded.Invalid, Field: "path", Message: "these files hold more than " +
			report.Grouped(keyusage.DefaultMaxGroups) + " combinations of key, operation, principal, outcome and hour",
			Hint: "import fewer at a time: a month, a Region or an account", Err: err}
	default:
		return err
	}
}
