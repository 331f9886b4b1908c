package keyusage

// Outcome is how a call ended, for people and for rules; the error code itself
// is kept beside it.
type Outcome string

// The outcomes.
const (
	Allowed   Outcome = "allowed"
	Denied    Outcome = "denied"    // a policy, a grant or a missing permission said no
	Unusable  Outcome = "unusable"  // the key's state did: disabled, pending deletion, gone
	Throttled Outcome = "throttled" // says nothing about the key
	Probed    Outcome = "probed"    // a DryRun that would have been allowed
	Failed    Outcome = "failed"    // any other error
)

// outcomes maps CloudTrail's errorCode. CloudTrail writes some codes without
// their suffix, so both forms are listed. [KMS API reference, Common errors and
// the errors of Decrypt; KMS guide, Testing your permissions: DryRun; CloudTrail
// guide, Logging network activity events] KeyUnavailableException is not in it: KMS
// could not reach the key just then, which says nothing about its state, so it Failed.
var outcomes = map[string]Outcome{
	"":                           Allowed,
	"AccessDenied":               Denied,
	"AccessDeniedException":      Denied,
	"UnauthorizedOperation":      Denied,
	"InvalidGrantTokenException": Denied,
	"VpceAccessDenied":           Denied, // of network activity events: the VPC endpoint's policy said no
	"Disabled":                   Unusable,
	"DisabledException":          Unusable,
	"KMSInvalidStateException":   Unusable,
	"KMSInvalidState":            Unusable,
	"InvalidStateException":      Unusable,
	"NotFoundException":          Unusable,
	"NotFound":                   Unusable,
	"ThrottlingException":        Throttled,
	"Throttling":                 Throttled,
	"DryRunOperationException":   Probed,
	"DryRunOperation":            Probed,
}

// OutcomeOf returns the outcome of an errorCode; empty means success.
func OutcomeOf(errorCode string) Outcome {
	if o, known := outcomes[errorCode]; known {
		return o
	}
	return Failed
}
