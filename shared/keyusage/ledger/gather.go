package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"latchkey/shared/keyusage"
)

const (
	maxHeldEvidence = 50   // events that a held finding keeps, the latest: they are the least likely to be explained
	maxToldEvidence = 10   // events that a told finding keeps, the earliest
	maxFindingFiles = 2000 // log files of which a finding keeps how many uses they showed
	tellAgain       = 10   // a finding is told again when it has so many times the uses that it was told with
)

// eventID is the id of the finding's next event: its own, with a number from the
// second telling on.
func (f *Finding) eventID() string {
	if f.Tellings == 0 {
		return f.Item
	}
	return f.Item + "-" + strconv.Itoa(f.Tellings+1)
}

// grown reports whether a told finding is worth telling again.
func (f *Finding) grown() bool { return !f.Held && f.Count >= tellAgain*max(1, f.ToldCount) }

// gather adds what a log file shows of the same finding, and reports whether
// there was anything new in it. What a file has shown before counts once; so does
// a use that came in two files, where it is among the evidence.
func (f *Finding) gather(o keyusage.Finding, file string) bool {
	sum := sha256.Sum256([]byte(file))
	id := hex.EncodeToString(sum[:8])
	before, known := f.Files[id]
	if known && before >= o.Count || !known && len(f.Files) >= maxFindingFiles {
		return false
	}
	news := o.Count - before
	evidence := len(f.Evidence)
	f.Evidence = union(f.Evidence, o.Evidence)
	if seen := uint64(evidence + len(o.Evidence) - len(f.Evidence)); !known {
		news -= min(seen, news)
	}
	if f.Files == nil {
		f.Files = map[string]uint64{}
	}
	f.Files[id] = o.Count
	f.Count += news
	f.Last, f.HoldUntil = maxTime(f.Last, o.Last), maxTime(f.HoldUntil, o.HoldUntil)
	if f.Held {
		f.Evidence = f.Evidence[max(0, len(f.Evidence)-maxHeldEvidence):]
		f.First = f.Evidence[0].At
	} else {
		f.Evidence = f.Evidence[:min(len(f.Evidence), maxToldEvidence)]
		if o.First.Before(f.First) {
			f.First = o.First
		}
	}
	return true
}

// union returns the events of both, each once, in order of time.
func union(a, b []keyusage.Evidence) []keyusage.Evidence {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y keyusage.Evidence) int {
		return cmp.Or(x.At.Compare(y.At), slices.Compare(x.EventID[:], y.EventID[:]))
	})
	return slices.CompactFunc(all, func(x, y keyusage.Evidence) bool { return x.EventID == y.EventID && x.At.Equal(y.At) })
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
