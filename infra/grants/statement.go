package grants

// Conditions are an IAM statement's: operator → condition key → values.
type Conditions map[string]map[string]any

// Statement allows actions on resources. Both are as named as the API lets them
// be; one that holds a "*" says why in Wildcard.
type Statement struct {
	Sid       string
	Actions   []string
	Resources []string // ARNs; ${AWS::Region} and the like may be in them
	When      Conditions
	Deny      bool
	Wildcard  string // why a resource or an action holds "*"
}

// JSON returns the statement as it stands in a policy document.
func (s Statement) JSON() map[string]any {
	effect := "Allow"
	if s.Deny {
		effect = "Deny"
	}
	out := map[string]any{"Sid": s.Sid, "Effect": effect, "Action": s.Actions, "Resource": s.Resources}
	if len(s.When) > 0 {
		out["Condition"] = s.When
	}
	return out
}
