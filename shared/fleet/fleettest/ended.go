package fleettest

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/conformance"
	"latchkey/shared/database"
)

// methods are all of the ports.
var methods = map[string]func(ctx context.Context, s *suite) error{
	"Describe":  func(ctx context.Context, s *suite) error { _, err := s.fleet.Describe(ctx, "lk-a"); return err },
	"Create":    func(ctx context.Context, s *suite) error { return s.fleet.Create(ctx, s.design("lk-b")) },
	"Start":     func(ctx context.Context, s *suite) error { return s.fleet.Start(ctx, "lk-a") },
	"Stop":      func(ctx context.Context, s *suite) error { return s.fleet.Stop(ctx, "lk-a") },
	"Unprotect": func(ctx context.Context, s *suite) error { return s.fleet.Unprotect(ctx, "lk-a") },
	"Delete":    func(ctx context.Context, s *suite) error { return s.fleet.Delete(ctx, "lk-a") },
	"RestoreSnapshot": func(ctx context.Context, s *suite) error {
		return s.restorer.RestoreSnapshot(ctx, "s", s.design("lk-b"))
	},
	"RestoreToTime": func(ctx context.Context, s *suite) error {
		return s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.design("lk-b"))
	},
	"ManagePassword":   func(ctx context.Context, s *suite) error { return s.restorer.ManagePassword(ctx, "lk-a", s.platform) },
	"CreateSnapshot":   func(ctx context.Context, s *suite) error { return s.backups.Create(ctx, "lk-a", "s-2", ours) },
	"DescribeSnapshot": func(ctx context.Context, s *suite) error { _, err := s.backups.Describe(ctx, "s"); return err },
	"List":             func(ctx context.Context, s *suite) error { _, _, err := s.backups.List(ctx, "lk-a", ""); return err },
	"Copy":             func(ctx context.Context, s *suite) error { return s.backups.Copy(ctx, "s", "s-2", "", ours) },
	"DeleteSnapshot":   func(ctx context.Context, s *suite) error { return s.backups.Delete(ctx, "s") },
}

// endCases: the caller's end is no answer of RDS, and nothing comes of the call.
func endCases() []one {
	return []one{{Name: "Ended", Run: func(t *conformance.T, s *suite) {
		s.snapped(t, "lk-a", "s")
		ended, cancel := context.WithCancel(ctx)
		cancel()
		for name, call := range methods {
			err := call(ended, s)
			var service *database.ServiceError
			if !errors.Is(err, context.Canceled) || errors.As(err, &service) {
				t.Errorf("%s: got %s, want the context's end", name, answer(err))
			}
		}
		s.available(t, "lk-a")
		s.gone(t, "lk-b")
		s.noSnapshot(t, "s-2")
	}}}
}
