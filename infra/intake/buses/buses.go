// Package buses says on which event buses customers' accounts may put the key
// events that they forward, and what each bus's policy is. docs/decisions/0012
// has why.
//
// In mode Open there is one bus, which takes key events from any account; in
// mode Listed each account is on one of as many buses as are needed, because a
// bus's policy holds no more than PolicyLimit characters. Either way a forwarded
// event is believed only about keys of the account that it came from, which
// nobody but EventBridge can write into it.
package buses

import (
	"fmt"
	"regexp"
	"slices"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// Mode is how accounts are let in.
type Mode string

// The modes.
const (
	Open   Mode = "open"   // any account
	Listed Mode = "listed" // the accounts of a list
)

// Limits. [EventBridge guide, Quotas: event bus policy size, event buses]
const (
	PolicyLimit = 10_240 // characters of a bus's policy
	PerBus      = 500    // accounts on a bus, which leaves room in its policy
	// MaxBuses keeps a cell below EventBridge's 100 buses and CloudFormation's
	// 500 resources of a stack. [CloudFormation guide, Quotas]
	MaxBuses = 50
)

// Vacant stands in the list for an account that has left, so that no other
// account moves to another bus. A new account may take its place.
const Vacant = "000000000000"

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// Bus is one intake bus.
type Bus struct {
	Name     string
	Accounts []string // that may put events; nil in mode Open
	Any      bool     // any account may
}

// Of returns the buses of a mode and a list of accounts, of which Open takes
// none. The place in the list decides the bus, so whoever is appended moves
// nobody. It returns coded.Invalid for what cannot be, naming the first problem.
func Of(mode Mode, accounts []string) ([]Bus, error) {
	switch {
	case mode == Open && len(accounts) == 0:
		return []Bus{{Name: deployment.IntakeBus, Any: true}}, nil
	case mode == Open:
		return nil, coded.Field("intakeAccounts", "set intake to listed, or leave the accounts out", "%d accounts are listed, but intake is open", len(accounts))
	case mode != Listed:
		return nil, coded.Field("intake", "give open or listed", "%q is no mode", mode)
	}
	if err := check(accounts); err != nil {
		return nil, err
	}
	var all []Bus
	for part := range slices.Chunk(accounts, PerBus) {
		let := slices.DeleteFunc(slices.Clone(part), func(a string) bool { return a == Vacant })
		all = append(all, Bus{Name: nameOf(len(all)), Accounts: let})
	}
	return all, nil
}

// nameOf returns latchkey-intake, latchkey-intake-2, …: the first is the bus of
// mode Open, so that its accounts need not change their rules with the mode.
func nameOf(i int) string {
	if i == 0 {
		return deployment.IntakeBus
	}
	return fmt.Sprintf("%s-%d", deployment.IntakeBus, i+1)
}

// Name returns the bus that an account of the list forwards to.
func Name(accounts []string, account string) (string, bool) {
	i := slices.Index(accounts, account)
	if i < 0 || account == Vacant {
		return "", false
	}
	return nameOf(i / PerBus), true
}

func check(accounts []string) error {
	if len(accounts) == 0 {
		return coded.Field("intakeAccounts", "list the customers' accounts, or set intake to open", "is empty")
	}
	if len(accounts) > PerBus*MaxBuses {
		return coded.Field("intakeAccounts", "set intake to open, or spread the tenants over more Regions",
			"has %d accounts; a cell has room for %d", len(accounts), PerBus*MaxBuses)
	}
	seen := make(map[string]bool, len(accounts))
	for i, a := range accounts {
		field := fmt.Sprintf("intakeAccounts[%d]", i)
		if !accountForm.MatchString(a) {
			return coded.Field(field, "give the 12 digits of an account", "%q is not an account", a)
		}
		if seen[a] && a != Vacant {
			return coded.Field(field, "list each account once; put "+Vacant+" in the place of one that has left", "%s is there already", a)
		}
		seen[a] = true
	}
	return nil
}

// Forwarded returns the routes whose events customers forward.
func Forwarded() []events.Route {
	var out []events.Route
	for _, r := range events.Routes() {
		if r.Forwarded {
			out = append(out, r)
		}
	}
	return out
}
