package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/metric"
)

// early is an event that came before its tenant's Tenant Created.
type early struct {
	Event   *events.Envelope `json:"event,omitempty"` // nil once it is sent or refused
	Ends    bool             `json:"ends,omitempty"`  // it is a Tenant Destroyed
	Sent    bool             `json:"sent,omitempty"`
	Refused string           `json:"refused,omitempty"` // why the cell's bus will never take it
}

// sentFor is how long it is known that a kept event was sent or refused: longer than its
// message can come again, four days in the queue and fourteen in the dead letters.
const sentFor = 30 * 24 * time.Hour

// maxEarlyPages bounds the search for what was kept of one tenant.
const maxEarlyPages = 50

func earlyPart(tenantID string) string { return "early#" + tenantID }

// earlyKey sorts a tenant's events by their sequence. One that is delivered again
// has the same key.
func earlyKey(about events.Subject, env events.Envelope) catalog.Key {
	return catalog.Key{Part: earlyPart(about.TenantID), Sort: fmt.Sprintf("%019d.%s", about.Sequence, env.ID)}
}

// follow sends an event to where its tenant is. Where the tenant has no place yet,
// the event is kept, and coded.Pending.
func (d *Directory) follow(ctx context.Context, about events.Subject, env events.Envelope, ends bool) error {
	key := earlyKey(about, env)
	for range maxTries {
		it, kept, err := load[early](ctx, d.Store, key)
		if err != nil || it.Sent {
			return err
		}
		if it.Refused != "" {
			return refusal(it.Refused)
		}
		p, placed, err := load[Place](ctx, d.Store, tenantKey(about.TenantID))
		switch {
		case err != nil:
			return err
		case placed > 0 && kept > 0:
			if err := d.sendKept(ctx, p, key); err != nil {
				return err
			}
			continue // what is noted of it now, perhaps by another delivery, is the answer
		case placed > 0:
			return d.send(ctx, p, env, ends)
		case kept == 0:
			if err := d.keep(ctx, about, key, early{Event: &env, Ends: ends}); errors.Is(err, catalog.ErrConflict) {
				continue
			} else if err != nil {
				return err
			}
		}
		return coded.New(coded.Pending, "tenant %s has no place before its Tenant Created; the event is kept for it", about.TenantID)
	}
	return coded.New(coded.Retryable, "tenant %s: lost %d races", about.TenantID, maxTries)
}

// keep stores an event on the condition that its tenant has no place: so it is
// either there when the tenant gets one, and goes on with its Tenant Created, or
// ErrConflict.
func (d *Directory) keep(ctx context.Context, about events.Subject, key catalog.Key, it early) error {
	w, err := put(key, it, about.TenantID, 0)
	if err != nil {
		return err
	}
	return d.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{w}, Checks: []catalog.Check{{Key: tenantKey(about.TenantID)}}})
}

// sendEarly sends on what was kept of a tenant, in the order of its sequence. An
// event that the bus refuses for good holds up no other, and its tenant neither.
func (d *Directory) sendEarly(ctx context.Context, p Place) error {
	q := catalog.Query{Index: catalog.IndexPart, Value: earlyPart(p.TenantID), Limit: catalog.MaxPage}
	for range maxEarlyPages {
		page, err := d.Store.Query(ctx, q)
		if err != nil {
			return err
		}
		for _, it := range page.Items {
			err := d.sendKept(ctx, p, it.Key)
			if errors.Is(err, errRefused) {
				d.Metrics.Count(metric.Broken, 1)
				d.Log.WarnContext(ctx, "a kept event was refused for good", "tenant", p.TenantID, "event", it.Key.Sort, "error", err)
			} else if err != nil {
				return fmt.Errorf("sending on the kept event %s: %w", it.Key.Sort, err)
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
	return coded.New(coded.Retryable, "tenant %s: %d pages of kept events are not all", p.TenantID, maxEarlyPages)
}

// errRefused is of an event that the cell's bus will never take.
var errRefused = errors.New("the cell's bus refuses it for good")

func refusal(why string) error {
	e := coded.Wrap(coded.Invalid, errRefused, "%s", why)
	e.Hint = "have its sender mend the event and send it again"
	return e
}

// sendKept sends a kept event on, unless that was done, and notes that it is. What
// is refused for good is noted too, and errRefused once: by whoever noted it.
func (d *Directory) sendKept(ctx context.Context, p Place, key catalog.Key) error {
	it, version, err := load[early](ctx, d.Store, key)
	if err != nil || version == 0 || it.Sent || it.Refused != "" {
		return err
	}
	done := early{Sent: true}
	err = d.send(ctx, p, *it.Event, it.Ends)
	if coded.Is(err, coded.Invalid) {
		done = early{Refused: err.Error()}
		err = refusal(done.Refused)
	} else if err != nil {
		return err
	}
	w, failed := put(key, done, p.TenantID, version)
	if failed != nil {
		return failed
	}
	w.Item.Expires = d.Clock.Now().Add(sentFor)
	switch failed := d.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{w}}); {
	case errors.Is(failed, catalog.ErrConflict):
		return nil // another delivery of Tenant Created has noted it too
	case failed != nil:
		return failed
	}
	return err
}
