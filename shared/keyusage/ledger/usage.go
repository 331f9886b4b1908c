package ledger

import (
	"context"
	"fmt"
	"slices"
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
	last, err := position(after, &place, until)
	if err != nil {
		return page, err
	}
	objects := 0
	for ; place.Day <= lastDay(until); place.Day++ {
		if len(page.Rollups) == limit || objects > pageObjects {
			page.Next, err = cursor(place, nil)
			return page, err
		}
		d, err := l.day(ctx, place)
		if err != nil {
			return page, err
		}
		objects += d.read
		if last == nil {
			found, _, err := l.within(ctx, place, d, from, until)
			if err != nil {
				return page, err
			}
			page.Findings = append(page.Findings, found...)
		}
		all := between(d.Rollups, from, until)
		rollups := behind(all, last)
		room := limit - len(page.Rollups)
		if len(rollups) > room {
			page.Rollups = append(page.Rollups, rollups[:room]...)
			page.Next, err = cursor(place, all[:len(all)-len(rollups)+room])
			return page, err
		}
		page.Rollups = append(page.Rollups, rollups...)
		last = nil
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

// within returns the findings of a day about its uses in [from, until), and how
// many uses come under findings that are not listed. Where that is not said of
// those uses alone, they are counted again.
func (l *Ledger) within(ctx context.Context, p parquet.Partition, d day, from, until time.Time) ([]keyusage.Finding, uint64, error) {
	inside := func(f keyusage.Finding) bool { return !f.First.Before(from) && f.Last.Before(until) }
	outside := func(f keyusage.Finding) bool { return f.Last.Before(from) || !f.First.Before(until) }
	begins := time.Unix(p.Day*24*60*60, 0)
	whole := !begins.Before(from) && !begins.Add(24*time.Hour).After(until)
	both := slices.ContainsFunc(d.Findings, func(f keyusage.Finding) bool { return !inside(f) && !outside(f) })
	if whole || !both && d.Unlisted == 0 {
		return slices.DeleteFunc(slices.Clone(d.Findings), outside), d.Unlisted, nil
	}
	files, err := l.files(ctx, p)
	if err != nil {
		return nil, 0, err
	}
	part, err := l.count(ctx, p, files, from, until)
	return part.Findings, part.Unlisted, err
}
