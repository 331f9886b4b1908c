package fleettest

import (
	"strings"
	"time"

	"latchkey/shared/conformance"
	"latchkey/shared/database"
)

// passwordCases are of the secret that RDS keeps a master password in. [RDS guide,
// Password management with AWS Secrets Manager]
var passwordCases = []one{
	{Name: "Password/created", Run: func(t *conformance.T, s *suite) {
		s.wantSecret(t, s.made(t, "lk-a"))
	}},
	{Name: "Password/restored", Run: func(t *conformance.T, s *suite) {
		for id := range s.restores(t) {
			if in := s.available(t, id); in.MasterSecretARN != "" {
				t.Fatalf("%s has the secret %s: a restore manages no password of PostgreSQL", id, in.MasterSecretARN)
			}
		}
	}},
	{Name: "Password/managed", Run: func(t *conformance.T, s *suite) {
		for id, since := range s.restores(t) {
			wantCode(t, "managing the password of "+id, s.restorer.ManagePassword(ctx, id, s.platform), "")
			s.settle(t)
			s.wantDesigned(t, s.restored(id), since)
			s.wantSecret(t, s.available(t, id))
		}
	}},
	{Name: "Password/managed, default key", Run: func(t *conformance.T, s *suite) {
		for id := range s.restores(t) {
			wantCode(t, "managing the password of "+id, s.restorer.ManagePassword(ctx, id, ""), "")
			s.settle(t)
			s.wantSecret(t, s.available(t, id))
		}
	}},
	{Name: "Password/another key", Run: func(t *conformance.T, s *suite) {
		before := s.made(t, "lk-a")
		wantCode(t, "managing it under another key", s.restorer.ManagePassword(ctx, "lk-a", s.key(t)), database.CodeInvalidCombination)
		if after := s.available(t, "lk-a"); after.MasterSecretARN != before.MasterSecretARN {
			t.Errorf("the secret was %s, is %s", before.MasterSecretARN, after.MasterSecretARN)
		}
	}},
	{Name: "Password/no instance", Run: func(t *conformance.T, s *suite) {
		wantCode(t, "managing a password", s.restorer.ManagePassword(ctx, "lk-a", s.platform), database.CodeInstanceNotFound)
	}},
}

// restores makes an instance out of a snapshot and one out of a moment, and
// returns when they were asked for.
func (s *suite) restores(t *conformance.T) map[string]time.Time {
	t.Helper()
	s.snapped(t, "lk-a", "s")
	since := s.Now()
	must(t, s.restorer.RestoreSnapshot(ctx, "s", s.restored("lk-b")), "restoring the snapshot")
	must(t, s.restorer.RestoreToTime(ctx, "lk-a", time.Time{}, s.restored("lk-c")), "restoring to a time")
	s.settle(t)
	return map[string]time.Time{"lk-b": since, "lk-c": since}
}

// wantSecret requires that RDS manages an instance's master password, in this Region.
func (s *suite) wantSecret(t *conformance.T, in database.Instance) {
	t.Helper()
	before, name, _ := strings.Cut(in.MasterSecretARN, ":secret:")
	if !strings.HasPrefix(before, "arn:aws:secretsmanager:"+Region+":") || !strings.HasPrefix(name, "rds!db-") {
		t.Errorf("the secret of %s is %q", in.InstanceID, in.MasterSecretARN)
	}
}
