package tenant

import "latchkey/shared/transition"

// Transitions is the state machine of a tenant. Apply and Step are tested
// against it, and the diagram in docs/ is drawn from it.
var Transitions = transition.Table[Phase]{
	{From: "", To: PhaseAwaitingCreated, Why: "a product event comes first"},
	{From: "", To: PhaseProvisioning, Why: "Tenant Created"},
	{From: "", To: PhaseDestroying, Why: "Tenant Destroyed comes first"},
	{From: PhaseAwaitingCreated, To: PhaseProvisioning, Why: "Tenant Created"},
	{From: PhaseAwaitingCreated, To: PhaseDestroying, Why: "Tenant Destroyed"},
	{From: PhaseAwaitingCreated, To: PhaseParked, Why: "no Tenant Created for 24 hours"},
	{From: PhaseProvisioning, To: PhaseActive, Why: "a first product is ready"},
	{From: PhaseProvisioning, To: PhaseParked, Why: "a first database cannot be made"},
	{From: PhaseProvisioning, To: PhaseDestroying, Why: "Tenant Destroyed"},
	{From: PhaseParked, To: PhaseProvisioning, Why: "what was in the way is gone"},
	{From: PhaseParked, To: PhaseActive, Why: "a first product is ready"},
	{From: PhaseParked, To: PhaseDestroying, Why: "Tenant Destroyed"},
	{From: PhaseActive, To: PhaseDestroying, Why: "Tenant Destroyed"},
	{From: PhaseDestroying, To: PhaseDestroyed, Why: "the grace period is over and all data is deleted"},
}

// Diagram returns Transitions as a Mermaid state diagram.
func Diagram() string { return Transitions.Mermaid() }
