package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// width is the most columns of a line.
const width = 100

// Columns of a line: when, who, what.
const (
	whenWidth = 17
	whoWidth  = 10
)

// tone is how a line is coloured.
type tone string

const (
	plain tone = ""
	bold  tone = "\x1b[1m"
	dim   tone = "\x1b[2m"
	good  tone = "\x1b[32m"
	bad   tone = "\x1b[31m"
	who   tone = "\x1b[36m"
	reset      = "\x1b[0m"
)

// printer writes the story. The first error of its writer is kept.
type printer struct {
	w     io.Writer
	color bool
	quiet bool
	err   error
}

// newPrinter colours on a terminal only. [no-color.org: a NO_COLOR that is not empty]
func newPrinter(w io.Writer, quiet bool) *printer {
	p := &printer{w: w, quiet: quiet}
	if f, ok := w.(*os.File); ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		info, err := f.Stat()
		p.color = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *printer) write(format string, args ...any) {
	if p.quiet || p.err != nil {
		return
	}
	_, p.err = fmt.Fprintf(p.w, format, args...)
}

func (p *printer) paint(t tone, s string) string {
	if !p.color || t == plain {
		return s
	}
	return string(t) + s + reset
}

func (p *printer) chapter(title string) {
	p.write("\n%s\n", p.paint(bold, title))
}

// line writes when, who and what, which is wrapped under itself.
func (p *printer) line(at time.Time, name string, t tone, text string) {
	when := fmt.Sprintf("%-*s", whenWidth, moment(at))
	name = fmt.Sprintf("%-*s", whoWidth, name)
	for i, part := range wrap(text, width-whenWidth-whoWidth) {
		if i > 0 {
			when, name = strings.Repeat(" ", whenWidth), strings.Repeat(" ", whoWidth)
		}
		p.write("%s%s%s\n", p.paint(dim, when), p.paint(who, name), p.paint(t, part))
	}
}

// block writes text that is to be copied, as it is but for the indentation.
func (p *printer) block(text string) {
	for _, line := range strings.Split(text, "\n") {
		p.write("%s%s\n", strings.Repeat(" ", whenWidth+whoWidth), line)
	}
}

// wrap breaks text at blanks into parts of at most max characters, where it has blanks.
func wrap(text string, max int) []string {
	var parts []string
	part := ""
	for _, word := range strings.Fields(text) {
		if part != "" && utf8.RuneCountInString(part)+1+utf8.RuneCountInString(word) > max {
			parts, part = append(parts, part), ""
		}
		if part != "" {
			part += " "
		}
		part += word
	}
	return append(parts, part)
}

// epoch is when the story begins: day 0.
var epoch = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// moment writes a time as the story counts: day 3  09:00:14.
func moment(t time.Time) string {
	days := t.Truncate(day).Sub(epoch.Truncate(day)) / day
	return fmt.Sprintf("day %-2d %s", days, t.Format("15:04:05"))
}

// span writes a duration in its two largest units, in whole seconds as moment
// does.
func span(d time.Duration) string {
	d = d.Truncate(time.Second)
	for _, u := range []struct {
		big, small   time.Duration
		large, minor string
	}{{day, time.Hour, "d", "h"}, {time.Hour, time.Minute, "h", "m"}, {time.Minute, time.Second, "m", "s"}} {
		if d < u.big {
			continue
		}
		if rest := d % u.big / u.small; rest > 0 {
			return fmt.Sprintf("%d%s%02d%s", d/u.big, u.large, rest, u.minor)
		}
		return fmt.Sprintf("%d%s", d/u.big, u.large)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// count writes a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// shortKey writes enough of a key's ARN to tell it from others.
func shortKey(arn string) string {
	_, id, _ := strings.Cut(arn, ":key/")
	if len(id) > 8 {
		id = id[:8]
	}
	return id + "…"
}
