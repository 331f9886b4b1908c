package template

import (
	"slices"

	"latchkey/shared/coded"
)

// connect is the action of logging in with a token.
// [RDS guide, Creating and using an IAM policy for IAM database access]
const connect = "rds-db:connect"

// DatabaseLogins returns, by the name of a role, the resources that its own
// policies allow it to log in to. It understands what the stack's roles say of
// that, a plain Allow, and refuses the rest: a Deny, a condition, a NotResource.
func (d *Deployed) DatabaseLogins() (map[string][]string, error) {
	out := map[string][]string{}
	for _, r := range d.Declared.Resources("AWS::IAM::Role") {
		policies, _ := r.Properties["Policies"].([]any)
		for _, p := range policies {
			policy, _ := p.(map[string]any)
			document, _ := policy["PolicyDocument"].(map[string]any)
			statements, _ := document["Statement"].([]any)
			for _, s := range statements {
				statement, _ := s.(map[string]any)
				if !slices.Contains(list(statement["Action"]), connect) {
					continue
				}
				resources, err := d.loginsOf(statement)
				if err != nil {
					return nil, coded.Wrap(coded.Invalid, err, "role %s", r.ID)
				}
				name := d.Resolver.Physical[r.ID]
				out[name] = append(out[name], resources...)
			}
		}
	}
	return out, nil
}

func (d *Deployed) loginsOf(statement map[string]any) ([]string, error) {
	if statement["Effect"] != "Allow" || statement["Condition"] != nil || statement["Resource"] == nil {
		return nil, coded.New(coded.Invalid, "a statement about %s that is more than an Allow of resources is not understood here", connect)
	}
	resolved, err := d.Resolver.Resolve(statement["Resource"])
	return list(resolved), err
}

// list is a member of a policy that is a string or several.
func list(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
