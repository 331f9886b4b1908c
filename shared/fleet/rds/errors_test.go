package rds

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// methods calls each method of the ports and what is beside them; each is done
// with its first call of action.
var methods = []struct {
	action string
	call   func(ctx context.Context, f *Fleet, b *Backups) error
}{
	{"CreateDBInstance", func(ctx context.Context, f *Fleet, _ *Backups) error { return f.Create(ctx, spec()) }},
	{"DescribeDBInstances", func(ctx context.Context, f *Fleet, _ *Backups) error { _, err := f.Describe(ctx, "lk-a"); return err }},
	{"DescribeDBInstances", func(ctx context.Context, f *Fleet, _ *Backups) error { _, _, err := f.List(ctx, ""); return err }},
	{"StartDBInstance", func(ctx context.Context, f *Fleet, _ *Backups) error { return f.Start(ctx, "lk-a") }},
	{"StopDBInstance", func(ctx context.Context, f *Fleet, _ *Backups) error { return f.Stop(ctx, "lk-a") }},
	{"ModifyDBInstance", func(ctx context.Context, f *Fleet, _ *Backups) error { return f.Unprotect(ctx, "lk-a") }},
	{"ModifyDBInstance", func(ctx context.Context, f *Fleet, _ *Backups) error { return f.ManagePassword(ctx, "lk-a", "") }},
	{"DeleteDBInstance", func(ctx context.Context, f *Fleet, _ *Backups) error { return f.Delete(ctx, "lk-a") }},
	{"DescribeDBSnapshots", func(ctx context.Context, f *Fleet, _ *Backups) error { return f.RestoreSnapshot(ctx, "s", spec()) }},
	{"DescribeDBInstances", func(ctx context.Context, f *Fleet, _ *Backups) error {
		return f.RestoreToTime(ctx, "lk-0", time.Time{}, spec())
	}},
	{"CreateDBSnapshot", func(ctx context.Context, _ *Fleet, b *Backups) error { return b.Create(ctx, "lk-a", "s", owned()) }},
	{"DescribeDBSnapshots", func(ctx context.Context, _ *Fleet, b *Backups) error { _, err := b.Describe(ctx, "s"); return err }},
	{"DescribeDBSnapshots", func(ctx context.Context, _ *Fleet, b *Backups) error {
		_, _, err := b.List(ctx, "lk-a", "")
		return err
	}},
	{"CopyDBSnapshot", func(ctx context.Context, _ *Fleet, b *Backups) error { return b.Copy(ctx, "s", "s2", "", owned()) }},
	{"DeleteDBSnapshot", func(ctx context.Context, _ *Fleet, b *Backups) error { return b.Delete(ctx, "s") }},
}

// TestAdapters_Errors holds that each code reaches the rules as they name it.
func TestAdapters_Errors(t *testing.T) {
	codes := map[string]string{"DBInstanceNotFoundFault": database.CodeInstanceNotFound, "DBSnapshotNotFoundFault": database.CodeSnapshotNotFound, "Novel": "Novel"}
	for _, known := range []string{
		database.CodeInstanceNotFound, database.CodeInstanceExists, database.CodeInvalidState, database.CodeKeyNotAccessible,
		database.CodeInstanceQuota, database.CodeStorageQuota, database.CodeSnapshotNotFound, database.CodeSnapshotExists,
		database.CodeSnapshotQuota, database.CodeSnapshotState, database.CodePITRNotEnabled, database.CodeInvalidParameter,
		database.CodeInsufficientClass, database.CodeThrottling, database.CodeInternalFailure,
	} {
		codes[known] = known
	}
	for wire, want := range codes {
		for _, m := range methods {
			t.Run(m.action+"/"+wire, func(t *testing.T) {
				s := refusal(wire)
				f, b := s.adapters(t, 0)
				err := m.call(context.Background(), f, b)
				var service *database.ServiceError
				if !errors.As(err, &service) || service.Operation != m.action || service.Code != want || service.Message != "no" {
					t.Errorf("got %v, want %s of %s", err, want, m.action)
				}
				if len(s.seen) != 1 || s.seen[0].Get("Action") != m.action {
					t.Errorf("called %v", s.seen)
				}
			})
		}
	}
}

func TestAdapters_NoAnswer(t *testing.T) {
	broken := errors.New("connection reset")
	for _, m := range methods {
		for name, c := range map[string]struct {
			answer  func(*http.Request, url.Values) (int, string, error)
			cause   error
			timeout time.Duration
		}{
			"broken": {func(*http.Request, url.Values) (int, string, error) { return 0, "", broken }, broken, 0},
			"silent": {func(r *http.Request, _ url.Values) (int, string, error) {
				<-r.Context().Done()
				return 0, "", r.Context().Err()
			}, context.DeadlineExceeded, 20 * time.Millisecond},
		} {
			t.Run(m.action+"/"+name, func(t *testing.T) {
				f, b := (&server{answer: c.answer}).adapters(t, c.timeout)
				if err := m.call(context.Background(), f, b); code(err) != "" || !coded.Is(err, coded.Retryable) || !errors.Is(err, c.cause) {
					t.Errorf("got %v (%s)", err, coded.Of(err))
				}
			})
		}
	}
}

// TestFleet_Refused holds what is refused before anything is sent.
func TestFleet_Refused(t *testing.T) {
	for name, spoil := range map[string]func(*database.Spec){
		"no owner":   func(s *database.Spec) { s.Tags = nil },
		"public":     func(s *database.Spec) { s.PubliclyAccessible = true },
		"no backups": func(s *database.Spec) { s.BackupRetentionDays = 0 },
	} {
		bad := spec()
		spoil(&bad)
		for call, do := range map[string]func(*Fleet) error{
			"create":           func(f *Fleet) error { return f.Create(context.Background(), bad) },
			"restore snapshot": func(f *Fleet) error { return f.RestoreSnapshot(context.Background(), "s", bad) },
			"restore to time":  func(f *Fleet) error { return f.RestoreToTime(context.Background(), "lk-0", time.Time{}, bad) },
		} {
			t.Run(name+"/"+call, func(t *testing.T) {
				s := results(nil)
				f, _ := s.adapters(t, 0)
				if err := do(f); !coded.Is(err, coded.Internal) || code(err) != "" {
					t.Errorf("got %v", err)
				}
				if len(s.seen) != 0 {
					t.Errorf("sent %v", s.seen)
				}
			})
		}
	}
}
