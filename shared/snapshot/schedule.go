package snapshot

import (
	"hash/fnv"
	"time"

	"latchkey/shared/coded"
)

// Schedule says when scheduled snapshots are taken: one in every period, within
// a window of it. Periods are counted from 1970-01-01T00:00Z in UTC, so a
// period of 24 hours is a UTC day and no daylight saving time moves a window.
type Schedule struct {
	Every        time.Duration // length of a period
	WindowStart  time.Duration // from the start of the period
	WindowLength time.Duration
}

// Monthly is the default: every 30 days, at night on one of seven days. Daily
// manual snapshots of many instances would exceed RDS's default quota of 100
// per Region. [RDS guide, Quotas and constraints]
var Monthly = Schedule{Every: 30 * day, WindowStart: 0, WindowLength: 7 * day}

// Daily takes one every day between 01:00 and 05:00 UTC.
var Daily = Schedule{Every: day, WindowStart: time.Hour, WindowLength: 4 * time.Hour}

// Validate returns a coded.Invalid error unless the window lies inside the
// period and the period is at least an hour.
func (s Schedule) Validate() error {
	switch {
	case s.Every < time.Hour:
		return coded.Field("every", "give at least 1h", "%s is too often", s.Every)
	case s.WindowStart < 0 || s.WindowLength < time.Second:
		return coded.Field("window", "start at 0 or later, and last a second at least", "the window has no length or starts too early")
	case s.WindowStart+s.WindowLength > s.Every:
		return coded.Field("window", "end the window before the period ends", "the window ends after the period of %s", s.Every)
	}
	return nil
}

// Next returns the first moment after the given one when the database is due.
// Its place in the window depends on its id alone: the same in every period,
// and spread evenly over the databases. Two results never lie in one period. A
// Schedule that Validate refuses gives the zero time.
func (s Schedule) Next(databaseID string, after time.Time) time.Time {
	if s.Validate() != nil {
		return time.Time{}
	}
	every := int64(s.Every / time.Second)
	place := int64(s.WindowStart/time.Second) + int64(spread(databaseID)%uint64(s.WindowLength/time.Second))
	from := after.Unix() - place
	period := from / every
	if from%every < 0 {
		period--
	}
	return time.Unix((period+1)*every+place, 0).UTC()
}

// spread hashes an id to a number whose every bit depends on the whole id:
// FNV-1a alone leaves similar ids close together.
func spread(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
