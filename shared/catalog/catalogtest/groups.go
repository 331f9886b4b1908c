package catalogtest

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/catalog"
)

// pendingIn requires that a group's messages are these, in this order, at once.
func (t *table) pendingIn(group string, limit int, want ...string) {
	t.Helper()
	messages, err := t.PendingIn(ctx, group, limit)
	var got []string
	for _, m := range messages {
		got = append(got, m.ID)
		if m.Group != group {
			t.Errorf("message %s of group %q, want %q", m.ID, m.Group, group)
		}
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("group %q: got %q, %v, want %q", group, got, err, want)
	}
}

// in is a message of a group.
func in(group, id string) catalog.Message {
	return catalog.Message{ID: id, Group: group, Body: []byte(group + "/" + id)}
}

func testGroups(t *testing.T, s *suite) {
	s.test(t, "each group in order of commit, without delay", func(t *table) {
		t.pendingIn("a", 10)
		want := map[string][]string{}
		for i := 0; i < 8; i++ {
			var tx catalog.Tx
			for _, group := range []string{"a", "aa", ""} {
				id := fmt.Sprintf("%s-%d", group, 9-i)
				tx.Outbox = append(tx.Outbox, in(group, id))
				want[group] = append(want[group], id)
			}
			t.must(tx)
			t.pendingIn("aa", 100, want["aa"]...)
		}
		for group, ids := range want {
			t.pendingIn(group, 3, ids[:3]...)
			t.pendingIn(group, len(ids), ids...)
		}
		t.pendingIn("b", 10)
		t.pendingIn("a\x01", 10)
	})
	s.test(t, "a message comes back whole, as a copy", func(t *table) {
		t.must(catalog.Tx{Outbox: []catalog.Message{in("é", "m1")}})
		for i := 0; i < 2; i++ {
			got, err := t.PendingIn(ctx, "é", 1)
			if err != nil || len(got) != 1 || string(got[0].Body) != "é/m1" {
				t.Fatalf("got %+v, %v", got, err)
			}
			got[0].Body[0] = 'X'
		}
	})
	s.test(t, "an id is one of its group", func(t *table) {
		t.must(catalog.Tx{Outbox: []catalog.Message{in("a", "m1"), in("b", "m1"), in("a", "m2"), in("", "m1")}})
		again := in("b", "m1")
		again.Body = []byte("of another body")
		t.must(catalog.Tx{Outbox: []catalog.Message{again, in("b", "m2")}})
		if got, err := t.PendingIn(ctx, "b", 1); err != nil || len(got) != 1 || string(got[0].Body) != "b/m1" {
			t.Fatalf("got %+v, %v, want the first body", got, err)
		}
		t.pendingIn("a", 10, "m1", "m2")
		t.pendingIn("b", 10, "m1", "m2")
		if err := t.Published(ctx, in("a", "m1"), in("c", "m1"), in("", "m2")); err != nil {
			t.Fatal(err)
		}
		t.pendingIn("a", 10, "m2")
		t.pendingIn("b", 10, "m1", "m2")
		t.pendingIn("", 10, "m1")
		if err := t.Published(ctx, in("b", "m1"), in("", "m1"), in("b", "m2")); err != nil {
			t.Fatal(err)
		}
		t.pendingIn("b", 10)
		t.pending("m2")
	})
	s.test(t, "what cannot be in an outbox is not there", func(t *table) {
		t.must(catalog.Tx{Outbox: []catalog.Message{in("a", "m1")}})
		long := strings.Repeat("x", 3000)
		if err := t.Published(ctx, catalog.Message{Group: "a"}, in("a\x00m1", "m1"), in(long, "m1"), in("a", long)); err != nil {
			t.Fatal(err)
		}
		t.pendingIn("a", 10, "m1")
	})
}
