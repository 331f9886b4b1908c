package snapshot

import "latchkey/shared/transition"

// Transitions is the state machine of a snapshot. Step is tested against it, and
// the diagram in docs/ is drawn from it.
var Transitions = transition.Table[Phase]{
	{From: "", To: PhaseRequested, Why: "due, or asked for"},
	{From: PhaseRequested, To: PhaseCreating, Why: "RDS has accepted it"},
	{From: PhaseRequested, To: PhaseFailed, Why: "the key or the instance cannot be used"},
	{From: PhaseRequested, To: PhaseParked, Why: "quota exceeded, or the name is taken"},
	{From: PhaseParked, To: PhaseCreating, Why: "RDS has accepted it after all"},
	{From: PhaseParked, To: PhaseFailed, Why: "the key or the instance cannot be used"},
	{From: PhaseCreating, To: PhaseAvailable, Why: "complete"},
	{From: PhaseCreating, To: PhaseFailed, Why: "RDS says so, or it is gone"},
	{From: PhaseAvailable, To: PhaseDeleting, Why: "its time is over and nothing holds it"},
	{From: PhaseAvailable, To: PhaseDeleted, Why: "deleted by somebody else"},
	{From: PhaseDeleting, To: PhaseDeleted, Why: "gone"},
	{From: PhaseFailed, To: PhaseDeleting, Why: "what is left of it is removed"},
	{From: PhaseFailed, To: PhaseDeleted, Why: "nothing is left of it"},
}

// Diagram returns Transitions as a Mermaid state diagram.
func Diagram() string { return Transitions.Mermaid() }
