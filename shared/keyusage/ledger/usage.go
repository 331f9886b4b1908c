package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
)

// Page is one page of what a tenant's keys were used for.
type Page struct {
	Rollups  []keyusage.Rollup  // by hour, key, operation, principal, outcome
	Findings []keyusage.Finding // of the days that begin in this page
	Next     string             // empty: this was the last page
}

// Limits of a page and of a question.
const (
	MaxPage     = 1000
	MaxDays     = 400
	pageObjects = 2000 // files that one page reads, but for the last day's
)

// Usage returns one page of the rollups of a tenant's uses in the hours of
// [from, until), both whole hours, at most MaxDays apart. The empty tenant is
// that of uses without one. after is Page.Next of the page before. Each use is
// counted once, however often it was delivered.
func (l *Ledger) Usage(ctx context.Context, tenant string, from, until time.Time, after string, limit int) (Page, error) {
	var page Page
	if err := checkSpan(from, until); err != nil {
		return page, err
	}
	if limit < 1 || limit > MaxPage {
		return page, coded.Field("limit", fmt.Sprintf("give 1 … %d", MaxPage), "%d is out of range", limit)
	}
	place := parquet.PartitionOf(tenant, from)
	skip, err := position(after, &place, from, until)
	if err != nil {
		return page, err
	}
	objects := 0
	for ; place.Day <= lastDay(until); place.Day++ {
		if len(page.Rollups) == limit || objects > pageObjects {
			page.Next = cursor(place, 0)
			return page, nil
		}
		d, err := l.day(ctx, place)
		if err != nil {
			return page, err
		}
		objects += d.read
		if skip == 0 {
			page.Findings = append(page.Findings, within(d.Findings, from, until)...)
		}
		rollups := between(d.Rollups, from, until)
		rollups = rollups[min(skip, len(rollups)):]
		room := limit - len(page.Rollups)
		if len(rollups) > room {
			page.Rollups = append(page.Rollups, rollups[:room]...)
			page.Next = cursor(place, skip+room)
			return page, nil
		}
		page.Rollups = append(page.Rollups, rollups...)
		skip = 0
	}
	return page, nil
}

func lastDay(until time.Time) int64 { return parquet.PartitionOf("", until.Add(-time.Nanosecond)).Day }

func checkSpan(from, until time.Time) error {
	hour := func(field string, t time.Time) error {
		if t.Unix() < 0 || !t.Equal(t.Truncate(time.Hour)) {
			return coded.Field(field, "give a whole hour, such as 2026-03-01T00:00:00Z", "%s is none", t.Format(time.RFC3339))
		}
		return nil
	}
	if err := hour("from", from); err != nil {
		return err
	}
	if err := hour("to", until); err != nil {
		return err
	}
	if !from.Before(until) || until.Sub(from) > MaxDays*24*time.Hour {
		return coded.Field("to", fmt.Sprintf("give a time after from, at most %d days", MaxDays), "%s to %s",
			from.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	return nil
}

// cursor is "<day>:<rollups of it that were given>".
func cursor(p parquet.Partition, given int) string { return fmt.Sprintf("%s:%d", p.Date(), given) }

func position(after string, place *parquet.Partition, from, until time.Time) (skip int, err error) {
	if after == "" {
		return 0, nil
	}
	date, given, _ := strings.Cut(after, ":")
	day, err := time.Parse(time.DateOnly, date)
	if err == nil {
		skip, err = strconv.Atoi(given)
	}
	at := parquet.PartitionOf(place.Tenant, day)
	if err != nil || skip < 0 || at.Day < place.Day || at.Day > lastDay(until) {
		return 0, coded.Field("after", "pass the next of the page before, unchanged, with the same from and to", "%q is no cursor of this question", after)
	}
	*place = at
	return skip, nil
}

// between returns the rollups of [from, until); they are in order of their hours.
func between(list []keyusage.Rollup, from, until time.Time) []keyusage.Rollup {
	for len(list) > 0 && list[0].Hour.Before(from) {
		list = list[1:]
	}
	for len(list) > 0 && !list[len(list)-1].Hour.Before(until) {
		list = list[:len(list)-1]
	}
	return list
}

// within returns the findings with a use in [from, until).
func within(list []keyusage.Finding, from, until time.Time) []keyusage.Finding {
	var in []keyusage.Finding
	for _, f := range list {
		if f.Last.Before(from) || !f.First.Before(until) {
			continue
		}
		in = append(in, f)
	}
	return in
}
