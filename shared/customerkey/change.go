package customerkey

import "time"

// Change is one entry of a key's history, kept for auditors and for the
// ledger's check of use after revocation. From is empty where the phase stayed
// as it was.
type Change struct {
	At     time.Time `json:"at"`
	From   Phase     `json:"from,omitempty"`
	To     Phase     `json:"to"`
	Cause  Cause     `json:"cause,omitempty"`
	Source string    `json:"source,omitempty"`
	Event  string    `json:"event,omitempty"` // id of the event that was the signal
	Detail string    `json:"detail,omitempty"`
	Recast bool      `json:"recast,omitempty"` // the cause of a revocation changed, and not the phase
}

// Turn reports whether a change moved the key's phase, or the cause of its
// revocation. Any other is a note, of which strangers can make any number.
func (c Change) Turn() bool { return c.From != "" || c.Recast }
