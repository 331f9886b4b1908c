package stack

import (
	"context"
	"errors"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/cell"
	"latchkey/shared/coded"
)

// Put checks events and puts the good ones on the bus: an entry that is
// accepted is safe when Put returns. With deliver it also waits for the first
// delivery, and an event that its function refuses for good is a dead letter.
// The entries are in the order of the events; the error is ctx's, before
// anything was done.
func (s *Stack) Put(ctx context.Context, envs []events.Envelope, deliver bool) ([]api.Entry, error) {
	out := make([]api.Entry, len(envs))
	err := s.own(ctx, func() error {
		s.watch = map[string]error{}
		defer func() { s.watch = nil }()
		for i, env := range envs {
			out[i] = s.putOne(i, env)
		}
		if !deliver {
			return nil
		}
		// What was taken is delivered even if the caller hangs up meanwhile.
		if err := s.cell.Advance(context.WithoutCancel(ctx), s.clock.Now()); err != nil {
			s.log.Error("delivering events", "error", err)
		}
		for i := range out {
			if refused := s.watch[out[i].ID]; refused != nil && out[i].Status == api.Accepted {
				out[i].Status, out[i].Problem = api.DeadLetter, api.ProblemOf(refused)
			}
		}
		return nil
	})
	return out, err
}

func (s *Stack) putOne(i int, env events.Envelope) api.Entry {
	e := api.Entry{Index: i, ID: env.ID, DetailType: env.DetailType, Status: api.Accepted}
	_, err := s.contract.Parse(env)
	unknown := errors.Is(err, events.ErrUnknown)
	if err != nil && !unknown {
		e.Status, e.Problem = api.Rejected, api.ProblemOf(err)
		return e
	}
	functions, err := s.cell.Put(env)
	switch {
	case err != nil:
		s.log.Error("event not taken", "id", env.ID, "error", err)
		e.Status, e.Problem = api.Failed, api.ProblemOf(coded.Wrap(coded.Retryable, err, "the event was not stored"))
	case unknown:
		e.Status = api.Unknown
	case functions == 0:
		e.Status = api.Unrouted
	}
	return e
}

// handled notes the refusals that a put waits for.
func (s *Stack) handled(d cell.Delivery) {
	if s.watch == nil || d.Err == nil {
		return
	}
	if code := coded.Of(d.Err); code == coded.Invalid || code == coded.Conflict {
		s.watch[d.Event.ID] = d.Err
	}
}

// DeadLetters returns what no function could take, the oldest first.
func (s *Stack) DeadLetters(ctx context.Context) ([]api.Letter, error) {
	out := []api.Letter{}
	err := s.own(ctx, func() error {
		for _, m := range s.cell.DeadLetters() {
			out = append(out, api.Letter{ID: m.ID, Function: m.Function, Receives: m.Receives, Code: m.Code, Error: m.Error, Event: m.Event})
		}
		return nil
	})
	return out, err
}

// Redrive delivers the dead letters again whose errors may have passed.
func (s *Stack) Redrive(ctx context.Context) (api.Redriven, error) {
	var out api.Redriven
	err := s.own(ctx, func() error {
		before := len(s.cell.DeadLetters())
		if err := s.cell.Redrive(); err != nil {
			return err
		}
		out.Left = len(s.cell.DeadLetters())
		out.Redriven = before - out.Left
		return nil
	})
	return out, err
}

// Counts returns what was counted since the start, and what waits now.
func (s *Stack) Counts(ctx context.Context) (map[string]int64, error) {
	out := s.cell.Counts.All()
	err := s.own(ctx, func() error {
		out["queued_now"] = int64(s.cell.Queued())
		out["dead_letters_now"] = int64(len(s.cell.DeadLetters()))
		return nil
	})
	return out, err
}
