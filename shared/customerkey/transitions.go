package customerkey

import "latchkey/shared/transition"

// Transitions is the state machine of a key. The rules are tested against it,
// and docs/states.md is drawn from it.
var Transitions = transition.Table[Phase]{
	{From: "", To: PhasePending, Why: "a tenant names the key"},
	{From: PhasePending, To: PhaseUsable, Why: "the preflight passes"},
	{From: PhaseUsable, To: PhaseUnreachable, Why: "KMS gives no answer twice"},
	{From: PhaseUnreachable, To: PhaseUsable, Why: "KMS answers: usable"},
	{From: PhaseUnreachable, To: PhasePrecaution, Why: "no answer for 30 minutes"},
	{From: PhasePrecaution, To: PhaseUsable, Why: "KMS answers: usable"},
	{From: PhaseUsable, To: PhaseLocked, Why: "a trusted signal or our own probe says revoked"},
	{From: PhaseUnreachable, To: PhaseLocked, Why: "a trusted signal or our own probe says revoked"},
	{From: PhasePrecaution, To: PhaseLocked, Why: "a trusted signal or our own probe says revoked"},
	{From: PhaseLocked, To: PhaseRevoked, Why: "a probe agrees, or nothing refutes for 10 minutes"},
	{From: PhaseLocked, To: PhaseUsable, Why: "a usable verdict outlives eventual consistency"},
	{From: PhaseRevoked, To: PhaseUsable, Why: "a usable verdict outlives eventual consistency"},
	{From: PhaseRevoked, To: PhaseAwaitingApproval, Why: "the same, and the tenant approves returns"},
	{From: PhaseAwaitingApproval, To: PhaseUsable, Why: "approved, and a probe says usable"},
	{From: PhaseAwaitingApproval, To: PhaseRevoked, Why: "revoked again"},
	{From: PhaseRevoked, To: PhaseLost, Why: "the key stays NotFound"},
	{From: PhasePending, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhaseUsable, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhaseUnreachable, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhasePrecaution, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhaseLocked, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhaseRevoked, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhaseAwaitingApproval, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhaseLost, To: PhaseRetired, Why: "no tenant uses it"},
	{From: PhaseRetired, To: PhasePending, Why: "a tenant names the key again"},
}
