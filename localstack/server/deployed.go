package server

import (
	"context"
	"net/http"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
)

// localRoutes are the calls that only a local stack has. Of a deployed cell each
// says why not, and what there is instead.
func (s *Server) localRoutes() map[string]handler {
	const (
		customers = "the keys of a deployed cell are the customers' own, in their accounts"
		askThem   = "ask the customer to do it; `key list` shows the keys that tenants use"
		noClock   = "a deployed cell runs on AWS's time"
	)
	all := map[string]handler{}
	for pattern, r := range map[string]struct {
		local        handler
		reason, hint string
	}{
		"POST /keys":           {s.createKey, customers, askThem},
		"POST /keys/{path...}": {s.changeKey, customers, askThem},
		"GET /clock":           {s.clock, noClock, "it can be neither shown nor advanced; what is due is done within a minute"},
		"POST /clock/advance":  {s.advance, noClock, "it can be neither shown nor advanced; what is due is done within a minute"},
		"GET /events": {s.sentEvents, "EventBridge keeps no list of the events that went out",
			"see the records themselves: `key show`, `database show`, `tenant show`; consumers have the events"},
		"GET /counts": {s.counts, "what a deployed cell counts goes to CloudWatch",
			"see the dashboard latchkey-<Region>, or the metrics of the namespace Latchkey"},
	} {
		all[pattern] = r.local
		if s.stack == nil {
			all[pattern] = func(*http.Request) (any, error) { return nil, deployed(r.reason, r.hint) }
		}
	}
	return all
}

// deployed is the error of a call that a deployed cell does not have.
func deployed(reason, hint string) error {
	e := coded.New(coded.Invalid, "not on a deployed cell: %s", reason)
	e.Hint = hint
	return e
}

// noPreflight is why a key is not tried from here: its policy is about the roles
// of the cell's functions, so what an operator is answered says nothing. Its hint
// has the statements that the policy needs.
func (s *Server) noPreflight(ctx context.Context, arn, tenantID string) error {
	hint := "`key show` has what the last preflight of the functions found; a key that does not pass is tried again every four minutes"
	key, err := events.ParseKeyARN(arn)
	if err != nil {
		return err
	}
	if rec, err := s.cell.Plane().Key(ctx, arn); err == nil && tenantID == "" {
		tenantID = rec.TenantID
	}
	if tenantID != "" {
		hint += ". These statements have to be in the key policy:\n" +
			customerkey.Statement(customerkey.Want{TenantID: tenantID, Region: key.Region, PlatformAccount: s.cell.Health().Account})
	}
	return deployed("a key's policy is about the roles of the cell's functions, and says nothing of you", hint)
}

func errSecret() error {
	e := coded.New(coded.NotFound, "nothing here")
	e.Field, e.Hint = "url", "set LATCHKEY_URL to the whole address that `attach` printed; each start makes another"
	return e
}
