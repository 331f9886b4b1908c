package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"latchkey/shared/catalog"
)

// pending requires that the outbox holds the messages, in this order.
func (t *table) pending(want ...string) {
	t.Helper()
	t.eventually(func() error {
		messages, err := t.Pending(ctx, catalog.MaxPage)
		if err != nil {
			return err
		}
		var got []string
		for _, m := range messages {
			got = append(got, m.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("outbox: got %q, want %q", got, want)
		}
		return nil
	})
}

// message is a message with a small body.
func message(id string) catalog.Message {
	return catalog.Message{ID: id, Group: "tenant#1", Body: []byte(`{"id":"` + id + `"}`)}
}

func testOutbox(t *testing.T, s *suite) {
	s.test(t, "order of commit", func(t *table) {
		t.pending()
		var want []string
		for i := 0; i < 12; i++ {
			a, b := fmt.Sprintf("z%d", 99-i), fmt.Sprintf("a%d", i)
			t.must(catalog.Tx{Outbox: []catalog.Message{message(a), message(b)}})
			want = append(want, a, b)
		}
		t.pending(want...)
		t.eventually(func() error {
			got, err := t.Pending(ctx, 3)
			if err != nil || len(got) != 3 || got[2].ID != want[2] {
				return fmt.Errorf("the first 3: %+v, %v", got, err)
			}
			return nil
		})
	})
	s.test(t, "a message comes back whole, as a copy", func(t *table) {
		m := catalog.Message{ID: "m1", Group: "tenant#é", Body: []byte("body\x00")}
		t.must(catalog.Tx{Outbox: []catalog.Message{m}})
		m.Body[0] = 'B'
		for i := 0; i < 2; i++ {
			t.eventually(func() error {
				got, err := t.Pending(ctx, 1)
				if err != nil || len(got) != 1 || got[0].Group != m.Group || string(got[0].Body) != "body\x00" {
					return fmt.Errorf("got %+v, %v", got, err)
				}
				got[0].Body[0] = 'B'
				return nil
			})
		}
	})
	s.test(t, "published", func(t *table) {
		t.must(catalog.Tx{Outbox: []catalog.Message{message("m1"), message("m2"), message("m3")}})
		if err := t.Published(ctx, message("m2"), message("unknown"), catalog.Message{}, message("m2")); err != nil {
			t.Fatal(err)
		}
		t.pending("m1", "m3")
		if err := t.Published(ctx); err != nil {
			t.Fatal(err)
		}
		if err := t.Published(ctx, catalog.Message{ID: "m3", Group: "tenant#1", Body: []byte("other")}, catalog.Message{ID: "m1", Group: "tenant#1"}); err != nil {
			t.Fatal(err)
		}
		t.pending()
		t.must(catalog.Tx{Outbox: []catalog.Message{message("m4")}})
		t.pending("m4")
	})
	s.test(t, "an id that is pending stays once", func(t *table) {
		t.must(catalog.Tx{Outbox: []catalog.Message{message("m1")}})
		t.must(catalog.Tx{Outbox: []catalog.Message{message("m1"), message("m2")}})
		t.eventually(func() error {
			got, err := t.Pending(ctx, 10)
			if err != nil || len(got) != 2 {
				return fmt.Errorf("got %+v, %v, want m1 and m2", got, err)
			}
			return nil
		})
		t.pendingIn("tenant#1", 10, "m1", "m2")
		if err := t.Published(ctx, message("m1")); err != nil {
			t.Fatal(err)
		}
		t.pending("m2")
	})
}

func testContext(t *testing.T, s *suite) {
	s.test(t, "an ended context ends every call", func(t *table) {
		t.must(put(item(key("tenant#1")), 0))
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, get := t.Get(ended, key("tenant#1"))
		_, query := t.Query(ended, catalog.Query{Index: catalog.IndexPart, Value: "tenant#1", Limit: 1})
		_, due := t.Due(ended, catalog.LaneKeys, 0, epoch, 1)
		_, pending := t.Pending(ended, 1)
		_, pendingIn := t.PendingIn(ended, "tenant#1", 1)
		for name, err := range map[string]error{
			"Get": get, "Query": query, "Due": due, "Pending": pending, "PendingIn": pendingIn,
			"Published": t.Published(ended, message("m1")), "Commit": t.Commit(ended, put(item(key("tenant#2")), 0)),
		} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want %v", name, err, context.Canceled)
			}
		}
		t.absent(key("tenant#2"))
	})
}
