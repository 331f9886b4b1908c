package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/coded"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// at is a clock that stands.
type at time.Time

func (c at) Now() time.Time { return time.Time(c) }

func key(part string) catalog.Key { return catalog.Key{Part: part, Sort: schema.Only} }

// put is a transaction of one put, with messages of a group.
func put(part string, ifVersion int64, group string, ids ...string) catalog.Tx {
	tx := catalog.Tx{Puts: []catalog.Put{{Item: catalog.Item{Key: key(part), Body: []byte(`{}`)}, IfVersion: ifVersion}}}
	for _, id := range ids {
		tx.Outbox = append(tx.Outbox, catalog.Message{ID: id, Group: group, Body: []byte(id)})
	}
	return tx
}

func commit(t *testing.T, s *dynamodb.Store, tx catalog.Tx) {
	t.Helper()
	if err := s.Commit(ctx, tx); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// order requires messages in an order.
func order(t *testing.T, messages []catalog.Message, err error, want ...string) {
	t.Helper()
	var got []string
	for _, m := range messages {
		got = append(got, m.ID)
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

// TestStore_CommitClocks: two processes write one record in turn, and the clock
// of one is an hour behind.
func TestStore_CommitClocks(t *testing.T) {
	f := newFake()
	ahead, behind := f.store(at(epoch.Add(time.Hour))), f.store(at(epoch))
	commit(t, ahead, put("key#1", 0, "g", "m1", "m2"))
	commit(t, behind, put("key#1", 1, "g", "m3"))
	commit(t, ahead, put("key#1", 2, "g", "m4"))
	commit(t, behind, put("key#1", 3, "")) // no message, but a stamp
	commit(t, behind, put("key#1", 4, "g", "m5"))
	got, err := ahead.PendingIn(ctx, "g", 10)
	order(t, got, err, "m1", "m2", "m3", "m4", "m5")
	if it, err := ahead.Get(ctx, key("key#1")); err != nil || it.Version != 5 {
		t.Errorf("version %d, %v", it.Version, err)
	}
}

func TestStore_CommitReasons(t *testing.T) {
	for _, c := range []struct {
		name    string
		reasons []string // of seen, put, message
		want    coded.Code
		is      error
		calls   int
	}{
		{"another transaction", []string{"None", "TransactionConflict", "None"}, coded.Retryable, nil, dynamodb.MaxTries},
		{"throttled", []string{"ThrottlingError", "None", "None"}, coded.Retryable, nil, dynamodb.MaxTries},
		{"throughput of the table", []string{"None", "None", "ProvisionedThroughputExceeded"}, coded.Retryable, nil, dynamodb.MaxTries},
		{"condition", []string{"None", "ConditionalCheckFailed", "None"}, coded.Retryable, catalog.ErrConflict, 1},
		{"condition beside another transaction", []string{"TransactionConflict", "ConditionalCheckFailed", "None"}, coded.Retryable, catalog.ErrConflict, 1},
		{"event's id", []string{"ConditionalCheckFailed", "None", "None"}, coded.Conflict, catalog.ErrSeen, 1},
		{"event's id beside a condition", []string{"ConditionalCheckFailed", "ConditionalCheckFailed", "None"}, coded.Conflict, catalog.ErrSeen, 1},
		{"not valid", []string{"None", "ValidationError", "TransactionConflict"}, coded.Internal, nil, 1},
		{"without reasons", nil, coded.Retryable, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, f := onFake(t, at(epoch))
			f.intercept = func(operation string, _ map[string]any) *failure {
				if operation != "TransactWriteItems" {
					return nil
				}
				list := []any{}
				for _, code := range c.reasons {
					list = append(list, map[string]any{"Code": code})
				}
				return &failure{"TransactionCanceledException", map[string]any{"CancellationReasons": list}}
			}
			tx := put("tenant#1", 1, "g", "m1")
			tx.Seen = &catalog.Seen{ID: "e1"}
			err := s.Commit(ctx, tx)
			if !coded.Is(err, c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v (%s), want %v (%s)", err, coded.Of(err), c.is, c.want)
			}
			if got := f.calls["TransactWriteItems"]; got != c.calls {
				t.Errorf("%d calls, want %d", got, c.calls)
			}
		})
	}
}

// TestStore_CommitSeen hides from the reasons that the event was applied.
func TestStore_CommitSeen(t *testing.T) {
	s, f := onFake(t, at(epoch))
	tx := put("tenant#1", 0, "g", "m1")
	tx.Seen = &catalog.Seen{ID: "e1"}
	commit(t, s, tx)
	f.intercept = func(operation string, _ map[string]any) *failure {
		if operation != "TransactWriteItems" {
			return nil
		}
		return &failure{"TransactionCanceledException", map[string]any{"CancellationReasons": []any{
			map[string]any{"Code": "None"}, map[string]any{"Code": "ConditionalCheckFailed"}, map[string]any{"Code": "None"}}}}
	}
	if err := s.Commit(ctx, tx); !errors.Is(err, catalog.ErrSeen) {
		t.Errorf("got %v, want %v", err, catalog.ErrSeen)
	}
}

// TestStore_CommitBudget commits into an outage until the budget is used up.
func TestStore_CommitBudget(t *testing.T) {
	s, f := onFake(t, at(epoch))
	f.intercept = func(string, map[string]any) *failure { return &failure{"TransactionConflictException", nil} }
	const n, retries = 200, 500 / 5
	for range n {
		if err := s.Commit(ctx, put("tenant#1", 0, "")); !coded.Is(err, coded.Retryable) {
			t.Fatal(err)
		}
	}
	if got := f.calls["PutItem"]; got != n+retries {
		t.Errorf("%d calls for %d commits, want %d", got, n, n+retries)
	}
}

// TestStore_CommitLostAnswer loses the answer to the first call of each kind.
func TestStore_CommitLostAnswer(t *testing.T) {
	for _, c := range []struct {
		operation string
		tx        catalog.Tx
	}{
		{"PutItem", put("tenant#1", 0, "")},
		{"TransactWriteItems", put("tenant#1", 0, "g", "m1")},
	} {
		t.Run(c.operation, func(t *testing.T) {
			s, f := onFake(t, at(epoch))
			f.lose = c.operation
			commit(t, s, c.tx)
			if f.calls[c.operation] != 2 {
				t.Fatalf("calls: %v", f.calls)
			}
			c.tx.Puts[0].IfVersion = 1
			f.lose = c.operation
			commit(t, s, c.tx)
			if it, err := s.Get(ctx, key("tenant#1")); err != nil || it.Version != 2 {
				t.Errorf("version %d, %v; want 2", it.Version, err)
			}
		})
	}
}

func TestStore_Errors(t *testing.T) {
	for _, c := range []struct {
		code string
		want coded.Code
	}{
		{"ResourceNotFoundException", coded.Internal}, {"AccessDeniedException", coded.Internal},
		{"ThrottlingException", coded.Retryable}, {"InternalServerError", coded.Retryable}, {"", coded.Retryable},
	} {
		s, f := onFake(t, at(epoch))
		f.intercept = func(string, map[string]any) *failure { return &failure{code: c.code} }
		_, get := s.Get(ctx, key("tenant#1"))
		_, list := s.Query(ctx, catalog.Query{Index: catalog.IndexTenant, Value: "1", Limit: 1})
		_, part := s.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: "1", Limit: 1})
		_, due := s.Due(ctx, catalog.LaneKeys, 0, epoch, 1)
		_, pending := s.Pending(ctx, 1)
		_, group := s.PendingIn(ctx, "g", 1)
		for name, err := range map[string]error{"Get": get, "Query": list, "Query part": part, "Due": due, "Pending": pending, "PendingIn": group,
			"Commit": s.Commit(ctx, put("tenant#1", 0, "g", "m")), "Published": s.Published(ctx, catalog.Message{ID: "m", Group: "g"})} {
			if !coded.Is(err, c.want) {
				t.Errorf("%s, %q: got %v (%s), want %s", name, c.code, err, coded.Of(err), c.want)
			}
		}
	}
}

func TestStore_Reserved(t *testing.T) {
	s, _ := onFake(t, at(epoch))
	for _, part := range []string{schema.OutboxPrefix + "g", schema.SeenPrefix + "e1"} {
		_, get := s.Get(ctx, key(part))
		_, query := s.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: part, Limit: 1})
		for name, err := range map[string]error{"Get": get, "Query": query, "Commit": s.Commit(ctx, put(part, 0, ""))} {
			if !coded.Is(err, coded.Invalid) || !strings.Contains(err.Error(), "reserved") {
				t.Errorf("%s of %s: %v", name, part, err)
			}
		}
	}
}

// TestStore_Calls holds the number of requests, which is what is paid for.
func TestStore_Calls(t *testing.T) {
	s, f := onFake(t, at(epoch))
	tx := put("tenant#1", 0, "")
	tx.Puts[0].Item.Indexes.Tenant = "1"
	for _, c := range []struct {
		name string
		run  func() error
		want string
	}{
		{"one put", func() error { return s.Commit(ctx, tx) }, "map[PutItem:1]"},
		{"put and event", func() error {
			more := put("tenant#2", 0, "g", "m1")
			more.Seen = &catalog.Seen{ID: "e1"}
			return s.Commit(ctx, more)
		}, "map[TransactWriteItems:1]"},
		{"get", func() error { _, err := s.Get(ctx, key("tenant#1")); return err }, "map[GetItem:1]"},
		{"lookup", func() error {
			_, err := s.Query(ctx, catalog.Query{Index: catalog.IndexTenant, Value: "1", Limit: 1000})
			return err
		}, "map[BatchGetItem:1 Query:1]"},
		{"lookup of nothing", func() error {
			_, err := s.Query(ctx, catalog.Query{Index: catalog.IndexTenant, Value: "none", Limit: 1000})
			return err
		}, "map[Query:1]"},
		{"due", func() error { _, err := s.Due(ctx, catalog.LaneKeys, 0, epoch, 1000); return err }, "map[Query:1]"},
		{"pending of a group", func() error { _, err := s.PendingIn(ctx, "g", 10); return err }, "map[Query:1]"},
		{"published", func() error {
			return s.Published(ctx, catalog.Message{ID: "m1", Group: "g"}, catalog.Message{ID: "m1", Group: "h"}, catalog.Message{ID: "m1", Group: "g"})
		}, "map[BatchWriteItem:1]"},
		{"published nothing", func() error { return s.Published(ctx) }, "map[]"},
	} {
		clear(f.calls)
		if err := c.run(); err != nil || fmt.Sprint(f.calls) != c.want {
			t.Errorf("%s: %v, %v; want %s", c.name, f.calls, err, c.want)
		}
	}
}
