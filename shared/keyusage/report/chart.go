package report

import (
	"cmp"
	"slices"

	"latchkey/shared/keyusage"
)

// series is the chart of uses over time. Heights are of a chart 100 high, in
// which bars stand ten apart.
type series struct {
	Width int
	Most  uint64 // the tallest bar's uses
	Step  string // what one bar stands for
	Bars  []bar
	Ticks []string // below the chart, from its left end to its right
}

type bar struct {
	Hour   // of the whole step
	X      int
	Pieces []piece
}

// piece is a rectangle of a bar.
type piece struct {
	Class string
	Y, H  float64
}

// Bounds of charts.
const (
	maxBars  = 96
	minPiece = 2.0 // that a few denied calls among thousands can be seen
	heatDays = 92
)

// steps are the lengths of a bar that people know, in hours.
var steps = []struct {
	hours int64
	name  string
}{
	{1, "one hour"}, {3, "3 hours"}, {6, "6 hours"}, {12, "12 hours"}, {24, "one day"}, {48, "2 days"}, {7 * 24, "one week"},
	{14 * 24, "2 weeks"}, {28 * 24, "4 weeks"}, {91 * 24, "13 weeks"}, {364 * 24, "52 weeks"},
	{10 * 364 * 24, "520 weeks"}, {100 * 364 * 24, "5,200 weeks"}, // event times are within 1,915 years
}

func newSeries(r *Report) (s series) {
	if len(r.Hours.Rows) == 0 {
		return s
	}
	begin, end := r.Hours.Rows[0].Start.Unix()/3600, r.Hours.Rows[len(r.Hours.Rows)-1].Start.Unix()/3600+1
	step := steps[len(steps)-1]
	for _, candidate := range steps {
		if (end-1)/candidate.hours-begin/candidate.hours < maxBars {
			step = candidate
			break
		}
	}
	base := begin / step.hours
	s.Step = step.name
	s.Bars = make([]bar, (end-1)/step.hours-base+1)
	for i := range s.Bars {
		s.Bars[i] = bar{X: 10 * i, Hour: Hour{Start: hourTime((base + int64(i)) * step.hours)}}
	}
	for _, h := range r.Hours.Rows {
		b := &s.Bars[h.Start.Unix()/3600/step.hours-base]
		b.Uses, b.Denied, b.Other = b.Uses+h.Uses, b.Denied+h.Denied, b.Other+h.Other
		s.Most = max(s.Most, b.Uses)
	}
	for i := range s.Bars {
		s.Bars[i].Pieces = s.Bars[i].pieces(s.Most)
	}
	s.Width = 10 * len(s.Bars)
	s.Ticks = ticks(s.Bars, step.hours)
	return s
}

// pieces stacks allowed, other and denied, from the bottom.
func (b *bar) pieces(most uint64) []piece {
	var out []piece
	y := 100.0
	for _, p := range []struct {
		class string
		uses  uint64
	}{{"allowed", b.Uses - b.Denied - b.Other}, {"other", b.Other}, {"denied", b.Denied}} {
		if p.uses == 0 {
			continue
		}
		h := min(max(94*float64(p.uses)/float64(most), minPiece), y)
		y -= h
		out = append(out, piece{p.class, y, h})
	}
	return out
}

func ticks(bars []bar, hours int64) []string {
	layout := "2006-01-02"
	if hours < 24 {
		layout = "01-02 15:04"
	}
	var out []string
	for _, i := range []int{0, len(bars) / 2, len(bars) - 1} {
		if t := bars[i].Start.Format(layout); !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// outcomeBar is one bar, 1,000 wide, of all uses by outcome.
type outcomeBar struct{ Parts []outcomePart }

type outcomePart struct {
	Share
	Class string
	X, W  float64
}

var outcomeClass = map[keyusage.Outcome]string{keyusage.Allowed: "allowed", keyusage.Denied: "denied"}

func newOutcomeBar(r *Report) (o outcomeBar) {
	x := 0.0
	for _, s := range r.Outcomes.Rows {
		w := 1000 * float64(s.Uses) / float64(r.Totals.Uses)
		o.Parts = append(o.Parts, outcomePart{s, cmp.Or(outcomeClass[keyusage.Outcome(s.Name)], "other"), x, w})
		x += w
	}
	return o
}
