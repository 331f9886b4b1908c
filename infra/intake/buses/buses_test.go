package buses_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/infra/intake/buses"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

func accounts(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%012d", 100_000_000_000+i*7919)
	}
	return out
}

func of(t *testing.T, mode buses.Mode, accounts []string) []buses.Bus {
	t.Helper()
	all, err := buses.Of(mode, accounts)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// document is the policy as EventBridge keeps it, with the longest names of the
// supported Regions.
func document(t *testing.T, b buses.Bus) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{b.Statement()}})
	if err != nil {
		t.Fatal(err)
	}
	longest := slices.MaxFunc(events.Regions(), func(a, b string) int { return len(a) - len(b) })
	return strings.NewReplacer("${AWS::Partition}", "aws", "${AWS::Region}", longest, "${AWS::AccountId}", "111122223333").Replace(string(raw))
}

// TestOf_TenThousand holds the limit that the decision is about.
func TestOf_TenThousand(t *testing.T) {
	list := accounts(10_000)
	all := of(t, buses.Listed, list)
	if len(all) != 20 {
		t.Errorf("%d buses for %d accounts", len(all), len(list))
	}
	names, on := map[string]bool{}, map[string]string{}
	for _, b := range all {
		if n := len(document(t, b)); n > buses.PolicyLimit {
			t.Errorf("the policy of %s has %d characters, EventBridge takes %d", b.Name, n, buses.PolicyLimit)
		}
		if names[b.Name] || b.Any {
			t.Errorf("bus %s: there twice, or open", b.Name)
		}
		names[b.Name] = true
		for _, a := range b.Accounts {
			if other, twice := on[a]; twice {
				t.Errorf("%s is on %s and on %s", a, other, b.Name)
			}
			on[a] = b.Name
		}
	}
	for _, a := range list {
		if name, ok := buses.Name(list, a); !ok || on[a] != name {
			t.Errorf("%s is told %q, but is on %q", a, name, on[a])
		}
	}
	if len(on) != len(list) {
		t.Errorf("%d of %d accounts are on a bus", len(on), len(list))
	}
	full := of(t, buses.Listed, accounts(buses.PerBus*buses.MaxBuses))
	if n := len(document(t, full[len(full)-1])); len(full) != buses.MaxBuses || n > buses.PolicyLimit {
		t.Errorf("%d buses, the last policy has %d characters", len(full), n)
	}
}

// TestOf_Stable holds that whoever joins or leaves moves nobody else.
func TestOf_Stable(t *testing.T) {
	list := accounts(3 * buses.PerBus)
	for n := 1; n < len(list); n += 97 {
		for _, a := range list[:n] {
			before, _ := buses.Name(list[:n], a)
			if after, _ := buses.Name(list[:n+1], a); after != before {
				t.Fatalf("with one account more than %d, %s moves from %s to %s", n, a, before, after)
			}
		}
	}
	left := slices.Clone(list)
	left[3], left[700] = buses.Vacant, buses.Vacant
	for i, a := range list {
		if i == 3 || i == 700 {
			continue
		}
		before, _ := buses.Name(list, a)
		if after, _ := buses.Name(left, a); after != before {
			t.Errorf("%s moves from %s to %s", a, before, after)
		}
	}
	all := of(t, buses.Listed, left)
	if slices.Contains(all[0].Accounts, buses.Vacant) || len(all[0].Accounts) != buses.PerBus-1 {
		t.Error("the place of an account that left is let in")
	}
	if _, ok := buses.Name(left, buses.Vacant); ok {
		t.Error("a vacant place has a bus")
	}
}

func TestOf_Invalid(t *testing.T) {
	for name, test := range map[string]struct {
		mode     buses.Mode
		accounts []string
		field    string
	}{
		"no mode":        {"", nil, "intake"},
		"open with list": {buses.Open, accounts(1), "intakeAccounts"},
		"empty list":     {buses.Listed, nil, "intakeAccounts"},
		"too many":       {buses.Listed, accounts(buses.PerBus*buses.MaxBuses + 1), "intakeAccounts"},
		"no account":     {buses.Listed, []string{"111122223333", "1111-2222-3333"}, "intakeAccounts[1]"},
		"twice":          {buses.Listed, []string{"111122223333", "111122223333"}, "intakeAccounts[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := buses.Of(test.mode, test.accounts)
			var e *coded.Error
			if !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
				t.Fatalf("got %v", err)
			}
			if e, _ = err.(*coded.Error); e == nil || e.Field != test.field {
				t.Errorf("got %v, want the field %s", err, test.field)
			}
		})
	}
}

func TestOf_Open(t *testing.T) {
	all := of(t, buses.Open, nil)
	if len(all) != 1 || all[0].Name != deployment.IntakeBus || !all[0].Any {
		t.Errorf("got %+v", all)
	}
	if first := of(t, buses.Listed, accounts(1))[0].Name; first != all[0].Name {
		t.Errorf("the first bus is %s in one mode and %s in the other", all[0].Name, first)
	}
}
