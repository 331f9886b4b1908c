package dynamodb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

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

// TestStore_Published removes more messages than one call takes, which another
// process committed.
func TestStore_Published(t *testing.T) {
	s, f := onFake(t, at(epoch))
	var sent []catalog.Message
	for i := range 60 {
		group := fmt.Sprintf("group %d", i%2)
		commit(t, s, put("tenant#1", int64(i), group, fmt.Sprintf("m%d", i/2)))
		sent = append(sent, catalog.Message{ID: fmt.Sprintf("m%d", i/2), Group: group})
	}
	other := f.store(at(epoch.Add(time.Hour)))
	if err := other.Published(ctx, slices.Concat(sent[:59], sent[:59])...); err != nil {
		t.Fatal(err)
	}
	got, err := other.PendingIn(ctx, "group 0", 10)
	order(t, got, err)
	got, err = other.PendingIn(ctx, "group 1", 10)
	order(t, got, err, "m29")
	if f.calls["BatchWriteItem"] != 3 {
		t.Errorf("calls: %v, want 3 of 25, 25 and 9", f.calls)
	}
}
