package reconcile

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/metric"
	"latchkey/shared/snapshot"
	"latchkey/shared/tenant"
)

// Parked is one record that waits for a person.
type Parked struct {
	Kind   string    `json:"kind"`
	ID     string    `json:"id"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since,omitzero"`
	Retry  time.Time `json:"retry,omitzero"` // when it is tried again by itself
}

// maxParked bounds the list of what is parked, per shard.
const maxParked = 100

// ParkedRecords lists the records that wait for a person, and the keys that a
// customer has to mend before they can be used.
func (p *Plane) ParkedRecords(ctx context.Context) ([]Parked, error) {
	out := []Parked{}
	keys, err := p.parked(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		it, err := p.Store.Get(ctx, key)
		if errors.Is(err, catalog.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		row, err := parkedRow(it)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return p.pendingKeys(ctx, out)
}

// parked returns the records in the parked lanes.
func (p *Plane) parked(ctx context.Context) ([]catalog.Key, error) {
	var keys []catalog.Key
	for _, lane := range []catalog.Lane{LaneParked, LaneParkedSnapshots} {
		for shard := range catalog.DueShards {
			due, err := p.Store.Due(ctx, lane, shard, farFuture, maxParked)
			if err != nil {
				return nil, err
			}
			for _, d := range due {
				keys = append(keys, d.Key)
			}
		}
	}
	return keys, nil
}

// MeasureParked measures how many records wait for a person.
func (p *Plane) MeasureParked(ctx context.Context) error {
	keys, err := p.parked(ctx)
	if err != nil {
		return err
	}
	p.Metrics.Measure(metric.Parked, float64(len(keys)), "")
	return nil
}

func parkedRow(it catalog.Item) (Parked, error) {
	kind, id := kindOf(it.Key)
	row := Parked{Kind: kind, ID: id}
	if it.DueAt.Before(farFuture) {
		row.Retry = it.DueAt
	}
	switch kind {
	case kindDatabase:
		rec, err := decode[database.Record](it)
		row.Reason, row.Since = rec.Rec.Reason, rec.Rec.PhaseAt
		return row, err
	case kindSnapshot:
		rec, err := decode[snapshot.Record](it)
		row.ID, row.Reason, row.Since = rec.Rec.ID, rec.Rec.Reason, rec.Rec.RequestedAt
		return row, err
	case kindMessage:
		rec, err := decode[aside](it)
		row.ID, row.Reason, row.Since = id+"/"+it.Key.Sort, rec.Rec.Reason, rec.Rec.Since
		return row, err
	}
	rec, err := decode[tenant.Record](it)
	row.Reason = rec.Rec.Reason
	return row, err
}

func (p *Plane) pendingKeys(ctx context.Context, out []Parked) ([]Parked, error) {
	after := ""
	for {
		page, err := p.Keys(ctx, after, catalog.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, k := range page.Items {
			if k.Phase == customerkey.PhasePending && len(k.Missing) > 0 {
				out = append(out, Parked{Kind: kindKey, ID: k.ARN, Reason: "preflight: " + k.Reason, Since: k.RegisteredAt})
			}
		}
		if page.Next == "" {
			return out, nil
		}
		after = page.Next
	}
}
