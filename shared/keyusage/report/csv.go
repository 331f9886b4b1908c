package report

import (
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"latchkey/shared/keyusage"
)

// csvHeader names the columns of WriteCSV.
var csvHeader = []string{
	"hour", "tenant", "database", "purpose", "key_arn", "key_material", "operation", "principal", "via", "provider",
	"outcome", "error_code", "foreign_tenant", "wrong_region", "key_known", "without_context", "uses",
}

// csvBatch is how many rollups are held at a time; an hour is held whole.
const csvBatch = 100_000

// WriteCSV writes a row for each rollup within the options' tenant and time,
// under a header, as RFC 4180 has it: CRLF, quotes where needed. Rows are
// sorted by their columns from left to right, so the same ledger gives the same
// bytes. Errors are w's.
//
// A cell that a spreadsheet would take for a formula gets a leading apostrophe
// [OWASP, CSV Injection]; a carriage return inside a cell is dropped. A tenant's own
// rows name no other tenant.
func WriteCSV(w io.Writer, src Source, opt Options) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	b := newBuilder(opt)
	for _, limit := range hourBatches(src, b) {
		var rows [][]string
		src.Each(func(r keyusage.Rollup) {
			if hour := r.Hour.Unix() / 3600; hour >= limit.first && hour <= limit.last && b.covers(&r) {
				if opt.Tenant != "" && r.Foreign != "" {
					r.Foreign = keyusage.OtherTenant
				}
				rows = append(rows, csvRow(&r))
			}
		})
		slices.SortFunc(rows, slices.Compare[[]string])
		if err := out.WriteAll(rows); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// hourRange is hours since 1970, both included.
type hourRange struct{ first, last int64 }

// hourBatches divides the hours so that each part has about csvBatch rollups.
func hourBatches(src Source, b *builder) []hourRange {
	sizes := map[int64]int{}
	src.Each(func(r keyusage.Rollup) {
		if b.covers(&r) {
			sizes[r.Hour.Unix()/3600]++
		}
	})
	var parts []hourRange
	size := csvBatch
	for _, hour := range slices.Sorted(maps.Keys(sizes)) {
		if size += sizes[hour]; size > csvBatch {
			parts = append(parts, hourRange{first: hour})
			size = sizes[hour]
		}
		parts[len(parts)-1].last = hour
	}
	return parts
}

func csvRow(r *keyusage.Rollup) []string {
	return []string{
		r.Hour.Format("2006-01-02T15:04:05Z"), plainCell(r.Tenant), plainCell(r.Database), string(r.Purpose),
		plainCell(r.KeyARN), plainCell(r.Material), plainCell(r.Operation),
		plainCell(r.Principal.ID), plainCell(r.Principal.Via), plainCell(r.Principal.Provider),
		string(r.Outcome()), plainCell(r.ErrorCode), plainCell(r.Foreign), plainCell(r.WrongRegion),
		strconv.FormatBool(r.Known), strconv.FormatBool(r.Bare), strconv.FormatUint(r.Count, 10),
	}
}

// formulaStarts begin a formula, also in their full-width forms, which some
// spreadsheets take for the same.
const formulaStarts = "=+-@\t\r\n|%＝＋－＠"

func plainCell(s string) string {
	if t := strings.TrimLeft(s, " \u00a0"); t != "" && strings.ContainsRune(formulaStarts, []rune(t[:min(len(t), 4)])[0]) {
		return "'" + s
	}
	return s
}
