package fakerds

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/database"
)

func TestFleet_Create(t *testing.T) {
	t.Run("statuses", func(t *testing.T) {
		seen := map[string]bool{}
		for seed := uint64(0); seed < 20; seed++ {
			w := newWorld(t, func(c *Config) { c.Seed = seed })
			w.must(w.Fleet(testCaller).Create(ctx, testSpec("orders", testKey)))
			path := w.path("orders")
			seen[strings.Join(path, " ")] = true
			switch {
			case path[0] != "creating" || path[len(path)-1] != "available":
				t.Fatalf("seed %d: %v", seed, path)
			case !slices.Contains(path, "backing-up") || !slices.Contains(path, "resetting-master-credentials"):
				t.Fatalf("seed %d: %v", seed, path)
			}
			w.wantEvents("orders", "0005", "0001", "0002", "0016")
		}
		if len(seen) < 4 {
			t.Fatalf("20 seeds show only %d ways: %v", len(seen), seen)
		}
	})
	t.Run("same seed, same life", func(t *testing.T) {
		var lives []string
		for range 2 {
			w := newWorld(t, nil)
			i := w.ready("orders", testKey)
			lives = append(lives, fmt.Sprint(i, w.events))
		}
		if lives[0] != lives[1] {
			t.Fatalf("two lives of one seed differ:\n%s\n%s", lives[0], lives[1])
		}
	})
	t.Run("endpoint before available, standby then", func(t *testing.T) {
		w := newWorld(t, nil)
		w.must(w.Fleet(testCaller).Create(ctx, testSpec("Orders", testKey)))
		if i := w.get("orders"); i.Endpoint != "" || i.SecondaryAZ != "" || i.Status != "creating" {
			t.Fatalf("at once: %+v", i)
		}
		w.advance(3 * time.Minute)
		i := w.get("orders")
		if i.Status != "creating" || !strings.HasPrefix(i.Endpoint, "orders.c") || !strings.HasSuffix(i.Endpoint, ".eu-central-1.rds.amazonaws.com:5432") {
			t.Fatalf("after 3 minutes: %+v", i)
		}
		w.advance(time.Hour)
		i = w.get("ORDERS")
		if !regexp.MustCompile(`^eu-central-1[abc]$`).MatchString(i.SecondaryAZ) || !i.MultiAZ || !i.StorageEncrypted {
			t.Fatalf("in the end: %+v", i)
		}
		if !regexp.MustCompile(`^db-[A-Z2-7]{26}$`).MatchString(i.ResourceID) {
			t.Fatalf("DbiResourceId %q", i.ResourceID)
		}
		if i.Tags[database.TagOwner] != database.Owner {
			t.Fatalf("tags %v", i.Tags)
		}
	})
	t.Run("a name used again gets another DbiResourceId", func(t *testing.T) {
		w := newWorld(t, nil)
		first := w.ready("orders", testKey).ResourceID
		w.must(w.Fleet(testCaller).Delete(ctx, "orders"))
		w.advance(time.Hour)
		if second := w.ready("orders", testKey).ResourceID; second == first {
			t.Fatalf("both are %s", first)
		}
	})
	t.Run("no key is the AWS managed key", func(t *testing.T) {
		w := newWorld(t, nil)
		i := w.ready("orders", "")
		if i.KMSKeyARN != w.cfg.Managed && !strings.HasPrefix(i.KMSKeyARN, "arn:aws:kms:eu-central-1:111122223333:key/") {
			t.Fatalf("key %q", i.KMSKeyARN)
		}
		if w.kms.made != 0 {
			t.Fatal("a grant was made on the AWS managed key")
		}
	})
}

// path follows an instance until nothing is due any more.
func (w *world) path(id string) []string {
	w.Helper()
	statuses := []string{w.get(id).Status}
	for range 50 {
		at, ok := w.NextAt()
		if !ok {
			return statuses
		}
		w.clock.Set(at)
		w.must(w.Tick(at))
		if s := w.get(id).Status; s != statuses[len(statuses)-1] {
			statuses = append(statuses, s)
		}
	}
	w.Fatalf("%s never comes to rest: %v", id, statuses)
	return nil
}

func TestFleet_Create_refused(t *testing.T) {
	with := func(change func(*database.Spec)) database.Spec {
		s := testSpec("second", testKey)
		change(&s)
		return s
	}
	for name, tc := range map[string]struct {
		config func(*Config)
		kms    func(*stubKMS)
		spec   database.Spec
		code   string
	}{
		"name taken":      {spec: testSpec("FIRST", testKey), code: database.CodeInstanceExists},
		"name empty":      {spec: testSpec("", testKey), code: database.CodeInvalidParameter},
		"name with --":    {spec: testSpec("a--b", testKey), code: database.CodeInvalidParameter},
		"name too long":   {spec: testSpec(strings.Repeat("a", 64), testKey), code: database.CodeInvalidParameter},
		"class":           {spec: with(func(s *database.Spec) { s.Class = "m7g.large" }), code: database.CodeInvalidParameter},
		"storage small":   {spec: with(func(s *database.Spec) { s.StorageGiB = 19 }), code: database.CodeInvalidParameter},
		"storage big":     {spec: with(func(s *database.Spec) { s.StorageGiB = 65537 }), code: database.CodeInvalidParameter},
		"retention 36":    {spec: with(func(s *database.Spec) { s.BackupRetentionDays = 36 }), code: database.CodeInvalidParameter},
		"retention -1":    {spec: with(func(s *database.Spec) { s.BackupRetentionDays = -1 }), code: database.CodeInvalidParameter},
		"version ended":   {config: func(c *Config) { c.Ended = []string{"17.6"} }, spec: with(func(s *database.Spec) { s.EngineVersion = "17.6" }), code: database.CodeInvalidCombination},
		"major version":   {config: func(c *Config) { c.Ended = []string{"17.6"} }, spec: with(func(s *database.Spec) { s.EngineVersion = "17" })},
		"retention 35":    {spec: with(func(s *database.Spec) { s.BackupRetentionDays = 35 })},
		"instance quota":  {config: func(c *Config) { c.Quotas.Instances = 1 }, spec: testSpec("second", testKey), code: database.CodeInstanceQuota},
		"storage quota":   {config: func(c *Config) { c.Quotas.StorageGiB = 199 }, spec: testSpec("second", testKey), code: database.CodeStorageQuota},
		"storage fits":    {config: func(c *Config) { c.Quotas.StorageGiB = 200 }, spec: testSpec("second", testKey)},
		"key disabled":    {kms: func(k *stubKMS) { k.refuse[testKey] = kmsError("DisabledException") }, spec: testSpec("second", testKey), code: database.CodeKeyNotAccessible},
		"no CreateGrant":  {kms: func(k *stubKMS) { k.deny[testCaller] = true }, spec: testSpec("second", testKey), code: database.CodeKeyNotAccessible},
		"key of a Region": {spec: testSpec("second", strings.Replace(testKey, testRegion, "us-east-1", 1)), code: database.CodeKeyNotAccessible},
		"key no ARN":      {spec: testSpec("second", "alias/mine"), code: database.CodeKeyNotAccessible},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tc.config)
			w.ready("first", testKey)
			if tc.kms != nil {
				tc.kms(w.kms)
			}
			grants := len(w.kms.grants)
			wantCode(t, w.Fleet(testCaller).Create(ctx, tc.spec), tc.code)
			if tc.code != "" && (len(w.Instances()) != 1 || len(w.kms.grants) != grants) {
				t.Fatalf("a refused call left %d instances, %d grants", len(w.Instances()), len(w.kms.grants))
			}
		})
	}
}

// refusingKMS makes grants that cannot be used.
type refusingKMS struct{ KMS }

func (refusingKMS) ServiceUse(context.Context, string, string, string, map[string]string) error {
	return kmsError("DisabledException")
}

func TestFleet_Create_grantUnusable(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.KMS = refusingKMS{c.KMS} })
	wantCode(t, w.Fleet(testCaller).Create(ctx, testSpec("orders", testKey)), database.CodeKeyNotAccessible)
	if w.kms.made != 1 || len(w.kms.grants) != 0 {
		t.Fatalf("%d grants made, %v left", w.kms.made, w.kms.grants)
	}
}

func TestRDS_calls(t *testing.T) {
	w := newWorld(t, nil)
	spec := testSpec("orders", testKey)
	spec.EngineVersion = "17"
	w.must(w.Fleet(testCaller).Create(ctx, spec))
	wantCode(t, w.Fleet(testCaller).Stop(ctx, "orders"), database.CodeInvalidState)
	w.get("orders")
	if len(w.calls) != 2 {
		t.Fatalf("%d calls, want the two that are not read-only", len(w.calls))
	}
	made, refused := w.calls[0], w.calls[1]
	if made.Operation != "CreateDBInstance" || made.Caller != testCaller || made.Params["kmsKeyId"] != testKey ||
		made.Response["dbiResourceId"] != w.get("orders").ResourceID || made.Region != testRegion || made.Account != testAccount {
		t.Errorf("record of the creation: %+v", made)
	}
	if made.Params["engineVersion"] != "17" || made.Response["engineVersion"] != "17.9" {
		t.Errorf("asked for %v, made with %v", made.Params["engineVersion"], made.Response["engineVersion"])
	}
	// The form of the code is that of a recorded DeleteDBInstance.
	if refused.ErrorCode != "InvalidDBInstanceStateFault" || refused.Response != nil {
		t.Errorf("record of the refusal: %+v", refused)
	}
}
