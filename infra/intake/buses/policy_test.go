package buses_test

import (
	"encoding/json"
	"slices"
	"testing"

	"latchkey/events"
	"latchkey/infra/intake/buses"
)

// conditions returns the statement's StringEquals as lists.
func conditions(t *testing.T, b buses.Bus) map[string][]string {
	t.Helper()
	raw, err := json.Marshal(b.Statement())
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Principal, Action, Effect string
		Condition                 struct {
			StringEquals map[string][]string
			BoolIfExists map[string]string
		}
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if s.Principal != "*" || s.Action != "events:PutEvents" || s.Effect != "Allow" || s.Condition.BoolIfExists["events:eventBusInvocation"] != "true" {
		t.Errorf("the statement is %s", raw)
	}
	return s.Condition.StringEquals
}

func TestBus_Statement(t *testing.T) {
	open := conditions(t, of(t, buses.Open, nil)[0])
	if _, ok := open["aws:PrincipalAccount"]; ok || !slices.Equal(open["events:source"], []string{events.SourceKMS}) {
		t.Errorf("open: %v", open)
	}
	listed := conditions(t, of(t, buses.Listed, []string{"111122223333", buses.Vacant, "444455556666"})[0])
	if got := listed["aws:PrincipalAccount"]; !slices.Equal(got, []string{"111122223333", "444455556666"}) {
		t.Errorf("listed lets in %v", got)
	}
	// A list that is empty would let in everybody or be refused.
	if got := conditions(t, of(t, buses.Listed, []string{buses.Vacant})[0])["aws:PrincipalAccount"]; !slices.Equal(got, []string{buses.Vacant}) {
		t.Errorf("a bus without accounts lets in %v", got)
	}
}

// TestBus_Statement_carries holds that the policy lets through every event that
// a forwarded route matches, and no source but AWS's, which nobody can forge.
func TestBus_Statement_carries(t *testing.T) {
	let := conditions(t, of(t, buses.Open, nil)[0])
	routes := buses.Forwarded()
	if len(routes) == 0 {
		t.Fatal("no route is forwarded")
	}
	for _, r := range routes {
		for key, member := range map[string]string{"events:source": "source", "events:detail-type": "detail-type"} {
			leaf, _ := r.Pattern[member].(events.Any)
			for _, v := range leaf {
				if s, ok := v.(string); !ok || !slices.Contains(let[key], s) {
					t.Errorf("route %s matches %s %v, which the policy refuses", r.Name, member, v)
				}
			}
			if len(leaf) == 0 {
				t.Errorf("route %s matches any %s", r.Name, member)
			}
		}
	}
	for _, s := range let["events:source"] {
		if len(s) < 5 || s[:4] != "aws." {
			t.Errorf("anybody can put events of source %s", s)
		}
	}
}
