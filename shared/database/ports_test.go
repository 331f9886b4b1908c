package database_test

import (
	"context"
	"errors"
	"maps"
	"time"

	"latchkey/shared/database"
)

// change makes one call that changes something, unless it is to fail.
func (w *world) change(name string, call func() error) error {
	w.changes = append(w.changes, name)
	if err := w.fail[name]; err != nil {
		return err
	}
	return call()
}

func refused(op, code string) error { return &database.ServiceError{Operation: op, Code: code} }

var errTimeout = errors.New("dial tcp: i/o timeout")

type fleet struct {
	database.Fleet
	w *world
}

func (f fleet) Describe(ctx context.Context, id string) (database.Instance, error) {
	if err := f.w.fail["Describe"]; err != nil {
		return database.Instance{}, err
	}
	in, err := f.Fleet.Describe(ctx, id)
	if f.w.hidden {
		in.MasterSecretARN = ""
	}
	return in, err
}

func (f fleet) Create(ctx context.Context, s database.Spec) error {
	s.Tags = maps.Clone(s.Tags)
	return f.w.change("Create", func() error { return f.Fleet.Create(ctx, s) })
}

func (f fleet) Start(ctx context.Context, id string) error {
	return f.w.change("Start", func() error { return f.Fleet.Start(ctx, id) })
}

func (f fleet) Stop(ctx context.Context, id string) error {
	return f.w.change("Stop", func() error { return f.Fleet.Stop(ctx, id) })
}

func (f fleet) Unprotect(ctx context.Context, id string) error {
	return f.w.change("Unprotect", func() error { return f.Fleet.Unprotect(ctx, id) })
}

func (f fleet) Delete(ctx context.Context, id string) error {
	return f.w.change("Delete", func() error { return f.Fleet.Delete(ctx, id) })
}

type restorer struct {
	database.Restorer
	w *world
}

func (r restorer) RestoreSnapshot(ctx context.Context, id string, s database.Spec) error {
	return r.w.change("RestoreSnapshot", func() error { return r.Restorer.RestoreSnapshot(ctx, id, s) })
}

func (r restorer) RestoreToTime(ctx context.Context, source string, at time.Time, s database.Spec) error {
	return r.w.change("RestoreToTime", func() error { return r.Restorer.RestoreToTime(ctx, source, at, s) })
}

func (r restorer) ManagePassword(ctx context.Context, id, keyARN string) error {
	if keyARN != testPlatform {
		r.w.Fatalf("the master secret of %s would be under %q", id, keyARN)
	}
	return r.w.change("ManagePassword", func() error { return r.Restorer.ManagePassword(ctx, id, keyARN) })
}

type inside struct {
	database.Inside
	w *world
}

func (i inside) Prepare(ctx context.Context, at database.Login) error {
	return i.w.change("Prepare", func() error { return i.Inside.Prepare(ctx, at) })
}

func (i inside) Fence(ctx context.Context, at database.Login) error {
	return i.w.change("Fence", func() error { return i.Inside.Fence(ctx, at) })
}

func (i inside) Unfence(ctx context.Context, at database.Login) error {
	return i.w.change("Unfence", func() error { return i.Inside.Unfence(ctx, at) })
}

func (i inside) Drop(ctx context.Context, at database.Login) error {
	return i.w.change("Drop", func() error { return i.Inside.Drop(ctx, at) })
}
