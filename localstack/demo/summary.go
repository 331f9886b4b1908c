package demo

import "fmt"

// summary prints what the story came to.
func (s *story) summary() {
	r := s.report
	s.out.chapter("What came of it")
	pairs := [][2]string{
		{"tenants", fmt.Sprint(r.Tenants)}, {"events in", fmt.Sprint(r.EventsIn)},
		{"databases", fmt.Sprint(r.Databases)}, {"duplicates ignored", fmt.Sprint(r.DuplicatesIgnored)},
		{"of them Multi-AZ", fmt.Sprint(r.MultiAZ)}, {"events out", fmt.Sprint(r.EventsOut)},
		{"snapshots taken", fmt.Sprint(r.Snapshots)}, {"events lost", fmt.Sprint(r.EventsLost)},
		{"keys locked", fmt.Sprint(r.Locked)}, {"requests served", fmt.Sprint(s.served)},
		{"lock, real time p50", fmt.Sprintf("%.3f ms", r.LockWall.P50)}, {"requests refused", fmt.Sprint(r.Refused)},
		{"lock, real time p99", fmt.Sprintf("%.3f ms", r.LockWall.P99)}, {"served after a lock", fmt.Sprint(r.ServedAfterLock)},
		{"databases marked terminal", fmt.Sprint(r.MarkedTerminal)}, {"databases unrecoverable", fmt.Sprint(r.Unrecoverable)},
		{"back by a plain start", fmt.Sprint(r.RecoveredInWindow)}, {"tenants destroyed", fmt.Sprint(r.Destroyed)},
		{"terminal", fmt.Sprint(r.Terminal)}, {"parked at the end", fmt.Sprint(r.Parked)},
		{"restored", fmt.Sprint(r.Restored)}, {"real time", fmt.Sprintf("%.1f s", r.WallMS/1000)},
	}
	for i := 0; i < len(pairs); i += 2 {
		left, right := pairs[i], pairs[i+1]
		s.out.write("  %-26s %10s      %-24s %10s\n", left[0], left[1], right[0], right[1])
	}
}
