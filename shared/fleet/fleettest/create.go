package fleettest

import (
	"fmt"
	"strings"

	"latchkey/shared/coded"
	"latchkey/shared/conformance"
	"latchkey/shared/database"
)

var createCases = []one{
	{Name: "Create/as designed", Run: func(t *conformance.T, s *suite) {
		since := s.Now()
		s.made(t, "lk-a")
		s.wantDesigned(t, s.design("lk-a"), since)
	}},
	{Name: "Create/otherwise", Run: func(t *conformance.T, s *suite) {
		spec, since := s.design("lk-a"), s.Now()
		spec.MultiAZ, spec.DeletionProtection, spec.BackupRetentionDays = false, false, 7
		must(t, s.fleet.Create(ctx, spec), "creating")
		s.settle(t)
		s.wantDesigned(t, spec, since)
		if az := s.instance(t, "lk-a").SecondaryAZ; az != "" {
			t.Errorf("a standby in %s", az)
		}
	}},
	{Name: "Create/standby", Run: func(t *conformance.T, s *suite) {
		if az := s.made(t, "lk-a").SecondaryAZ; !strings.HasPrefix(az, Region) {
			t.Errorf("the standby is in %q", az)
		}
	}},
	{Name: "Create/takes time", Run: func(t *conformance.T, s *suite) {
		must(t, s.fleet.Create(ctx, s.design("lk-a")), "creating")
		in := s.instance(t, "lk-a")
		if in.Status != creating || in.ResourceID == "" || in.Endpoint != "" {
			t.Fatalf("at once %s, %q, endpoint %q", in.Status, in.ResourceID, in.Endpoint)
		}
		wantCode(t, "stopping", s.fleet.Stop(ctx, "lk-a"), database.CodeInvalidState)
		wantCode(t, "a snapshot", s.backups.Create(ctx, "lk-a", "s", ours), database.CodeInvalidState)
	}},
	{Name: "Create/again", Run: func(t *conformance.T, s *suite) {
		must(t, s.fleet.Create(ctx, s.design("lk-a")), "creating")
		wantCode(t, "at once", s.fleet.Create(ctx, s.design("lk-a")), database.CodeInstanceExists)
		s.settle(t)
		before := s.instance(t, "lk-a")
		other := s.design("lk-a")
		other.BackupRetentionDays, other.KMSKeyARN = 7, s.platform
		wantCode(t, "otherwise", s.fleet.Create(ctx, other), database.CodeInstanceExists)
		if after := s.instance(t, "lk-a"); after.ResourceID != before.ResourceID || after.BackupRetentionDays != 30 || after.KMSKeyARN != s.tenant {
			t.Errorf("was %+v\nis %+v", before, after)
		}
	}},
	{Name: "Create/AWS managed key", Run: func(t *conformance.T, s *suite) {
		spec := s.design("lk-a")
		spec.KMSKeyARN = ""
		must(t, s.fleet.Create(ctx, spec), "creating")
		s.settle(t)
		in := s.instance(t, "lk-a")
		if !in.StorageEncrypted || !strings.HasPrefix(in.KMSKeyARN, "arn:aws:kms:"+Region+":") || in.KMSKeyARN == s.tenant {
			t.Errorf("encrypted %t under %q", in.StorageEncrypted, in.KMSKeyARN)
		}
	}},
	{Name: "Create/keeps nothing", Run: func(t *conformance.T, s *suite) {
		spec := s.design("lk-a")
		must(t, s.fleet.Create(ctx, spec), "creating")
		spec.Tags[database.TagOwner] = "other"
		s.instance(t, "lk-a").Tags[database.TagTenant] = "other"
		if in := s.instance(t, "lk-a"); in.Tags[database.TagOwner] != database.Owner || in.Tags[database.TagTenant] != "acme" {
			t.Errorf("tags %v: they are shared with a caller's", in.Tags)
		}
	}},
	{Name: "Create/longest name", Run: func(t *conformance.T, s *suite) {
		id := "lk-" + strings.Repeat("a", 60)
		if in := s.made(t, id); in.InstanceID != id {
			t.Errorf("made %q", in.InstanceID)
		}
	}},
	{Name: "Create/case", Run: func(t *conformance.T, s *suite) {
		s.made(t, "lk-a")
		wantCode(t, "LK-A", s.fleet.Create(ctx, s.design("LK-A")), database.CodeInstanceExists)
		if in := s.instance(t, "LK-A"); in.InstanceID != "lk-a" {
			t.Errorf("described as %q", in.InstanceID)
		}
	}},
}

// refusalCases: what RDS refuses, and what nobody may ask it for.
func refusalCases() (cases []one) {
	for _, id := range []string{"", strings.Repeat("a", 64), "1a", "a-", "a--b", "a_b", "a b"} {
		cases = append(cases, refused(fmt.Sprintf("name %q", id), database.CodeInvalidParameter, func(spec *database.Spec) { spec.InstanceID = id }))
	}
	cases = append(cases,
		refused("retention", database.CodeInvalidParameter, func(spec *database.Spec) { spec.BackupRetentionDays = 36 }),
		refused("storage", database.CodeInvalidParameter, func(spec *database.Spec) { spec.StorageGiB = 5 }),
		refused("class", database.CodeInvalidParameter, func(spec *database.Spec) { spec.Class = "large" }),
		refused("unknown key", database.CodeKeyNotAccessible, func(spec *database.Spec) { spec.KMSKeyARN = unused(spec.KMSKeyARN) }),
		one{Name: "Refused/disabled key", Run: func(t *conformance.T, s *suite) {
			must(t, s.Disable(ctx, s.tenant), "disabling")
			wantCode(t, "creating", s.fleet.Create(ctx, s.design("lk-a")), database.CodeKeyNotAccessible)
			s.gone(t, "lk-a")
		}},
	)
	return append(cases,
		guarded("unowned", func(spec *database.Spec) { delete(spec.Tags, database.TagOwner) }),
		guarded("public", func(spec *database.Spec) { spec.PubliclyAccessible = true }),
		// Without backups there is no recoverable state for a lost key. [RDS guide, Encrypting Amazon RDS resources]
		guarded("no backups", func(spec *database.Spec) { spec.BackupRetentionDays = 0 }),
	)
}

// guarded is a spec that nobody may ask RDS for.
func guarded(name string, spoil func(*database.Spec)) one {
	return one{Name: "Guarded/" + name, Run: func(t *conformance.T, s *suite) {
		spec := s.design("lk-a")
		spoil(&spec)
		wantRefused(t, "creating", s.fleet.Create(ctx, spec), coded.Internal)
		s.gone(t, "lk-a")
	}}
}

// refused is a spec that RDS refuses with a code, and makes nothing of.
func refused(name, code string, spoil func(*database.Spec)) one {
	return one{Name: "Refused/" + name, Run: func(t *conformance.T, s *suite) {
		spec := s.design("lk-a")
		spoil(&spec)
		wantCode(t, "creating", s.fleet.Create(ctx, spec), code)
		s.gone(t, "lk-a")
	}}
}

// unused is a key that nobody made, beside another.
func unused(arn string) string {
	return arn[:strings.LastIndex(arn, "/")+1] + "00000000-0000-4000-8000-000000000000"
}
