package parts

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// Environment returns the values of exactly the variables that a function reads.
// It returns coded.Internal for one that nothing has a value for, and
// coded.Invalid if they are more than Lambda takes.
func Environment(spec deployment.Function, values map[string]string) (map[string]*string, error) {
	read := map[string]string{}
	var missing []string
	for _, variable := range spec.Env {
		value, ok := values[variable]
		if !ok || value == "" && !slices.Contains(deployment.Optional(), variable) {
			missing = append(missing, variable)
			continue
		}
		read[variable] = value
	}
	if len(missing) > 0 {
		return nil, coded.New(coded.Internal, "function %s has no value for %s; there are %s", spec.Name,
			strings.Join(missing, ", "), strings.Join(slices.Sorted(maps.Keys(values)), ", "))
	}
	if err := fits(spec, read); err != nil {
		return nil, err
	}
	out := map[string]*string{}
	for variable, value := range read {
		out[variable] = Text(value)
	}
	return out, nil
}

// anyReference is a reference within a text; longest is what one can become: an
// ARN of a key in GovCloud, unless it is one of these.
var (
	anyReference = regexp.MustCompile(`\$\{[^}]*\}`)
	longest      = map[string]int{"${AWS::AccountId}": 12, "${AWS::Partition}": len("aws-us-gov"), "${AWS::Region}": len("ap-southeast-1")}
)

const longestOther = 96

// fits returns an error if a function's variables may be more than Lambda takes.
func fits(spec deployment.Function, values map[string]string) error {
	deployed, most := map[string]string{}, ""
	for variable, value := range values {
		deployed[variable] = anyReference.ReplaceAllStringFunc(value, func(ref string) string {
			n, ok := longest[ref]
			if !ok {
				n = longestOther
			}
			return strings.Repeat("x", n)
		})
		if len(deployed[variable]) > len(deployed[most]) {
			most = variable
		}
	}
	body, err := json.Marshal(deployed)
	if err != nil {
		return fmt.Errorf("encoding the environment of %s: %w", spec.Name, err)
	}
	if len(body) <= deployment.EnvironmentMax {
		return nil
	}
	e := coded.New(coded.Invalid, "the environment of function %s may have %d bytes, and Lambda takes %d; the longest variable is %s with %d",
		spec.Name, len(body), deployment.EnvironmentMax, most, len(deployed[most]))
	e.Hint = "shorten the settings that it is made of: of knownPrincipals one beginning that ends in * can stand for many"
	return e
}
