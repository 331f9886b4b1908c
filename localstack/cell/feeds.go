package cell

import (
	"encoding/json"
	"time"

	"latchkey/events"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/fake/faketrail"
)

// late returns how late a best-effort event comes, and whether it comes at all.
func (c *Cell) late() (time.Duration, bool) {
	d := c.cfg.Delay
	if d.Lost > 0 && c.random.Float64() < d.Lost {
		c.Counts.Count(CountLostOnWay, 1)
		return 0, false
	}
	return d.Min + time.Duration(c.random.Int64N(int64(d.Max-d.Min)+1)), true
}

// send puts one of AWS's own events on the bus, late or never.
func (c *Cell) send(env events.Envelope) {
	after, comes := c.late()
	if !comes {
		return
	}
	if _, err := c.bus.put(env, after); err != nil {
		c.cfg.Log.Error("event not taken", "id", env.ID, "error", err)
	}
}

// kmsEvent forwards KMS's own events from the platform's account and from those
// customers that forward theirs.
func (c *Cell) kmsEvent(e fakekms.Event) {
	if e.Account != c.cfg.Account && !c.bus.forwards[e.Account] {
		return
	}
	detail, err := json.Marshal(events.KMSKeyEvent{KeyID: e.KeyID})
	if err != nil {
		return
	}
	c.send(events.Envelope{Version: "0", ID: e.ID, DetailType: e.DetailType, Source: events.SourceKMS,
		Account: e.Account, Time: e.At, Region: e.Region, Resources: []string{e.KeyARN}, Detail: detail})
}

func (c *Cell) rdsEvent(region string) func(fakerds.Event) {
	return func(e fakerds.Event) {
		detail, err := json.Marshal(events.RDSEvent{
			EventCategories: e.Categories, SourceType: e.SourceType, SourceARN: e.SourceARN,
			Date: e.At.Format("2006-01-02T15:04:05.000Z"), Message: e.Message, SourceIdentifier: e.SourceID, EventID: e.EventID,
		})
		if err != nil {
			return
		}
		detailType := events.TypeRDSInstance
		if e.SourceType == "SNAPSHOT" {
			detailType = events.TypeRDSSnapshot
		}
		c.send(events.Envelope{Version: "0", ID: c.random.UUID(), DetailType: detailType, Source: events.SourceRDS,
			Account: c.cfg.Account, Time: e.At, Region: region, Resources: []string{e.SourceARN}, Detail: detail})
	}
}

// rdsCall gives the API calls that reach the twin of RDS to CloudTrail.
func (c *Cell) rdsCall(call fakerds.Call) {
	if !c.Trail.Wanted(c.cfg.Account) {
		return
	}
	c.Trail.Record(faketrail.Call{
		Source: "rds.amazonaws.com", Name: call.Operation, Region: call.Region, At: call.At, Caller: call.Caller,
		ReadOnly: call.ReadOnly, ErrorCode: call.ErrorCode, ErrorMessage: call.ErrorMessage,
		Request: call.Params, Response: call.Response,
	})
}

// mayMatter reports whether some rule may match a KMS call, so that the
// millions of others need not be made into records and events first.
func mayMatter(c faketrail.Call) bool {
	switch {
	case c.Source != "kms.amazonaws.com":
		return false
	case c.ErrorCode == "":
		return changes[c.Name]
	}
	call := events.KMSCall{CloudTrailRecord: events.CloudTrailRecord{ErrorCode: c.ErrorCode}}
	return call.Refused()
}

// changes are the calls that change whether a key can be used.
var changes = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range events.KMSCalls(events.KMSChange) {
		m[name] = true
	}
	return m
}()

// trailRecord puts the KMS calls of one account on the bus: of ours, and of a
// customer's that forwards them.
func (c *Cell) trailRecord(account string) func(faketrail.Record) {
	return func(r faketrail.Record) {
		env, err := events.WrapCloudTrail(r.JSON(), account)
		if err != nil {
			c.cfg.Log.Error("CloudTrail record not wrapped", "event", r.EventID, "error", err)
			return
		}
		c.send(env)
	}
}
