package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/metric"
)

// aside is the record of a message that can never be published.
type aside struct {
	Reason   string          `json:"reason"`
	Since    time.Time       `json:"since"`
	Envelope json.RawMessage `json:"envelope,omitempty"` // the message's body
	Raw      []byte          `json:"raw,omitempty"`      // the same, where it is not JSON
}

// maxReason bounds the reason, in bytes, so that the record of the largest
// message fits into one item.
const maxReason = 1 << 10

// AsideKey is the key of the record of a message that was put aside.
func AsideKey(m catalog.Message) catalog.Key {
	return catalog.Key{Part: kindMessage + "#" + m.Group, Sort: m.ID}
}

// putAside records a message among what waits for a person. Only then may it
// leave the outbox: whoever dies in between finds the record there the next time.
func (p *Plane) putAside(ctx context.Context, m catalog.Message, why error) error {
	rec := aside{Reason: why.Error(), Since: p.Clock.Now()}
	if len(rec.Reason) > maxReason {
		rec.Reason = strings.ToValidUTF8(rec.Reason[:maxReason], "")
	}
	if json.Valid(m.Body) {
		rec.Envelope = m.Body
	} else {
		rec.Raw = m.Body
	}
	it, err := item(AsideKey(m), rec, farFuture, LaneParked, catalog.Indexes{})
	if err != nil {
		return err
	}
	err = p.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it}}})
	switch {
	case err == nil:
		p.Metrics.Count(metric.PutAside, 1)
		p.Log.Error("an event cannot be published and was put aside", "group", m.Group, "message", m.ID, "error", why)
		return nil
	case errors.Is(err, catalog.ErrConflict):
		return nil
	case coded.Is(err, coded.Invalid):
		return coded.Wrap(coded.Internal, err, "message %s can neither be published nor put aside (%s)", m.ID, rec.Reason)
	}
	return err
}
