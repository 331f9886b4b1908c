package dynamodb_test

import (
	"fmt"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

// TestStore_PendingIn reads one group of several, from the first on.
func TestStore_PendingIn(t *testing.T) {
	s, _ := onFake(t, at(epoch))
	for i := range 5 {
		commit(t, s, put("tenant#1", int64(i), "one", fmt.Sprintf("z%d", 9-i)))
		commit(t, s, put("tenant#2", int64(i), "two", fmt.Sprintf("a%d", i)))
	}
	got, err := s.PendingIn(ctx, "one", 3)
	order(t, got, err, "z9", "z8", "z7")
	if err := s.PublishedIn(ctx, "one", "z8", "z9", "unknown", "z9"); err != nil {
		t.Fatal(err)
	}
	got, err = s.PendingIn(ctx, "one", 10)
	order(t, got, err, "z7", "z6", "z5")
	got, err = s.PendingIn(ctx, "two", 10)
	order(t, got, err, "a0", "a1", "a2", "a3", "a4")
	got, err = s.PendingIn(ctx, "none", 10)
	order(t, got, err)
}

// TestStore_Pending lets the index miss the newest message: what is returned of
// a group has no gaps all the same.
func TestStore_Pending(t *testing.T) {
	s, _ := onFake(t, at(epoch))
	commit(t, s, put("tenant#1", 0, "one", "m1"))
	commit(t, s, put("tenant#1", 1, "one", "m2"))
	got, err := s.Pending(ctx, 10) // the index shows m1 only
	order(t, got, err, "m1", "m2")
	got, err = s.Pending(ctx, 1)
	order(t, got, err, "m1")
}

// TestStore_Published removes messages that another process committed.
func TestStore_Published(t *testing.T) {
	s, f := onFake(t, at(epoch))
	for i := range 40 {
		commit(t, s, put("tenant#1", int64(i), fmt.Sprintf("group %d", i), fmt.Sprintf("m%d", i)))
	}
	other := f.store(at(epoch.Add(time.Hour)))
	if _, err := other.Pending(ctx, catalog.MaxPage); err != nil { // the index catches up
		t.Fatal(err)
	}
	other.Forget()
	var ids []string
	for i := range 39 {
		ids = append(ids, fmt.Sprintf("m%d", i))
	}
	if err := other.Published(ctx, append(ids, "unknown")...); err != nil {
		t.Fatal(err)
	}
	got, err := s.PendingIn(ctx, "group 0", 10)
	order(t, got, err)
	got, err = s.PendingIn(ctx, "group 39", 10)
	order(t, got, err, "m39")
}
