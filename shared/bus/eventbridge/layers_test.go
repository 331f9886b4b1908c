package eventbridge_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"latchkey/events"
)

// putEntry is an event on its way in, and putResult what became of it.
type (
	putEntry struct {
		EventBusName, Source, DetailType, Detail string
		Resources                                []string `json:",omitempty"`
		Time                                     float64
	}
	putResult struct {
		EventId, ErrorCode, ErrorMessage string `json:",omitempty"`
	}
	putRequest struct{ Entries []putEntry }
	putAnswer  struct {
		FailedEntryCount int
		Entries          []putResult
	}
)

func reply(r *http.Request, status int, out any) (*http.Response, error) {
	text, err := json.Marshal(out)
	return &http.Response{StatusCode: status, Request: r, Body: io.NopCloser(bytes.NewReader(text)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}}, err
}

// refusing answers for the events that it is told to refuse, and has the others
// put.
type refusing struct {
	next  http.RoundTripper
	seen  int            // events so far
	codes map[int]string // by place among all events
}

// Refuse implements bustest.World.
func (l *refusing) Refuse(code string, places ...int) error {
	l.codes = map[int]string{}
	for _, n := range places {
		l.codes[l.seen+n] = code
	}
	return nil
}

func (l *refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	var in, rest putRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	refused := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		refused[i] = l.codes[l.seen]
		l.seen++
		if refused[i] == "" {
			rest.Entries = append(rest.Entries, e)
		}
	}
	if len(rest.Entries) == 0 {
		return reply(r, http.StatusOK, merge(refused, nil))
	}
	body, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res, err := l.next.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusOK {
		return res, err
	}
	defer res.Body.Close()
	var out putAnswer
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || len(out.Entries) != len(rest.Entries) {
		return nil, fmt.Errorf("%d results for %d events: %w", len(out.Entries), len(rest.Entries), err)
	}
	return reply(r, http.StatusOK, merge(refused, out.Entries))
}

// merge puts the refused events between those that were asked for.
func merge(refused []string, results []putResult) (out putAnswer) {
	for _, code := range refused {
		result := putResult{ErrorCode: code, ErrorMessage: "no"}
		if code == "" {
			result, results = results[0], results[1:]
		}
		if result.ErrorCode != "" {
			out.FailedEntryCount++
		}
		out.Entries = append(out.Entries, result)
	}
	return out
}

// strict takes events as EventBridge does: at most ten in a call, of fewer bytes
// together than the limit, each with a detail that is JSON. [EventBridge API
// reference, PutEvents; EventBridge guide, Calculating PutEvents event entry size]
type strict struct {
	name  string
	taken []events.Envelope
}

func (s *strict) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var in putRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	bytes := 0
	for _, e := range in.Entries {
		bytes += 14 + len(e.Source) + len(e.DetailType) + len(e.Detail)
		for _, resource := range e.Resources {
			bytes += len(resource)
		}
	}
	if n := len(in.Entries); n == 0 || n > 10 || bytes >= events.MaxEventBytes {
		return reply(r, http.StatusBadRequest, map[string]string{"__type": "ValidationException", "message": fmt.Sprintf("%d events, %d bytes", n, bytes)})
	}
	var out putAnswer
	for _, e := range in.Entries {
		out.Entries = append(out.Entries, s.take(e))
	}
	return reply(r, http.StatusOK, out)
}

func (s *strict) take(e putEntry) putResult {
	if !json.Valid([]byte(e.Detail)) || e.EventBusName != s.name {
		return putResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	id := fmt.Sprintf("bus-%d", len(s.taken))
	s.taken = append(s.taken, events.Envelope{Version: "0", ID: id, Source: e.Source, DetailType: e.DetailType, Account: "111122223333",
		Region: region, Time: time.Unix(int64(e.Time), 0).UTC(), Resources: e.Resources, Detail: json.RawMessage(e.Detail)})
	return putResult{EventId: id}
}
