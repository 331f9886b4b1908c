package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/shared/fake"
	"latchkey/shared/function"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/logging"
)

var epoch = time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)

// text is a buffer that goroutines may share.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *text) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b.Reset()
}

// host is a host with its log and its metrics' documents.
type host struct {
	function.Host
	log, metrics *text
}

func newHost(name string) host {
	h := host{log: &text{}, metrics: &text{}}
	c := fake.NewClock(epoch)
	h.Host = function.Host{
		Name: name, Region: "eu-central-1", Clock: c, Log: logging.New(h.log, slog.LevelInfo, name),
		Metrics: emf.New(h.metrics, c, name), Limits: function.Limits{Begin: 5 * time.Second, AtOnce: 3},
	}
	return h
}

// invoke invokes the handler with the payload and reads the answer.
func invoke(t *testing.T, ctx context.Context, h host, handler function.Handler, payload string, answer any) error {
	t.Helper()
	out, err := function.Invoke(ctx, h.Host, handler, []byte(payload))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, answer); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return nil
}

// message is a message of a queue.
type message struct {
	id, body string
	receives int
}

// batch is the invocation that hands messages over.
func batch(messages ...message) string {
	var records []string
	for _, m := range messages {
		body, _ := json.Marshal(m.body)
		records = append(records, fmt.Sprintf(`{"messageId":%q,"body":%s,"attributes":{"ApproximateReceiveCount":"%d"},"eventSource":"aws:sqs"}`,
			m.id, body, max(m.receives, 1)))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

// event is an event about a tenant.
func event(id string) string {
	return fmt.Sprintf(`{"version":"0","id":%q,"detail-type":"Tenant Created","source":"latchkey.commerce","time":"2026-03-02T09:15:00Z",
		"resources":[],"detail":{"version":"1","tenantId":"tenant-of-%s"}}`, id, id)
}

// failures are the failed messages that an answer names.
type failures struct {
	BatchItemFailures []struct {
		ItemIdentifier string `json:"itemIdentifier"`
	} `json:"batchItemFailures"`
}

func (f failures) String() string {
	var ids []string
	for _, one := range f.BatchItemFailures {
		ids = append(ids, one.ItemIdentifier)
	}
	return strings.Join(ids, " ")
}
