package deployed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/keyusage/report"
)

// Put puts events on the cell's bus that one of its functions takes from there.
// An entry that is accepted is EventBridge's, under an id that it gives itself;
// what the function makes of it is seen in the records, so deliver changes
// nothing. Others are not put: those that nobody needs, our own outgoing ones
// among them, and those of AWS's sources, which only AWS can send.
func (c *Cell) Put(ctx context.Context, envs []events.Envelope, _ bool) ([]api.Entry, error) {
	out := make([]api.Entry, len(envs))
	var batch []events.Envelope
	var places []int
	for i, env := range envs {
		if out[i] = c.judge(i, env); out[i].Status == api.Accepted {
			batch, places = append(batch, env), append(places, i)
			c.parts.Say("putting an event on the bus %s in %s: %s of %s: %s", deployment.Bus, c.parts.Region, env.DetailType, env.Source, line(env.Detail))
		}
	}
	if len(batch) == 0 {
		return out, nil
	}
	failed, err := c.parts.Bus.PutEvents(ctx, batch)
	if err != nil {
		return nil, err
	}
	for j, err := range failed {
		e := &out[places[j]]
		switch {
		case err == nil:
			c.parts.Say("taken: %s", e.DetailType)
			continue
		case coded.Is(err, coded.Invalid):
			e.Status = api.Rejected
		default:
			e.Status = api.Failed
		}
		e.Problem = api.ProblemOf(err)
		c.parts.Log.WarnContext(ctx, "EventBridge did not take an event", "id", e.ID, "error", err)
	}
	return out, nil
}

// line is an event's detail as it may be shown to people, in one line.
func line(detail json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, detail) != nil {
		return report.Spelt(string(detail))
	}
	return report.Spelt(b.String())
}

// judge says what is to become of an event: accepted is what can be put.
func (c *Cell) judge(i int, env events.Envelope) api.Entry {
	e := api.Entry{Index: i, ID: env.ID, DetailType: env.DetailType, Status: api.Accepted}
	_, err := c.contract.Parse(env)
	switch {
	case strings.HasPrefix(env.Source, "aws."):
		refused := coded.Field("source", "nothing needs to be done for it: probes and sweeps find out what such events tell; "+
			"an Object Created goes to the queue latchkey-audit-keys, see docs/runbook.md", "only AWS can put events of %s", env.Source)
		e.Status, e.Problem = api.Rejected, api.ProblemOf(refused)
	case errors.Is(err, events.ErrUnknown):
		e.Status = api.Unknown
	case err != nil:
		e.Status, e.Problem = api.Rejected, api.ProblemOf(err)
	case len(c.table.Match(env)) == 0:
		e.Status = api.Unrouted
	}
	return e
}
