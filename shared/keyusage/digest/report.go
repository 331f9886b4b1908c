package digest

import (
	"cmp"
	"time"
)

// Report is what Verify found.
type Report struct {
	From, To time.Time
	Periods  []Period
	Problems []Problem
	Hours    []Hour // every hour of [From, To), in order
}

// Period is one digest file's.
type Period struct {
	Digest   string
	Start    time.Time
	End      time.Time
	Valid    bool // authentic, and every log file intact
	Backfill bool
	LogFiles int // named by it
	Intact   int // of those
}

// Hour says whether the log of an hour is proved complete.
type Hour struct {
	Start  time.Time
	Proved bool
	Why    string // not proved; empty if it is
}

func (r *Report) problem(kind ProblemKind, object, detail string, start, end time.Time) {
	r.Problems = append(r.Problems, Problem{Kind: kind, Object: object, Detail: detail, Start: start, End: end})
}

// spoil marks a period that was taken for valid.
func (r *Report) spoil(digest string, kind ProblemKind, detail string) {
	for i := len(r.Periods) - 1; i >= 0; i-- {
		if p := &r.Periods[i]; p.Digest == digest {
			p.Valid = false
			r.problem(kind, digest, detail, p.Start, p.End)
			return
		}
	}
}

// end is where the last regular period ends.
func (r *Report) end() time.Time {
	for i := len(r.Periods) - 1; i >= 0; i-- {
		if !r.Periods[i].Backfill {
			return r.Periods[i].End
		}
	}
	return r.From
}

// settle works out the hours: one is proved if valid periods without a gap
// cover it and the time in which its last log files could still be delivered,
// and no problem touches that time.
func (r *Report) settle(delay time.Duration) {
	for start := r.From; start.Before(r.To); start = start.Add(time.Hour) {
		h := Hour{Start: start}
		h.Why = r.why(start, start.Add(time.Hour+delay))
		h.Proved = h.Why == ""
		r.Hours = append(r.Hours, h)
	}
}

// why says why [start, end] is not proved; empty if it is. A log file that was not
// read yet hides no graver reason.
func (r *Report) why(start, end time.Time) string {
	unread := ""
	for _, p := range r.Problems {
		if !p.Start.Before(end) || !start.Before(p.End) {
			continue
		}
		why := string(p.Kind) + ": " + p.Object
		if p.Kind != LogUnread {
			return why
		}
		unread = cmp.Or(unread, why)
	}
	if unread != "" {
		return unread
	}
	covered := start
	for _, p := range r.Periods {
		if !p.Valid || p.Backfill || p.Start.After(covered) {
			continue
		}
		if p.End.After(covered) {
			covered = p.End
		}
	}
	if covered.Before(end) {
		return "no digest covers " + covered.Format(time.RFC3339) + " to " + end.Format(time.RFC3339)
	}
	return ""
}
