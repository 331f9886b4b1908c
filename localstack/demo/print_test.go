package demo

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestPrinter_Line(t *testing.T) {
	var out bytes.Buffer
	p := newPrinter(&out, false)
	p.line(epoch.Add(25*time.Hour+14*time.Second), "elm", bad, "a text that is long enough to be broken into two lines, because there are only a hundred columns")
	want := "day 1  09:00:14  elm       a text that is long enough to be broken into two lines, because there are\n" +
		"                           only a hundred columns\n"
	if out.String() != want {
		t.Errorf("line:\n%q\n%q", out.String(), want)
	}
}

func TestPrinter_Color(t *testing.T) {
	var out bytes.Buffer
	p := &printer{w: &out, color: true}
	p.chapter("Title")
	if want := "\n\x1b[1mTitle\x1b[0m\n"; out.String() != want {
		t.Errorf("chapter = %q, want %q", out.String(), want)
	}
}

type brokenPipe struct{ writes int }

var errPipe = errors.New("broken pipe")

func (b *brokenPipe) Write([]byte) (int, error) {
	b.writes++
	return 0, errPipe
}

func TestPrinter_Write(t *testing.T) {
	w := &brokenPipe{}
	p := newPrinter(w, false)
	p.chapter("one")
	p.chapter("two")
	if !errors.Is(p.err, errPipe) || w.writes != 1 {
		t.Errorf("after a failed write: error %v, %d writes", p.err, w.writes)
	}
	quiet := newPrinter(w, true)
	if quiet.chapter("three"); quiet.err != nil || w.writes != 1 {
		t.Errorf("a quiet printer wrote")
	}
}

func TestWrap(t *testing.T) {
	cases := []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"one", []string{"one"}},
		{"one two three", []string{"one two", "three"}},
		{"unbreakable-word x", []string{"unbreakable-word", "x"}},
		{"ö…ö…ö… x", []string{"ö…ö…ö… x"}},
	}
	for _, c := range cases {
		if got := wrap(c.text, 8); !slices.Equal(got, c.want) {
			t.Errorf("wrap(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	cases := map[time.Duration]string{
		0: "0s", 14400 * time.Millisecond: "14s", time.Minute: "1m", 91 * time.Second: "1m31s",
		2*time.Hour + 5*time.Minute: "2h05m", 7 * day: "7d", 7*day + 3*time.Hour: "7d03h",
	}
	for d, want := range cases {
		if got := span(d); got != want {
			t.Errorf("span(%d) = %s, want %s", d, got, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	values := []time.Duration{5, 1, 4, 2, 3}
	for share, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := quantile(values, share); got != want {
			t.Errorf("quantile(%g) = %d, want %d", share, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("quantile of nothing = %d", got)
	}
}
