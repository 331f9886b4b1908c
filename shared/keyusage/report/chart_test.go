package report

import (
	"math"
	"regexp"
	"strconv"
	"testing"
	"time"
)

func hoursAt(offsets ...int64) *Report {
	r := &Report{}
	base := time.Date(2025, 3, 1, 22, 0, 0, 0, time.UTC)
	for i, o := range offsets {
		r.Hours.Rows = append(r.Hours.Rows, Hour{Start: base.Add(time.Duration(o) * time.Hour), Uses: uint64(10 + i), Denied: uint64(i % 2), Other: 1})
	}
	return r
}

func TestNewSeries(t *testing.T) {
	for name, c := range map[string]struct {
		offsets []int64
		bars    int
		step    string
	}{
		"none":           {nil, 0, ""},
		"one hour":       {[]int64{0}, 1, "one hour"},
		"four days":      {[]int64{0, 1, 95}, 96, "one hour"},
		"an hour more":   {[]int64{0, 96}, 33, "3 hours"},
		"a quarter":      {[]int64{0, 24 * 90}, 91, "one day"},
		"hostile":        {[]int64{0, 1, 24 * 365 * 290}, 30, "520 weeks"},
		"most hostile":   {[]int64{-24 * 365 * 55, 24 * 365 * 280}, 34, "520 weeks"},
		"uneven, a year": {[]int64{0, 5, 24 * 360}, 52, "one week"},
	} {
		s := newSeries(hoursAt(c.offsets...))
		if len(s.Bars) != c.bars || s.Step != c.step || len(s.Bars) > maxBars {
			t.Errorf("%s: %d bars of %s, want %d of %s", name, len(s.Bars), s.Step, c.bars, c.step)
		}
		uses := uint64(0)
		for _, b := range s.Bars {
			uses += b.Uses
			for _, p := range b.Pieces {
				if p.H <= 0 || p.Y < 0 || p.Y+p.H > 100+1e-9 {
					t.Errorf("%s: piece %+v is outside the chart", name, p)
				}
			}
		}
		if want := uint64(len(c.offsets) * (19 + len(c.offsets)) / 2); uses != want {
			t.Errorf("%s: bars have %d uses, want %d", name, uses, want)
		}
	}
}

func TestBar_pieces(t *testing.T) {
	b := bar{Hour: Hour{Uses: 1_000_000, Denied: 1, Other: 1}}
	pieces := b.pieces(1_000_000)
	if len(pieces) != 3 || pieces[2].Class != "denied" || pieces[2].H < minPiece {
		t.Errorf("%+v; want one denied call in a million to be seen", pieces)
	}
}

func TestNewHeat(t *testing.T) {
	h := newHeat(hoursAt(0, 1, 3, 72))
	if len(h.Days) != 4 || h.Left != 0 || h.Skipped {
		t.Fatalf("%d days, %d left out; want all four, with the one without a use", len(h.Days), h.Left)
	}
	if first, second := h.Days[0].Cells[22], h.Days[1].Cells[1]; first.Uses != 10 || second.Uses != 12 || second.Level != 4 {
		t.Errorf("%+v, %+v", first, second)
	}
	if quiet := h.Days[2].Cells[5]; quiet.Level != 0 || quiet.Title != "2025-03-03 05:00: no use" {
		t.Errorf("%+v", quiet)
	}
	far := newHeat(hoursAt(0, 24*365*250))
	if len(far.Days) != 2 || !far.Skipped || far.Days[1].Gap != 365*250-1 {
		t.Errorf("%d days; gap %d", len(far.Days), far.Days[len(far.Days)-1].Gap)
	}
}

func TestHeatCell_paint(t *testing.T) {
	for uses, level := range map[uint64]int{0: 0, 1: 1, 12: 1, 13: 2, 26: 3, 51: 4, 100: 4} {
		c := heatCell{Uses: uses}
		c.paint(time.Time{}, 100)
		if c.Level != level {
			t.Errorf("%d of 100 uses: level %d, want %d", uses, c.Level, level)
		}
	}
}

func TestNewStrips(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2025, 3, 1, h, 0, 0, 0, time.UTC) }
	r := &Report{From: at(10), Until: at(20), Timeline: List[Change]{Rows: []Change{
		{At: at(2), Key: "a", To: "usable"}, {At: at(11), Key: "b", To: "locked", Locked: true}, {At: at(15), Key: "a", To: "locked", Locked: true},
	}}}
	got := newStrips(r)
	if len(got) != 2 || got[0].Key != "a" || got[1].Key != "b" {
		t.Fatalf("%+v", got)
	}
	a, b := got[0].Parts, got[1].Parts
	if a[0].X != 0 || a[0].W != 500 || a[1].X != 500 || a[1].W != 500 || a[0].Class != "serving" || a[1].Class != "locked" {
		t.Errorf("%+v; want half and half", a)
	}
	if !got[1].From.Equal(at(11)) || b[0].X != 0 || b[0].W != 1000 {
		t.Errorf("%+v from %s; want the time from its first change on", b, got[1].From)
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{{0, 0, "0 %"}, {0, 5, "0 %"}, {5, 5, "100 %"}, {1, 1_000_000, "0.1 %"}, {999_999, 1_000_000, "99.9 %"}, {1, 3, "33.3 %"}} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

func TestBrief(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1.0k", 1999: "1.9k", 12_345: "12k", 999_999: "999k", 5_500_000: "5.5M", 2e9: "2.0G", 18e18: "18000P"} {
		if got := brief(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", 100000: "100,000"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 漢": "plain é 漢", "": "", "a\x1b[0m": `a\x1b[0m`, "a\nb\tc": `a\nb\tc`, "x\u202ey": `x\u202ey`, "\xff": `\xff`, "nul\x00": `nul\x00`, "\u00a0": `\u00a0`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	long := make([]byte, 1<<20)
	for i := range long {
		long[i] = 'x'
	}
	if got := Printable(string(long)); len(got) != maxText+len("…") {
		t.Errorf("a text of a million characters becomes one of %d", len(got))
	}
}

// TestStyle_contrast computes WCAG 2.1's contrast for what is written on what:
// 4.5 for text, 3 for charts.
func TestStyle_contrast(t *testing.T) {
	css, err := sources.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`:root\{([^}]*)\}`).FindAllSubmatch(css, -1)
	if len(blocks) != 3 {
		t.Fatalf("%d sets of colours, want light, dark and print", len(blocks))
	}
	for i, block := range blocks {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+):#([0-9a-f]{6})`).FindAllSubmatch(block[1], -1) {
			colours[string(m[1])] = luminance(t, string(m[2]))
		}
		for _, c := range []struct {
			on, what string
			least    float64
		}{
			{"bg", "fg", 4.5}, {"bg", "muted", 4.5}, {"soft", "muted", 4.5}, {"bg", "accent", 4.5}, {"bg", "denied", 4.5}, {"soft", "denied", 4.5},
			{"bg", "other", 4.5}, {"l1", "t12", 4.5}, {"l2", "t12", 4.5}, {"l3", "t3", 4.5}, {"l4", "t4", 4.5},
			{"soft", "allowed", 3}, {"soft", "denied", 3}, {"soft", "other", 3}, {"bg", "serving", 3}, {"bg", "locked", 3},
		} {
			a, hasA := colours[c.on]
			b, hasB := colours[c.what]
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); !hasA || !hasB || ratio < c.least {
				t.Errorf("set %d: %s on %s has contrast %.2f, want %.1f", i, c.what, c.on, ratio, c.least)
			}
		}
	}
}

// luminance is WCAG 2.1's relative luminance.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for shift, weight := range map[int]float64{16: 0.2126, 8: 0.7152, 0: 0.0722} {
		v := float64(n>>shift&255) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
