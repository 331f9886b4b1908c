package main

import (
	"encoding/json"
	"fmt"
	"io"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
)

type eventPutCmd struct {
	File   string `arg:"" help:"File of events, also as .gz; - for the standard input."`
	NoWait bool   `help:"Do not wait for the first delivery."`
}

// Bounds of one request. A body of many small events stays far below the API's limit.
const (
	putEntries = 200
	putBytes   = 4 << 20
)

// Run puts every good event of the file. It fails if any was refused.
func (c *eventPutCmd) Run(a *app) error {
	body, err := readInput(c.File, a.in)
	if err != nil {
		return err
	}
	list, err := parseInput(body)
	if err != nil {
		return err
	}
	if _, err := a.client.Health(a.ctx); err != nil {
		return err
	}
	result := api.PutResult{Entries: make([]api.Entry, len(list)), Counts: map[api.Status]int{}}
	p := &putter{app: a, wait: !c.NoWait, entries: result.Entries}
	for i, e := range list {
		if err := p.add(i, e); err != nil {
			return err
		}
	}
	if err := p.flush(); err != nil {
		return err
	}
	for _, e := range result.Entries {
		result.Counts[e.Status]++
	}
	return a.printPut(result)
}

// putter gathers events into requests.
type putter struct {
	*app
	wait    bool
	entries []api.Entry
	batch   []json.RawMessage
	places  []int
	size    int
}

// add checks an event's envelope, so that what is not JSON or too large need
// not travel, and sends the batch when it is full.
func (p *putter) add(i int, e entry) error {
	env, err := events.Envelope{}, e.err
	if err == nil {
		env, err = events.ParseEnvelope(e.raw)
	}
	if err != nil {
		p.entries[i] = api.Entry{Index: i, ID: env.ID, Status: api.Rejected, Problem: api.ProblemOf(err)}
		return nil
	}
	if len(p.batch) == putEntries || p.size+len(e.raw) > putBytes {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.batch, p.places, p.size = append(p.batch, e.raw), append(p.places, i), p.size+len(e.raw)
	return nil
}

func (p *putter) flush() error {
	if len(p.batch) == 0 {
		return nil
	}
	out, err := p.client.Put(p.ctx, p.batch, p.wait)
	if err != nil {
		return err
	}
	if len(out.Entries) != len(p.batch) {
		return coded.New(coded.Internal, "%d events were put and %d answered", len(p.batch), len(out.Entries))
	}
	for j, e := range out.Entries {
		e.Index = p.places[j]
		p.entries[e.Index] = e
	}
	p.batch, p.places, p.size = nil, nil, 0
	return nil
}

// outcomes are the words for what is not simply accepted.
var outcomes = []struct {
	status api.Status
	words  string
}{
	{api.Unrouted, "understood but needed by no function"},
	{api.Unknown, "unknown, counted"},
	{api.Rejected, "rejected"},
	{api.DeadLetter, "refused: see `dead-letters`"},
	{api.Failed, "not stored: put again"},
}

// printPut tells what became of the events: each that was refused, and the sum.
func (a *app) printPut(r api.PutResult) error {
	refused := r.Counts[api.Rejected] + r.Counts[api.DeadLetter] + r.Counts[api.Failed]
	err := a.print(r, func(w io.Writer) {
		for _, e := range r.Entries {
			if e.Problem != nil {
				printProblem(a.err, aboutEntry(e, len(r.Entries)), problemText(*e.Problem), e.Problem.Hint)
			}
		}
		fmt.Fprintf(w, "%d accepted", r.Counts[api.Accepted])
		for _, o := range outcomes {
			if n := r.Counts[o.status]; n > 0 {
				fmt.Fprintf(w, ", %d %s", n, o.words)
			}
		}
		fmt.Fprintln(w)
	})
	if err == nil && refused > 0 {
		return &toldError{}
	}
	return err
}

func aboutEntry(e api.Entry, of int) string {
	about := ""
	if of > 1 {
		about = fmt.Sprintf("event %d", e.Index+1)
	}
	if e.ID != "" {
		if about == "" {
			about = "event"
		}
		about += " " + e.ID
	}
	return about
}

func problemText(p api.Problem) string {
	if p.Field != "" {
		return p.Field + ": " + p.Message
	}
	return p.Message
}
