package demo

import (
	"slices"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
	"latchkey/shared/metric"
)

// checkBooks balances what went in and out, counted outside the plane and by it.
func (s *story) checkBooks() {
	w, n := s.watch, s.cell.Counts
	in := int(n.Get(metric.EventsIn))
	accounted := len(w.recorded) + w.seen + w.unknown + w.dead + w.retried
	s.hold(eventsIn, in == accounted, "%d deliveries: %d applied, %d seen before, %d unknown, %d dead letters, %d to be repeated", in, len(w.recorded), w.seen, w.unknown, w.dead, w.retried)
	s.hold(eventsIn, int(n.Get(metric.Duplicates)) == w.repeats && w.seen == w.repeats, "%d events were put twice, %d were ignored", w.repeats, w.seen)
	s.hold(eventsIn, n.Get(metric.Stale) == 1, "%d events were stale; one was put", n.Get(metric.Stale))
	s.hold(eventsIn, w.lost() == 0 && len(s.cell.Waiting()) == 0, "%d events are lost (%v), %d wait", w.lost(), w.dropped, len(s.cell.Waiting()))
	for id := range w.committed {
		s.hold(eventsOut, w.left[id] == 1, "outgoing event %s left %d times", id, w.left[id])
	}
	s.hold(eventsOut, len(w.left) == len(w.committed), "%d events left, %d were committed", len(w.left), len(w.committed))
}

// checkParked looks for what waits for a person, or was lost, and should not.
func (s *story) checkParked() {
	parked, err := s.cell.Audit.ParkedRecords(s.ctx)
	s.fail("listing what is parked", err)
	s.report.Parked = len(parked)
	for _, p := range parked {
		s.hold(nothingElse, false, "%s %s is parked: %s", p.Kind, p.ID, p.Reason)
	}
	for _, c := range s.cast {
		s.hold(nothingElse, c.destroyed || c.placement != events.PlacementDedicated || s.exists(c), "the instance of %s is gone", c.id)
	}
	s.hold(nothingElse, s.report.Destroyed == 2, "%d tenants were destroyed", s.report.Destroyed)
	s.hold(nothingElse, s.watch.kinds[events.TypeSnapshotFailed] == 0, "%d snapshots failed", s.watch.kinds[events.TypeSnapshotFailed])
	for _, k := range s.ring {
		rec, err := s.cell.Audit.Key(s.ctx, k.arn)
		want := customerkey.PhaseUsable
		if k.owner != nil && k.owner.lost {
			want = customerkey.PhaseRetired // its tenant has left
		}
		s.hold(nothingElse, err == nil && rec.Phase == want, "key %s is %s, and should be %s", shortKey(k.arn), rec.Phase, want)
	}
}

// fill completes the report.
func (s *story) fill() {
	w, r := s.watch, &s.report
	r.Databases = len(s.books.made)
	r.MultiAZ = len(s.books.multiAZ)
	r.Locked = w.kinds[events.TypeKeyLocked]
	r.LockWall = WallTime{P50: milliseconds(quantile(w.walls, 0.5)), P99: milliseconds(quantile(w.walls, 0.99))}
	r.Refused = s.refused
	r.EventsIn = int(s.cell.Counts.Get(metric.EventsIn))
	r.EventsOut = len(w.left)
	r.EventsLost = w.lost()
	r.DuplicatesIgnored = int(s.cell.Counts.Get(metric.Duplicates))
}

// quantile returns the value that a share of the values do not exceed; 0 for none.
func quantile(values []time.Duration, share float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
