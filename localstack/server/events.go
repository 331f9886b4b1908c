package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
)

// maxWait is the longest that GET /events waits for one.
const maxWait = 30 * time.Second

// putEvents takes one event or an array of them. With ?wait=true it answers
// after the first delivery. One event that is refused is an error of its own;
// of several, each has its entry in the answer.
func (s *Server) putEvents(r *http.Request) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	raw, single, err := split(body)
	if err != nil {
		return nil, err
	}
	entries := make([]api.Entry, len(raw))
	var good []events.Envelope
	var places []int
	for i, b := range raw {
		env, err := events.ParseEnvelope(b)
		if err != nil {
			entries[i] = api.Entry{Index: i, ID: env.ID, Status: api.Rejected, Problem: api.ProblemOf(err)}
			continue
		}
		good, places = append(good, env), append(places, i)
	}
	if len(good) > 0 {
		done, err := s.cell.Put(r.Context(), good, r.URL.Query().Get("wait") == "true")
		if err != nil {
			return nil, err
		}
		for j, e := range done {
			e.Index = places[j]
			entries[places[j]] = e
		}
	}
	if p := entries[0].Problem; single && p != nil && entries[0].Status != api.DeadLetter {
		return answer{statusOf(p.Code), p}, nil
	}
	out := api.PutResult{Entries: entries, Counts: map[api.Status]int{}}
	for _, e := range entries {
		out.Counts[e.Status]++
	}
	return out, nil
}

// split takes an array apart; anything else is one event.
func split(body []byte) (raw []json.RawMessage, single bool, err error) {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 || trimmed[0] != '[' {
		return []json.RawMessage{body}, true, nil
	}
	if err := json.Unmarshal(trimmed, &raw); err != nil {
		return nil, false, &coded.Error{Code: coded.Invalid, Field: "body", Message: "is not a JSON array", Hint: "send one event, or an array of events", Err: err}
	}
	if len(raw) == 0 || len(raw) > api.MaxEntries {
		return nil, false, coded.Field("body", "send 1 … "+strconv.Itoa(api.MaxEntries)+" events at a time", "the array has %d elements", len(raw))
	}
	return raw, false, nil
}

// sentEvents returns outgoing events after ?after=. With ?wait=10s it waits so
// long for the first.
func (s *Server) sentEvents(r *http.Request) (any, error) {
	cursor, limit, err := page(r)
	if err != nil {
		return nil, err
	}
	after := uint64(0)
	if cursor != "" {
		if after, err = strconv.ParseUint(cursor, 10, 63); err != nil {
			return nil, coded.Field("after", "give the after of the page before", "%q is not a number of an event", cursor)
		}
	}
	text := r.URL.Query().Get("wait")
	if text == "" {
		return s.stack.Sent().List(after, limit)
	}
	wait, err := time.ParseDuration(text)
	if err != nil || wait <= 0 || wait > maxWait {
		return nil, coded.Field("wait", "give a duration up to "+maxWait.String(), "%q is out of range", text)
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	return s.stack.Sent().Await(ctx, after, limit)
}

func (s *Server) deadLetters(r *http.Request) (any, error) { return s.cell.DeadLetters(r.Context()) }

func (s *Server) redrive(r *http.Request) (any, error) { return s.cell.Redrive(r.Context()) }

func (s *Server) counts(r *http.Request) (any, error) { return s.stack.Counts(r.Context()) }

func (s *Server) clock(*http.Request) (any, error) {
	c := s.stack.Clock()
	ahead, wall := c.Ahead()
	return api.Clock{Now: c.Now(), Wall: wall, Ahead: ahead.Round(time.Second).String(), Speed: c.Speed()}, nil
}

func (s *Server) advance(r *http.Request) (any, error) {
	var in api.Advance
	if err := read(r, &in); err != nil {
		return nil, err
	}
	d, err := api.ParseDuration(in.Duration)
	if err != nil {
		return nil, err
	}
	if err := s.stack.Advance(r.Context(), d); err != nil {
		return nil, err
	}
	return s.clock(r)
}

// read reads a request's JSON body; an empty one leaves into as it is.
func read(r *http.Request, into any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return &coded.Error{Code: coded.Invalid, Field: "body", Message: "is not what is expected here", Hint: "docs/api.md shows every call", Err: err}
	}
	return nil
}
