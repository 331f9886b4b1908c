package fakerds

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/shared/database"
)

func TestBackups_Create(t *testing.T) {
	w := newWorld(t, nil)
	i := w.ready("orders", testKey)
	b := w.Backups(testCaller)
	w.must(b.Create(ctx, "orders", "Monthly-1", map[string]string{"a": "b"}))
	w.wantStatus("orders", "backing-up")
	s, err := b.Describe(ctx, "monthly-1")
	w.must(err)
	if s.Status != "creating" || s.Progress != 0 || s.KMSKeyARN != testKey || s.ResourceID != i.ResourceID || s.Tags["a"] != "b" {
		t.Fatalf("at once: %+v", s)
	}
	wantCode(t, b.Create(ctx, "orders", "monthly-2", nil), database.CodeInvalidState)
	wantCode(t, b.Delete(ctx, "monthly-1"), database.CodeSnapshotState)
	wantCode(t, w.Restorer(testCaller).RestoreSnapshot(ctx, "monthly-1", testSpec("new", "")), database.CodeSnapshotState)
	w.advance(time.Minute)
	if s, _ := b.Describe(ctx, "monthly-1"); s.Progress <= 0 || s.Progress >= 100 {
		t.Fatalf("progress %d after a minute", s.Progress)
	}
	w.advance(8 * time.Minute)
	if s, _ := b.Describe(ctx, "monthly-1"); s.Status != "available" || s.Progress != 100 {
		t.Fatalf("in the end: %+v", s)
	}
	w.wantStatus("orders", "available")
	w.must(b.Delete(ctx, "monthly-1"))
	w.wantEvents("monthly-1", "0040", "0042", "0041")
	_, err = b.Describe(ctx, "monthly-1")
	wantCode(t, err, database.CodeSnapshotNotFound)
	wantCode(t, b.Delete(ctx, "monthly-1"), database.CodeSnapshotNotFound)
}

func TestBackups_Create_refused(t *testing.T) {
	for name, tc := range map[string]struct {
		instance, snapshot string
		prepare            func(w *world)
		code               string
	}{
		"no such instance": {"nobody", "s", nil, database.CodeInstanceNotFound},
		"name taken":       {"orders", "TAKEN", nil, database.CodeSnapshotExists},
		"bad name":         {"orders", "-x", nil, database.CodeInvalidParameter},
		"key disabled":     {"orders", "s", func(w *world) { w.disable(testKey) }, database.CodeKeyNotAccessible},
		"quota": {"orders", "third", func(w *world) {
			w.must(w.Backups(testCaller).Create(ctx, "orders", "second", nil))
			w.advance(time.Hour)
		}, database.CodeSnapshotQuota},
		"caller may not use the key": {"orders", "s", func(w *world) { w.kms.deny[testCaller] = true }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Quotas.ManualSnapshots = 2 })
			w.ready("orders", testKey)
			w.must(w.Backups(testCaller).Create(ctx, "orders", "taken", nil))
			w.advance(time.Hour)
			if tc.prepare != nil {
				tc.prepare(w)
			}
			wantCode(t, w.Backups(testCaller).Create(ctx, tc.instance, tc.snapshot, nil), tc.code)
		})
	}
}

func TestBackups_Create_keyGoesMeanwhile(t *testing.T) {
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	b := w.Backups(testCaller)
	w.must(b.Create(ctx, "orders", "s", nil))
	w.kms.refuse[testKey] = kmsError("DisabledException")
	w.advance(8 * time.Minute)
	if s, err := b.Describe(ctx, "s"); err != nil || s.Status != "failed" || s.Progress != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	w.wantEvents("s", "0040")
	wantCode(t, b.Copy(ctx, "s", "c", "", nil), database.CodeSnapshotState)
	w.must(b.Delete(ctx, "s"))
}

func TestBackups_List(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Page = 3 })
	w.ready("orders", testKey)
	w.ready("other", testKey)
	b := w.Backups(testCaller)
	var want []string
	for n := range 7 {
		id := fmt.Sprintf("s-%d", n)
		want = append(want, id)
		w.must(b.Create(ctx, "orders", id, nil))
		w.advance(time.Hour)
	}
	w.must(b.Create(ctx, "other", "x", nil))
	var got []string
	marker := ""
	for pages := 1; ; pages++ {
		page, next, err := b.List(ctx, "orders", marker)
		w.must(err)
		for _, s := range page {
			got = append(got, s.SnapshotID)
		}
		if next == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		marker = next
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
}

func TestBackups_Copy(t *testing.T) {
	prepared := func(t *testing.T) *world {
		w := newWorld(t, nil)
		w.ready("orders", testKey)
		w.must(w.Backups(testCaller).Create(ctx, "orders", "s", nil))
		w.advance(time.Hour)
		return w
	}
	t.Run("under another key", func(t *testing.T) {
		w := prepared(t)
		b := w.Backups(testCaller)
		grants := len(w.kms.grants)
		w.must(b.Copy(ctx, "s", "copy", otherKey, map[string]string{"k": "v"}))
		w.advance(12 * time.Minute)
		s, err := b.Describe(ctx, "copy")
		if err != nil || s.Status != "available" || s.KMSKeyARN != otherKey || s.InstanceID != "orders" || s.Tags["k"] != "v" {
			t.Fatalf("%+v, %v", s, err)
		}
		if len(w.kms.grants) != grants {
			t.Errorf("the copy left grants behind: %v", w.kms.grants)
		}
		w.wantEvents("copy", "0196", "0197")
		if m := w.events[len(w.events)-1].Message; m != "Finished copy of snapshot s in region eu-central-1." {
			t.Errorf("message %q", m)
		}
		w.must(w.Restorer(testCaller).RestoreSnapshot(ctx, "copy", testSpec("rekeyed", otherKey)))
		if k := w.get("rekeyed").KMSKeyARN; k != otherKey {
			t.Errorf("restored under %s", k)
		}
	})
	t.Run("refused", func(t *testing.T) {
		w := prepared(t)
		b := w.Backups(testCaller)
		wantCode(t, b.Copy(ctx, "nothing", "copy", otherKey, nil), database.CodeSnapshotNotFound)
		wantCode(t, b.Copy(ctx, "s", "s", otherKey, nil), database.CodeSnapshotExists)
		w.kms.refuse[otherKey] = kmsError("DisabledException")
		wantCode(t, b.Copy(ctx, "s", "copy", otherKey, nil), database.CodeKeyNotAccessible)
		delete(w.kms.refuse, otherKey)
		w.kms.refuse[testKey] = kmsError("DisabledException")
		wantCode(t, b.Copy(ctx, "s", "copy", otherKey, nil), database.CodeKeyNotAccessible)
	})
	t.Run("key goes meanwhile", func(t *testing.T) {
		w := prepared(t)
		w.must(w.Backups(testCaller).Copy(ctx, "s", "copy", otherKey, nil))
		w.kms.refuse[otherKey] = kmsError("DisabledException")
		w.advance(12 * time.Minute)
		if s, _ := w.Backups(testCaller).Describe(ctx, "copy"); s.Status != "failed" {
			t.Fatalf("%+v", s)
		}
		w.wantEvents("copy", "0196", "0190")
	})
}
