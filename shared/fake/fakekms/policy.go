package fakekms

// policy is a key policy, compiled.
type policy struct{ statements []statement }

type statement struct {
	deny       bool
	actions    operationSet
	anyone     bool
	accounts   []string // "arn:aws:iam::<account>:root": everyone in it whom IAM allows, and the twin's IAM allows all
	principals []string // ARNs, and names of services
	conditions []condition
}

// request is what a policy decides about.
type request struct {
	who    *principal
	op     operation
	ec     map[string]string
	via    string // service that calls for who, "rds.us-east-1.amazonaws.com"
	forAWS bool   // the grant is for an AWS resource
	grant  operationSet
	// grantee is GranteePrincipal of CreateGrant.
	grantee string
}

// decision is the outcome of a policy.
type decision uint8

const (
	notAllowed decision = iota
	allowedByPolicy
	explicitlyDenied
)

// decide applies the policy: an explicit deny wins over any allow.
func (p *policy) decide(r *request) decision {
	out := notAllowed
	for i := range p.statements {
		s := &p.statements[i]
		if !s.actions.has(r.op) || out == allowedByPolicy && !s.deny || !s.names(r.who) || !s.holds(r) {
			continue
		}
		if s.deny {
			return explicitlyDenied
		}
		out = allowedByPolicy
	}
	return out
}

func (s *statement) names(who *principal) bool {
	if s.anyone {
		return true
	}
	for _, a := range s.accounts {
		if a == who.account {
			return true
		}
	}
	for _, arn := range s.principals {
		if who.is(arn) {
			return true
		}
	}
	return false
}

func (s *statement) holds(r *request) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false
		}
	}
	return true
}
