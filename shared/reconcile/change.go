package reconcile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
)

// change gathers what one transaction shall do.
type change struct {
	plane  *Plane
	tx     catalog.Tx
	now    time.Time
	region string
	origin string // what makes the ids of its events unique: record and version
	err    error
}

func (p *Plane) change(now time.Time, region string, key catalog.Key, version int64) *change {
	return &change{plane: p, now: now, region: region, origin: fmt.Sprintf("%s|%s|%d", key.Part, key.Sort, version)}
}

// put adds an item; err is that of building it.
func (c *change) put(it catalog.Item, err error, ifVersion int64) {
	if err != nil && c.err == nil {
		c.err = err
	}
	c.tx.Puts = append(c.tx.Puts, catalog.Put{Item: it, IfVersion: ifVersion})
}

// seen adds the id of the event that is applied, for one function.
func (c *change) seen(function, eventID string) {
	if c.plane.Hooks.SkipSeen {
		return
	}
	c.tx.Seen = &catalog.Seen{ID: function + "/" + eventID, Expires: c.now.Add(c.plane.Config.SeenFor)}
}

// tell adds outgoing events.
func (c *change) tell(drafts []events.Draft) {
	if c.plane.Hooks.DropOutbox {
		return
	}
	for _, d := range drafts {
		id := eventID(fmt.Sprintf("%s|%d|%s", c.origin, len(c.tx.Outbox), d.DetailType))
		d.Detail.Stamp(id, c.now)
		env, err := events.New(d.DetailType, id, c.now, c.region, c.plane.Config.Account, d.Detail)
		if err != nil {
			c.fail(fmt.Errorf("event %q: %w", d.DetailType, err))
			return
		}
		body, err := env.Marshal()
		if err != nil {
			c.fail(err)
			return
		}
		c.tx.Outbox = append(c.tx.Outbox, catalog.Message{ID: id, Group: d.Detail.Subject(), Body: body})
	}
}

func (c *change) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// commit stores everything or nothing.
func (c *change) commit(ctx context.Context) error {
	if c.err != nil {
		return c.err
	}
	err := c.plane.Store.Commit(ctx, c.tx)
	if c.plane.Hooks.SkipVersions && errors.Is(err, catalog.ErrConflict) {
		return c.force(ctx)
	}
	return err
}

// force commits over whatever is there: a bug that the simulation must find.
func (c *change) force(ctx context.Context) error {
	for i, put := range c.tx.Puts {
		cur, err := c.plane.Store.Get(ctx, put.Item.Key)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		c.tx.Puts[i].IfVersion = cur.Version
	}
	return c.plane.Store.Commit(ctx, c.tx)
}

// eventID makes an id in the form of a UUID that is the same whenever the same
// change is committed.
func eventID(of string) string {
	h := sha256.Sum256([]byte(of))
	h[6] = h[6]&0x0f | 0x80 // version 8: made by our own rule [RFC 9562]
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
