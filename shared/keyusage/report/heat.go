package report

import (
	"fmt"
	"time"
)

// heat is the map of uses by day and hour: a table, so that it can be read
// without its colours.
type heat struct {
	Hours   []int
	Days    []heatDay
	Left    int // days with uses that are not shown, the earliest
	Skipped bool
}

type heatDay struct {
	Day   time.Time
	Cells [24]heatCell
	Gap   int // days without a use between this one and the one before, not shown
}

type heatCell struct {
	Level  int // 0 none … 4 most
	Uses   uint64
	Denied uint64
	Brief  string
	Title  string
}

const day = 24 * time.Hour

// newHeat shows the latest days that have uses. Days without any are shown too
// as long as there is room for all of them.
func newHeat(r *Report) heat {
	h := heat{}
	for i := range 24 {
		h.Hours = append(h.Hours, i)
	}
	var days []heatDay
	most := uint64(0)
	for _, hour := range r.Hours.Rows {
		at := hour.Start.Truncate(day)
		if len(days) == 0 || !days[len(days)-1].Day.Equal(at) {
			days = append(days, heatDay{Day: at})
		}
		days[len(days)-1].Cells[hour.Start.Hour()] = heatCell{Uses: hour.Uses, Denied: hour.Denied}
		most = max(most, hour.Uses)
	}
	if n := len(days); n > heatDays {
		h.Left, days = n-heatDays, days[n-heatDays:]
	}
	h.Days = spread(days)
	for i := range h.Days {
		h.Skipped = h.Skipped || h.Days[i].Gap > 0
		for j := range h.Days[i].Cells {
			h.Days[i].Cells[j].paint(h.Days[i].Day.Add(time.Duration(j)*time.Hour), most)
		}
	}
	return h
}

// spread puts in the days between, or marks the gaps if they are too many.
func spread(days []heatDay) []heatDay {
	if len(days) == 0 {
		return nil
	}
	span := int(days[len(days)-1].Day.Sub(days[0].Day)/day) + 1
	var out []heatDay
	for _, d := range days {
		if n := len(out); n > 0 {
			gap := int(d.Day.Sub(out[n-1].Day)/day) - 1
			if span > heatDays || gap < 0 { // a gap of more than 292 years has no length
				d.Gap = max(gap, 0)
				gap = 0
			}
			for range gap {
				out = append(out, heatDay{Day: out[len(out)-1].Day.Add(day)})
			}
		}
		out = append(out, d)
	}
	return out
}

// paint sets the level: half as many uses, one level less, so that busy and
// quiet hours can both be told apart.
func (c *heatCell) paint(at time.Time, most uint64) {
	if c.Uses == 0 {
		c.Title = at.Format("2006-01-02 15:04") + ": no use"
		return
	}
	c.Brief = brief(c.Uses)
	c.Title = fmt.Sprintf("%s: %s", at.Format("2006-01-02 15:04"), Plural(c.Uses, "use"))
	if c.Denied > 0 {
		c.Title += ", " + Grouped(c.Denied) + " denied"
	}
	switch {
	case c.Uses > most/2:
		c.Level = 4
	case c.Uses > most/4:
		c.Level = 3
	case c.Uses > most/8:
		c.Level = 2
	default:
		c.Level = 1
	}
}

// strip is the chart of one key's phases, 1,000 wide.
type strip struct {
	Key         string
	From, Until time.Time
	Parts       []stripPart
}

type stripPart struct {
	Change
	Class string
	X, W  float64
}

// newStrips draws the timeline of each key, in the order of their first change.
func newStrips(r *Report) []strip {
	var out []strip
	place := map[string]int{}
	for _, c := range r.Timeline.Rows {
		i, found := place[c.Key]
		if !found {
			i = len(out)
			place[c.Key] = i
			out = append(out, strip{Key: c.Key, From: c.At})
		}
		class := "serving"
		if c.Locked {
			class = "locked"
		}
		out[i].Parts = append(out[i].Parts, stripPart{Change: c, Class: class})
		out[i].Until = c.At
	}
	for i := range out {
		out[i].place(r.From, r.Until)
	}
	return out
}

// place sets the positions: the strip covers the report's time, and all changes.
func (s *strip) place(from, until time.Time) {
	if !from.IsZero() && from.After(s.From) {
		s.From = from // the first change only says how the time began
	}
	if until.After(s.Until) {
		s.Until = until
	}
	whole := s.Until.Sub(s.From).Seconds()
	for i := range s.Parts {
		p := &s.Parts[i]
		begin, end := p.At, s.Until
		if i+1 < len(s.Parts) {
			end = s.Parts[i+1].At
		}
		if begin.Before(s.From) {
			begin = s.From
		}
		if whole > 0 && end.After(begin) {
			p.X, p.W = 1000*begin.Sub(s.From).Seconds()/whole, 1000*end.Sub(begin).Seconds()/whole
		}
	}
}
