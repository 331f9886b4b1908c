package report

import (
	"time"

	"latchkey/shared/keyusage/digest"
)

// Proof says of which hours log-file validation proved the log files complete and
// unchanged. That the report counts what was in them is the ledger's own word.
type Proof struct {
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Hours  int       `json:"hours"`
	Proved int       `json:"proved"`
	Gaps   []Gap     `json:"gaps"` // what is not proved, in order
}

// Gap is hours one after the other that are not proved, for one reason.
type Gap struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

func newProof(hours []digest.Hour) *Proof {
	if hours == nil {
		return nil
	}
	p := &Proof{Hours: len(hours), Gaps: []Gap{}}
	for i, h := range hours {
		end := h.Start.Add(time.Hour)
		if i == 0 {
			p.From = h.Start
		}
		p.Until = end
		last := len(p.Gaps) - 1
		switch {
		case h.Proved:
			p.Proved++
		case last >= 0 && p.Gaps[last].Until.Equal(h.Start) && p.Gaps[last].Why == h.Why:
			p.Gaps[last].Until = end
		default:
			p.Gaps = append(p.Gaps, Gap{From: h.Start, Until: end, Why: h.Why})
		}
	}
	return p
}
