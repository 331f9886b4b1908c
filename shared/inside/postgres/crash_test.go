package postgres

import (
	"context"
	"errors"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/inside/postgrestest"
)

var errCrash = errors.New("crash")

// crashAt returns a hook that ends the process, so to say, at the nth moment:
// before a statement, or after it ran and before anybody knew.
func crashAt(n int) (hook func(string, bool) error, reached *bool) {
	reached = new(bool)
	return func(string, bool) error {
		if n--; n < 0 {
			*reached = true
			return errCrash
		}
		return nil
	}, reached
}

// TestHost_Crash breaks every operation off at every moment, and repeats it.
func TestHost_Crash(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	none := func(database.Login) error { return nil }
	prepared := func(at database.Login) error { return w.host.Prepare(ctx, at) }
	open := func(at database.Login) error { return w.open(ctx, at) }
	fenced := func(at database.Login) error { return errors.Join(prepared(at), w.host.Fence(ctx, at)) }
	for _, c := range []struct {
		op      op
		before  func(database.Login) error
		moments int // at least
		after   func(*testing.T, database.Login)
	}{
		{opPrepare, none, 6, func(t *testing.T, at database.Login) {
			must(t, w.host.Verify(ctx, at))
			must(t, w.host.Drop(ctx, at))
		}},
		{opFence, open, 8, func(t *testing.T, at database.Login) {
			wantCode(t, w.host.Verify(ctx, at), coded.Conflict)
			if n := w.backends(t, at.Role); n != 0 {
				t.Errorf("%d sessions", n)
			}
		}},
		{opUnfence, fenced, 2, func(t *testing.T, at database.Login) { must(t, w.host.Verify(ctx, at)) }},
		{opDrop, prepared, 12, func(t *testing.T, at database.Login) {
			const left = `SELECT (SELECT count(*) FROM pg_database WHERE datname = $1)::int + (SELECT count(*) FROM pg_roles WHERE rolname = $1)::int`
			if n := postgrestest.Ask[int](t, w.Server, left, at.Role); n != 0 {
				t.Errorf("%d things are left", n)
			}
		}},
	} {
		t.Run(c.op.name, func(t *testing.T) {
			moments := 0
			for crashed := true; crashed; moments++ {
				at := w.at("t_crash_" + c.op.name)
				must(t, c.before(at))
				if c.op.name == opFence.name {
					w.sessions(t, at.Role, 2)
				}
				hook, reached := crashAt(moments)
				w.host.hook = hook
				err := c.op.do(w.host, ctx, at)
				w.host.hook = nil
				if crashed = *reached; crashed != errors.Is(err, errCrash) {
					t.Fatalf("moment %d: %v", moments, err)
				}
				must(t, c.op.do(w.host, ctx, at))
				c.after(t, at)
			}
			if moments <= c.moments {
				t.Errorf("only %d moments", moments-1)
			}
		})
	}
}

func TestHost_Crash_bootstrap(t *testing.T) {
	for moment := range 2 {
		w := empty(t)
		ctx := context.Background()
		hook, reached := crashAt(moment)
		w.host.hook = hook
		if err := w.host.Bootstrap(ctx, w.at("t_new"), secretARN); !errors.Is(err, errCrash) || !*reached {
			t.Fatalf("moment %d: %v", moment, err)
		}
		w.host.hook = nil
		must(t, w.host.Bootstrap(ctx, w.at("t_new"), secretARN))
		must(t, w.host.Prepare(ctx, w.at("t_new")))
	}
}

// TestHost_Race lets the same operation run many times at once: what is refused
// because of another is to be tried again, and then is done.
func TestHost_Race(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	for _, o := range []op{opPrepare, opFence, opUnfence, opVerify, opDrop} {
		const callers = 6
		errs := make(chan error, callers)
		for range callers {
			go func() { errs <- o.do(w.host, ctx, w.at("t_race")) }()
		}
		for range callers {
			if err := <-errs; err != nil && !coded.Is(err, coded.Retryable) && !(o.name == opDrop.name && coded.Is(err, coded.NotFound)) {
				t.Errorf("%s: %v", o.name, err)
			}
		}
		must(t, o.do(w.host, ctx, w.at("t_race")))
	}
}
