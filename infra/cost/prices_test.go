package main

import (
	"strings"
	"testing"
	"time"
)

// TestPrices_complete holds every price to its unit, Region, date and source.
func TestPrices_complete(t *testing.T) {
	for _, p := range prices() {
		t.Run(p.Name, func(t *testing.T) {
			if p.USD <= 0 || p.Unit == "" || p.Page == "" {
				t.Errorf("lacks its price, unit or page: %+v", p)
			}
			if p.Region != Region && p.Region != Anywhere {
				t.Errorf("is of Region %q, want %s or %s", p.Region, Region, Anywhere)
			}
			if p.From.Where == "" || p.From.Of == "" {
				t.Errorf("has no source: %+v", p.From)
			}
			if _, err := time.Parse(time.DateOnly, p.From.AsOf); err != nil {
				t.Errorf("has no date: %v", err)
			}
			if repository, _, ok := strings.Cut(p.From.Where, ", "); ok && !strings.Contains(repository, "@") {
				t.Errorf("%s is at no commit", repository)
			}
		})
	}
}

func TestPrices_used(t *testing.T) {
	used, named := map[string]bool{}, map[string]bool{}
	for _, l := range lines() {
		used[l.Price] = true
	}
	for _, p := range prices() {
		if named[p.Name] {
			t.Errorf("%s is there twice", p.Name)
		}
		named[p.Name] = true
		if !used[p.Name] {
			t.Errorf("nothing uses %s", p.Name)
		}
	}
	if _, err := NewEstimate(DefaultMix(1), prices()[1:]); err == nil {
		t.Error("an estimate without a price succeeds")
	}
}

func TestPeriod(t *testing.T) {
	day := func(s string) Price { return Price{From: Source{AsOf: s}} }
	for name, test := range map[string]struct {
		prices         []Price
		oldest, newest string
	}{
		"in any order":     {[]Price{day("2026-08-12"), day("2025-11-04"), day("2026-10-08")}, "2025-11-04", "2026-10-08"},
		"the caller's own": {[]Price{{From: byCaller}, day("2026-08-12")}, "2026-08-12", "2026-08-12"},
	} {
		t.Run(name, func(t *testing.T) {
			if oldest, newest := period(test.prices); oldest != test.oldest || newest != test.newest {
				t.Errorf("from %s to %s, want %s to %s", oldest, newest, test.oldest, test.newest)
			}
		})
	}
}
