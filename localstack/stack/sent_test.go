package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
	"latchkey/shared/reconcile"
)

func outgoing(n int) events.Envelope {
	return events.Envelope{Version: "0", ID: fmt.Sprintf("id-%d", n), DetailType: "x", Source: "latchkey", Time: start, Detail: json.RawMessage(`{}`)}
}

func ids(t *testing.T, l *SentLog, after uint64, limit int) (out []string, next uint64) {
	t.Helper()
	page, err := l.List(after, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range page.Items {
		out = append(out, s.Event.ID)
	}
	return out, page.After
}

func TestSentLog_Append(t *testing.T) {
	l, err := openSentLog(testDB(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range [][]events.Envelope{
		{outgoing(1), outgoing(2)},
		{outgoing(2), outgoing(3)}, // 2 a second time
		{outgoing(3)},
	} {
		if err := l.append(batch); err != nil {
			t.Fatal(err)
		}
	}
	got, next := ids(t, l, 0, 2)
	if fmt.Sprint(got) != "[id-1 id-2]" || next != 2 {
		t.Errorf("first page: %v, %d", got, next)
	}
	if got, _ = ids(t, l, next, 2); fmt.Sprint(got) != "[id-3]" {
		t.Errorf("second page: %v", got)
	}
	if err := l.append([]events.Envelope{outgoing(4), outgoing(5), outgoing(6)}); err != nil {
		t.Fatal(err)
	}
	if got, _ = ids(t, l, 0, 100); fmt.Sprint(got) != "[id-3 id-4 id-5 id-6]" {
		t.Errorf("of six events it kept %v; want the newest four", got)
	}
}

func TestSentLog_Await(t *testing.T) {
	l, err := openSentLog(testDB(t), 10)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if page, err := l.Await(ended, 0, 10); err != nil || len(page.Items) != 0 {
		t.Errorf("nothing was sent: %+v, %v", page, err)
	}
	got := make(chan string)
	go func() {
		page, err := l.Await(context.Background(), 0, 10)
		got <- fmt.Sprint(len(page.Items), err)
	}()
	if err := l.append([]events.Envelope{outgoing(1)}); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "1 <nil>" {
		t.Errorf("Await returned %s", s)
	}
}

// TestOutbox_KillBeforePublished kills between the log and the outbox: the
// message comes again and is in the log once.
func TestOutbox_KillBeforePublished(t *testing.T) {
	db := testDB(t)
	l, err := openSentLog(db, 10)
	if err != nil {
		t.Fatal(err)
	}
	file, err := embedded.Open(context.Background(), filepath.Join(t.TempDir(), "c.db"), fake.NewClock(start), embedded.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ctx := context.Background()
	env := outgoing(1)
	message := catalog.Message{ID: env.ID, Group: "g", Body: []byte("{}")}
	if err := file.Commit(ctx, catalog.Tx{Outbox: []catalog.Message{message}}); err != nil {
		t.Fatal(err)
	}
	if err := l.append([]events.Envelope{env}); err != nil { // and here the process dies
		t.Fatal(err)
	}
	again := &outbox{File: file, log: l, taken: map[string]events.Envelope{}}
	if err := again.Published(ctx, message); !coded.Is(err, coded.Internal) {
		t.Errorf("Published() of what was not sent: %v", err)
	}
	again.take(env)
	if err := again.Published(ctx, message); err != nil {
		t.Fatal(err)
	}
	left, err := again.Pending(ctx, 10)
	if got, _ := ids(t, l, 0, 10); len(got) != 1 || len(left) != 0 || err != nil {
		t.Errorf("log %v, outbox %v, %v", got, left, err)
	}
}

// TestOutbox_PublishedAside lets a message that was put aside leave without
// having been sent; it is not in the log.
func TestOutbox_PublishedAside(t *testing.T) {
	l, err := openSentLog(testDB(t), 10)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	file, err := embedded.Open(ctx, filepath.Join(t.TempDir(), "c.db"), fake.NewClock(start), embedded.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sent, aside := catalog.Message{ID: "id-1", Group: "g"}, catalog.Message{ID: "id-2", Group: "g"}
	o := &outbox{File: file, log: l, taken: map[string]events.Envelope{}}
	if err := file.Commit(ctx, catalog.Tx{
		Puts:   []catalog.Put{{Item: catalog.Item{Key: reconcile.AsideKey(aside)}}},
		Outbox: []catalog.Message{sent, aside},
	}); err != nil {
		t.Fatal(err)
	}
	o.take(outgoing(1))
	if err := o.Published(ctx, sent, aside); err != nil {
		t.Fatal(err)
	}
	left, err := o.PendingIn(ctx, "g", 10)
	if got, _ := ids(t, l, 0, 10); fmt.Sprint(got) != "[id-1]" || len(left) != 0 || len(o.taken) != 0 || err != nil {
		t.Errorf("log %v, outbox %v, taken %v, %v", got, left, o.taken, err)
	}
}
