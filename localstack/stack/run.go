package stack

import (
	"context"
	"errors"
	"time"
)

// tick is how often time is moved on; chunk bounds how much of it passes while
// nobody else gets a turn.
const (
	tick  = 200 * time.Millisecond
	chunk = time.Hour
)

// Run lets time pass until ctx ends. A fault (a full disk) stops time, is shown
// by Fault, and is tried again with each tick.
func (s *Stack) Run(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		err := s.catchUp(ctx)
		if ctx.Err() != nil {
			return
		}
		s.note(err)
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-ticker.C:
		}
	}
}

// catchUp moves the cell to where its clock should be.
func (s *Stack) catchUp(ctx context.Context) error {
	for {
		target, now := s.clock.Target(), s.clock.Now()
		if !target.After(now) {
			return nil
		}
		err := s.own(ctx, func() error {
			return errors.Join(s.cell.Advance(ctx, earlier(target, now.Add(chunk))), s.clock.Err())
		})
		if err != nil {
			return err
		}
		s.note(nil)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// note records the outcome of moving time on, and tells who waits for it.
func (s *Stack) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && (s.fault == nil || s.fault.Error() != err.Error()) {
		s.log.Error("time stands still", "error", err)
	}
	s.fault = err
	close(s.moved)
	s.moved = make(chan struct{})
}

// Fault returns why time stands still, or nil.
func (s *Stack) Fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// Clock returns the stack's clock, for reading.
func (s *Stack) Clock() *Clock { return s.clock }

// Advance lets d of virtual time pass, and returns when it has, when ctx ends
// (it passes all the same) or when time stands still.
func (s *Stack) Advance(ctx context.Context, d time.Duration) error {
	target, err := s.clock.Skip(d)
	if err != nil {
		return err
	}
	for {
		s.mu.Lock()
		moved, fault := s.moved, s.fault
		s.mu.Unlock()
		if !s.clock.Now().Before(target) {
			return nil
		}
		if fault != nil {
			return fault
		}
		select {
		case s.wake <- struct{}{}:
		default:
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
