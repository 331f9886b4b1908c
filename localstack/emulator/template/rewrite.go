package template

import (
	"encoding/json"
	"strings"
)

// Rewrite changes what an emulator cannot take, and nothing else.
type Rewrite struct {
	Name   string
	Reason string
	// Apply changes the template and returns how many places it changed.
	Apply func(Document) int
}

// Applied says how often a rewrite changed something.
type Applied struct {
	Rewrite
	Places int
}

// Rewrites returns what moto 5.2.1 needs, in the order in which it is applied.
func Rewrites() []Rewrite {
	return []Rewrite{
		{"no-bootstrap-version", "the parameter reads the version of the CDK's bootstrap stack from Parameter Store; there is no such stack here", dropBootstrap},
		{"key-policy-text", "moto keeps a key's policy as it comes and answers DescribeKey with 500 if that is an object", keyPolicy},
		{"queue-mappings-off", "moto would run the function itself, in Docker, with each message that arrives; the local stack hands the messages over", queueMappings},
		{"stream-mappings-out", "moto would run the function itself with each write, disabled or not, and then empty the stream; the local stack reads it", streamMappings},
	}
}

// Adapt applies the rewrites to a copy of a template.
func Adapt(d Document, list []Rewrite) (Document, []Applied, error) {
	out, err := d.Clone()
	if err != nil {
		return nil, nil, err
	}
	var applied []Applied
	for _, r := range list {
		applied = append(applied, Applied{r, r.Apply(out)})
	}
	return out, applied, nil
}

func dropBootstrap(d Document) int {
	n := 0
	for section, name := range map[string]string{"Parameters": "BootstrapVersion", "Rules": "CheckBootstrapVersion"} {
		members, _ := d[section].(map[string]any)
		if _, ok := members[name]; ok {
			delete(members, name)
			n++
		}
		if members != nil && len(members) == 0 {
			delete(d, section)
		}
	}
	return n
}

// asText is an object as a string of JSON; where it refers to something, the
// emulator makes the string. [CloudFormation guide, Fn::ToJsonString]
func asText(v map[string]any) any {
	b, err := json.Marshal(v)
	if err != nil || strings.Contains(string(b), `"Fn::`) || strings.Contains(string(b), `"Ref":`) {
		return map[string]any{"Fn::ToJsonString": v}
	}
	return string(b)
}

func keyPolicy(d Document) int {
	n := 0
	for _, r := range d.Resources("AWS::KMS::Key") {
		if policy, ok := r.Properties["KeyPolicy"].(map[string]any); ok {
			r.Properties["KeyPolicy"] = asText(policy)
			n++
		}
	}
	return n
}

// fromStream tells a mapping that reads a stream: only those have a starting position.
// [Lambda API reference, CreateEventSourceMapping]
func fromStream(r Resource) bool {
	_, ok := r.Properties["StartingPosition"]
	return ok
}

func queueMappings(d Document) int {
	n := 0
	for _, r := range d.Resources("AWS::Lambda::EventSourceMapping") {
		if !fromStream(r) {
			r.Properties["Enabled"] = false
			n++
		}
	}
	return n
}

func streamMappings(d Document) int {
	n := 0
	for _, r := range d.Resources("AWS::Lambda::EventSourceMapping") {
		if fromStream(r) {
			d.remove(r.ID)
			n++
		}
	}
	return n
}
