package emulator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/shared/coded"
)

// maxRounds bounds Settle: a message that nobody can take is received at most
// as often as its queue's redrive policy says.
const maxRounds = 500

// Settle hands over all that is there, again and again, until there is nothing.
// It is for tests and the demo, which need not wait for pollers then. A failed
// batch of a stream, and messages that wait for their visibility, are left.
func (s *Stack) Settle(ctx context.Context) error {
	for range maxRounds {
		n := 0
		for _, r := range s.regions() {
			for _, f := range r.Feeds {
				k, err := f.Once(ctx, 0)
				if err != nil {
					return err
				}
				n += k
			}
		}
		if n == 0 {
			return nil
		}
	}
	return coded.New(coded.Internal, "it does not settle: something comes again and again")
}

func (s *Stack) regions() []*Region {
	var out []*Region
	for _, name := range slices.Sorted(maps.Keys(s.Regions)) {
		out = append(out, s.Regions[name])
	}
	return out
}

// Tick runs the schedules of a function ("sweep") in every Region now, whatever
// the time, or of all functions if none is named.
func (s *Stack) Tick(ctx context.Context, functions ...string) error {
	var errs []error
	ran := 0
	for _, r := range s.regions() {
		for _, t := range r.timers {
			if len(functions) > 0 && !slices.Contains(functions, strings.TrimPrefix(t.Function(), prefix)) {
				continue
			}
			ran++
			errs = append(errs, t.Tick(ctx))
		}
	}
	if ran == 0 {
		return coded.New(coded.NotFound, "no schedule runs %s", strings.Join(functions, ", "))
	}
	return errors.Join(errs...)
}

// Waits of the pollers.
const (
	longPoll  = 5 * time.Second // of a queue
	idlePause = 300 * time.Millisecond
	errPause  = 2 * time.Second
)

// Run polls every feed and runs every schedule at its times until ctx ends.
func (s *Stack) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, r := range s.regions() {
		for _, f := range r.Feeds {
			wg.Go(func() { s.poll(ctx, f) })
		}
		for _, t := range r.timers {
			wg.Go(func() { s.repeat(ctx, t) })
		}
	}
	wg.Wait()
}

func (s *Stack) poll(ctx context.Context, f Feed) {
	for ctx.Err() == nil {
		n, err := f.Once(ctx, longPoll)
		pause := time.Duration(0)
		switch {
		case err != nil && ctx.Err() == nil:
			s.opts.Log.Error("feed", "name", f.Name(), "error", err)
			pause = errPause
		case n == 0:
			pause = idlePause
		}
		if pause > 0 {
			rest(ctx, pause)
		}
	}
}

func (s *Stack) repeat(ctx context.Context, t *timer) {
	tick := time.NewTicker(t.Every())
	defer tick.Stop()
	for {
		if err := t.Tick(ctx); err != nil && ctx.Err() == nil {
			s.opts.Log.Warn("schedule", "name", t.Name(), "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
