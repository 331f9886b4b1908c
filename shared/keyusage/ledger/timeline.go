package ledger

import (
	"cmp"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage"
)

// Revocations returns when a key was revoked, by its recorded history. A
// revocation begins when it was recorded, which is what the ledger can hold
// against anyone, and ends when the key was seen to be usable again, less the
// time that the prober may have needed to see it. A precaution is none: nobody
// took the key away.
func Revocations(history []customerkey.Change, lead time.Duration) []keyusage.Revocation {
	var out []keyusage.Revocation
	open := false
	for _, c := range history {
		taken := c.To == customerkey.PhaseLocked || c.To == customerkey.PhaseRevoked || c.To == customerkey.PhaseLost
		switch {
		case taken && !open:
			open = true
			out = append(out, keyusage.Revocation{From: c.At, Reason: string(c.Cause), Evidence: cmp.Or(c.Event, c.Source)})
		case !taken && open:
			open = false
			last := &out[len(out)-1]
			last.Until = c.At.Add(-lead)
			if !last.Until.After(last.From) {
				out = out[:len(out)-1]
			}
		}
	}
	return out
}
