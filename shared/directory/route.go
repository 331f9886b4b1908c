package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
	"latchkey/shared/delivery"
	"latchkey/shared/metric"
	"latchkey/shared/tenant"
)

// Bus is a cell's event bus. failed holds, for each event, why it was not taken,
// or nil; err is for the whole call.
type Bus interface {
	PutEvents(ctx context.Context, batch []events.Envelope) (failed []error, err error)
}

// Metrics counts what happens, under the names of package metric. Safe for
// concurrent use.
type Metrics interface {
	Count(name string, n int64)
}

// Deps are the collaborators of a Directory.
type Deps struct {
	Store          catalog.Store // the directory's own table
	Clock          clock.Clock
	Cells          map[string]Bus // by Region
	Metrics        Metrics
	CommerceSource string       // source of commerce events; empty: events.SourceCommerce
	Log            *slog.Logger // nil: slog.Default()
}

// Directory is the entry. Safe for concurrent use.
type Directory struct {
	Deps
	contract *events.Contract
}

// New returns the directory, or an error that names what is missing.
func New(d Deps) (*Directory, error) {
	var missing []string
	for name, absent := range map[string]bool{
		"Store": d.Store == nil, "Clock": d.Clock == nil, "Cells": len(d.Cells) == 0, "Metrics": d.Metrics == nil,
	} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("directory: set %s", strings.Join(missing, ", "))
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	return &Directory{Deps: d, contract: events.NewContract(events.Config{CommerceSource: d.CommerceSource})}, nil
}

// Route sends a commerce event to the cell of its tenant. nil acknowledges it.
// coded.Invalid and coded.Conflict are about the event and will not change;
// coded.Pending is an event that is kept for its tenant's Tenant Created; any other
// error is worth another delivery.
func (d *Directory) Route(ctx context.Context, env events.Envelope) error {
	delivery.Count(ctx, d.Metrics, metric.EventsIn)
	detail, err := d.contract.Parse(env)
	if errors.Is(err, events.ErrUnknown) {
		d.Metrics.Count(metric.Unknown, 1)
		return nil
	}
	if err == nil {
		err = d.route(ctx, env, detail)
	}
	if c := coded.Of(err); c == coded.Invalid || c == coded.Conflict {
		delivery.Count(ctx, d.Metrics, metric.Broken)
	}
	if err != nil {
		return fmt.Errorf("event %s (%s): %w", env.ID, env.DetailType, err)
	}
	return nil
}

func (d *Directory) route(ctx context.Context, env events.Envelope, detail any) error {
	e, ok := detail.(tenant.Event)
	if !ok {
		return coded.New(coded.Internal, "no commerce event; the rule of the entry's bus is wrong")
	}
	created, isNew := detail.(*events.TenantCreated)
	if !isNew {
		_, ends := detail.(*events.TenantDestroyed)
		return d.follow(ctx, e.About(), env, ends)
	}
	p, err := d.place(ctx, created)
	if err != nil {
		return err
	}
	if created.Region == "" {
		if env.Detail, err = pinned(env.Detail, p.Region); err != nil {
			return err
		}
	}
	if err := d.send(ctx, p, env, false); err != nil {
		return err
	}
	return d.sendEarly(ctx, p)
}

// send forwards an event to where its tenant is. ends: it is a Tenant Destroyed.
func (d *Directory) send(ctx context.Context, p Place, env events.Envelope, ends bool) error {
	if err := d.forward(ctx, p.Region, env); err != nil {
		return err
	}
	d.Metrics.Count(metric.EventsOut, 1)
	if ends {
		return d.destroyed(ctx, p.TenantID)
	}
	return nil
}

// pinned returns the detail with the Region that the tenant is in.
func pinned(detail json.RawMessage, region string) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(detail, &members); err != nil {
		return nil, coded.Wrap(coded.Internal, err, "reading the detail again")
	}
	value, err := json.Marshal(region)
	if err != nil {
		return nil, coded.Wrap(coded.Internal, err, "writing the Region")
	}
	members["region"] = value
	return encode(members)
}

// forward puts the event on the bus of a Region's cell.
func (d *Directory) forward(ctx context.Context, region string, env events.Envelope) error {
	bus, ok := d.Cells[region]
	if !ok {
		return &coded.Error{Code: coded.Internal, Message: "the entry knows no cell in " + region + ", where the tenant is",
			Hint: "put the cell's bus back into the entry's configuration"}
	}
	failed, err := bus.PutEvents(ctx, []events.Envelope{env})
	if err != nil {
		return err
	}
	return errors.Join(failed...)
}
