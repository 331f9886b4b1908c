package deployed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/deployed"
	"latchkey/localstack/deployed/deployedtest"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
)

var ctx = context.Background()

// bus takes events, but those whose detail names a code.
type bus struct {
	events []events.Envelope
	down   error
}

func (b *bus) PutEvents(_ context.Context, batch []events.Envelope) ([]error, error) {
	failed := make([]error, len(batch))
	for i, env := range batch {
		for _, code := range []coded.Code{coded.Invalid, coded.Retryable, coded.Internal} {
			if strings.Contains(string(env.Detail), "fails "+string(code)) {
				failed[i] = coded.New(code, "refused")
			}
		}
		if failed[i] == nil && b.down == nil {
			b.events = append(b.events, env)
		}
	}
	return failed, b.down
}

// parts are those of a cell without records.
func parts(q *queues, b *bus, said *[]string) deployed.Parts {
	return deployed.Parts{Account: deployedtest.Account, Region: deployedtest.Region, Bus: b, Queues: q, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler),
		Say: func(format string, args ...any) { *said = append(*said, fmt.Sprintf(format, args...)) }}
}

func newCell(t *testing.T, p deployed.Parts) *deployed.Cell {
	t.Helper()
	c, err := deployed.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// approval is an event that the cell takes.
func approval(t *testing.T, by string) events.Envelope {
	t.Helper()
	env, err := events.New(events.TypeKeyReturnApproved, "a1", time.Now(), deployedtest.Region, "", &events.KeyReturnApproved{
		Version: events.DetailVersion, KeyARN: "arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-4333-8444-555555555555", ApprovedBy: by})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// sample is the sample of that name.
func sample(t *testing.T, name string) events.Envelope {
	t.Helper()
	for _, s := range events.Samples() {
		if s.Name == name {
			env, err := events.ParseEnvelope(s.Event)
			if err != nil {
				t.Fatal(err)
			}
			return env
		}
	}
	t.Fatalf("no sample %s", name)
	return events.Envelope{}
}

func TestCell_Put(t *testing.T) {
	broken, unknown := approval(t, "x"), approval(t, "x")
	broken.Detail = json.RawMessage(`{"version":"1"}`)
	unknown.DetailType = "Key Return Forbidden"
	for _, c := range []struct {
		name   string
		env    events.Envelope
		status api.Status
		code   coded.Code
	}{
		{"approval", approval(t, "a person"), api.Accepted, ""},
		{"tenant", sample(t, "tenant-created.shared"), api.Accepted, ""},
		{"of AWS", sample(t, "s3-object-created"), api.Rejected, coded.Invalid},
		{"our own", sample(t, "key-locked"), api.Unrouted, ""},
		{"of no kind", unknown, api.Unknown, ""},
		{"broken", broken, api.Rejected, coded.Invalid},
		{"refused by EventBridge", approval(t, "fails invalid"), api.Rejected, coded.Invalid},
		{"throttled", approval(t, "fails retryable"), api.Failed, coded.Retryable},
		{"denied", approval(t, "fails internal"), api.Failed, coded.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, said := &bus{}, []string{}
			p := parts(newQueues(false), b, &said)
			p.Bus = first{b, func() int { return len(said) }, t}
			out, err := newCell(t, p).Put(ctx, []events.Envelope{c.env}, true)
			if err != nil || len(out) != 1 || out[0].Status != c.status {
				t.Fatalf("%+v, %v", out, err)
			}
			if got := out[0].Problem; (got == nil) != (c.code == "") || got != nil && got.Code != c.code {
				t.Errorf("problem %+v, want %q", got, c.code)
			}
			if put := len(b.events) == 1; put != (c.status == api.Accepted) {
				t.Errorf("put: %v", b.events)
			}
		})
	}
}

// first holds that something was said before the bus is asked.
type first struct {
	*bus
	said func() int
	t    *testing.T
}

func (f first) PutEvents(ctx context.Context, batch []events.Envelope) ([]error, error) {
	if f.said() != len(batch) {
		f.t.Errorf("%d events, and %d were told before", len(batch), f.said())
	}
	return f.bus.PutEvents(ctx, batch)
}

// What is said of an event is one line that moves no cursor, whoever wrote it.
func TestCell_Put_Says(t *testing.T) {
	said, env := []string{}, approval(t, "\u202ea person\u009b2J")
	var broad bytes.Buffer
	if err := json.Indent(&broad, env.Detail, "", "\t"); err != nil {
		t.Fatal(err)
	}
	env.Detail = broad.Bytes()
	if _, err := newCell(t, parts(newQueues(false), &bus{}, &said)).Put(ctx, []events.Envelope{env}, false); err != nil || len(said) == 0 {
		t.Fatalf("said %q, %v", said, err)
	}
	if strings.ContainsAny(said[0], "\u202e\u009b\n\t") || !strings.Contains(said[0], `\u202ea person\u009b2J`) {
		t.Errorf("said %q", said[0])
	}
}

func TestCell_Put_Down(t *testing.T) {
	down, said := coded.New(coded.Retryable, "no answer"), []string{}
	c := newCell(t, parts(newQueues(false), &bus{down: down}, &said))
	if out, err := c.Put(ctx, []events.Envelope{approval(t, "x")}, false); !errors.Is(err, down) {
		t.Errorf("%+v, %v", out, err)
	}
}
