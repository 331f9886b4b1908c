package demo

import "fmt"

// promise is one thing that is promised, and that the story puts to the test.
type promise int

const (
	preflightNames promise = iota
	multiAZ
	nightly
	lockFast
	lockProbe
	neverServed
	fenced
	refusedWhy
	markedRight
	warned
	forgedIgnored
	outageServed
	precaution
	backInside
	restoredTrue
	lostForGood
	suspension
	twoPhase
	commerceExact
	refusalsClear
	eventsIn
	eventsOut
	usageWhole
	usageNever
	usageFound
	usageProved
	nothingElse
	allServed
	promises // how many there are
)

// promised says what each promise is, in the order of the list above.
var promised = [promises]string{
	preflightNames: "a key that cannot be used is named, with its fix, before anything is made",
	multiAZ:        "every database is Multi-AZ, under the chosen key, in its realm (RDS asked)",
	nightly:        "every instance that can be read is snapshotted every night",
	lockFast:       "a forwarded signal locks when it comes: one write, any number of databases",
	lockProbe:      "a key change that nobody reports is noticed by the probe within 5 minutes",
	neverServed:    "no tenant is served once its key's lock is recorded",
	fenced:         "the role of a locked database cannot log in",
	refusedWhy:     "a refusal gives its reason",
	markedRight:    "databases are marked terminal once confirmed, with the last day of a start",
	warned:         "a revocation is warned of on days 1, 3 and 6",
	forgedIgnored:  "a signal from an account that is not the key's locks nothing",
	outageServed:   "a short outage of the key service is ridden out: nobody is refused",
	precaution:     "a long one locks as a precaution, and is over when KMS answers",
	backInside:     "a key that returns in time brings its databases back, with all data",
	restoredTrue:   "after the deadline a restore does, with the data loss that it stated",
	lostForGood:    "only a deleted key makes a database unrecoverable, with evidence",
	suspension:     "a suspension refuses at once, and its end serves again",
	twoPhase:       "destroying ends access at once, and data after the grace period",
	commerceExact:  "every tenant is what its commerce events say, in order of sequence",
	refusalsClear:  "what cannot be applied is a dead letter with a clear reason",
	eventsIn:       "every event in is applied once, or accounted for",
	eventsOut:      "every event out leaves exactly once, in order",
	usageWhole:     "every call on a key is in the ledger once, with its tenant and purpose",
	usageNever:     "a revoked key is not used: the ledger says so, and so do the calls themselves",
	usageFound:     "a stranger's use, and one for another tenant, are found and told",
	usageProved:    "what CloudTrail delivered is proved complete by its digests, hour by hour",
	nothingElse:    "nothing is destroyed or parked that should live",
	allServed:      "in the end everybody is served who should be",
}

// verdict is what came of the tests of one promise.
type verdict struct {
	tests    int
	failures int
	first    string // the first failure
}

// hold takes note of one test of a promise; the text says what is wrong if it
// failed.
func (s *story) hold(p promise, ok bool, format string, args ...any) {
	v := &s.verdicts[p]
	v.tests++
	if ok {
		return
	}
	if v.failures++; v.failures == 1 {
		v.first = moment(s.clock.Now()) + ": " + fmt.Sprintf(format, args...)
	}
}

// broken returns the promises that did not hold, or were never put to the test.
func (s *story) broken() []string {
	var out []string
	for p, v := range s.verdicts {
		switch {
		case v.tests == 0:
			out = append(out, promised[p]+": never put to the test")
		case v.failures > 0:
			out = append(out, promised[p]+": "+v.first)
		}
	}
	return out
}

// printPromises prints every promise with what came of it.
func (s *story) printPromises() {
	s.out.chapter("What was promised")
	for p, v := range s.verdicts {
		word, t := "held  ", good
		if v.tests == 0 || v.failures > 0 {
			word, t = "BROKEN", bad
		}
		s.out.write("  %s  %s (%s)\n", s.out.paint(t, word), promised[p], count(v.tests, "test", "tests"))
		if v.failures > 0 {
			s.out.write("          %s\n", s.out.paint(bad, fmt.Sprintf("%d times; first: %s", v.failures, v.first)))
		}
	}
}
