// Package server is the HTTP API of a local stack: tenant context, lists,
// events, keys and the clock, as JSON. docs/api.md shows every call. It answers
// for a deployed cell too, with all of it that makes sense there.
package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/stack"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/reconcile"
)

// Time-outs of a connection. Answering has none: an advance of the clock over
// months takes as long as it takes, and is bounded by the client.
const (
	headerTimeout = 5 * time.Second
	bodyTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	graceTimeout  = 5 * time.Second
)

// Cell is what a server answers for. Its methods are safe for concurrent use,
// and their errors are coded.
type Cell interface {
	Health() api.Health
	// Plane answers reads, and Ledger what keys were used for.
	Plane() *reconcile.Plane
	Ledger() *ledger.Ledger
	// Put puts the good ones of some events on the cell's bus; with deliver it
	// waits for their first delivery, where that can be seen. The entries are in
	// the order of the events.
	Put(ctx context.Context, envs []events.Envelope, deliver bool) ([]api.Entry, error)
	// DeadLetters lists what no function could take, the oldest first.
	DeadLetters(ctx context.Context) ([]api.Letter, error)
	// Redrive hands those over again whose errors may have passed.
	Redrive(ctx context.Context) (api.Redriven, error)
}

// Server serves one cell.
type Server struct {
	cell   Cell
	stack  *stack.Stack // the cell, where it is a local stack; nil where it is deployed
	secret string       // first name of every path; empty: none
	log    *slog.Logger
	mux    *http.ServeMux
}

// New returns the server of a stack that runs.
func New(s *stack.Stack, log *slog.Logger) *Server {
	srv := &Server{cell: s, stack: s, log: log, mux: http.NewServeMux()}
	srv.routes()
	return srv
}

// NewDeployed returns the server of a deployed cell. Every path begins with
// /secret, so that whoever else can reach this machine's ports, a page in a
// browser for one, cannot act as the operator.
func NewDeployed(c Cell, secret string, log *slog.Logger) *Server {
	srv := &Server{cell: c, secret: secret, log: log, mux: http.NewServeMux()}
	srv.routes()
	return srv
}

func (s *Server) routes() {
	for pattern, h := range map[string]handler{
		"GET /healthz":                s.health,
		"GET /tenants":                s.tenants,
		"GET /tenants/{id}":           s.tenant,
		"GET /tenants/{id}/context":   s.context,
		"GET /tenants/{id}/key-usage": s.keyUsage,
		"GET /databases":              s.databases,
		"GET /databases/{id...}":      s.database,
		"GET /snapshots":              s.snapshots,
		"GET /keys":                   s.keys,
		"GET /keys/{path...}":         s.key,
		"GET /customer-keys":          s.customerKeys,
		"GET /impact":                 s.impact,
		"GET /parked":                 s.parked,
		"GET /dead-letters":           s.deadLetters,
		"POST /dead-letters/redrive":  s.redrive,
		"POST /events":                s.putEvents,
	} {
		s.mux.Handle(pattern, s.serve(h))
	}
	for pattern, h := range s.localRoutes() {
		s.mux.Handle(pattern, s.serve(h))
	}
	s.mux.Handle("/", s.serve(func(r *http.Request) (any, error) {
		e := coded.New(coded.NotFound, "no %s %s here", r.Method, r.URL.Path)
		e.Hint = "docs/api.md shows every call"
		return nil, e
	}))
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.secret == "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if subtle.ConstantTimeCompare([]byte(first), []byte(s.secret)) != 1 {
		s.serve(func(*http.Request) (any, error) { return nil, errSecret() }).ServeHTTP(w, r)
		return
	}
	http.StripPrefix("/"+s.secret, s.mux).ServeHTTP(w, r)
}

// Serve answers on l until ctx ends, then lets requests under way end, for a
// few seconds.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return base },
	}
	done := make(chan error, 1)
	go func() { done <- h.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// Requests that wait (for events, for the clock) end now; the others finish.
	cancel()
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), graceTimeout)
	defer stop()
	if err := h.Shutdown(grace); err != nil {
		return errors.Join(err, h.Close())
	}
	return nil
}

// handler answers a request with a value to write as JSON, or an error.
type handler func(r *http.Request) (any, error)

// answer is a value with a status other than 200.
type answer struct {
	status int
	body   any
}

func (s *Server) serve(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v any
		err := takeBody(w, r)
		if err == nil {
			v, err = h(r)
		}
		out := answer{http.StatusOK, v}
		if a, ok := v.(answer); ok {
			out = a
		}
		if err != nil {
			out = s.problem(r, err)
		}
		text, isText := out.body.(raw)
		w.Header().Set("Content-Type", cmp.Or(text.contentType, "application/json"))
		w.Header().Set(api.TimeHeader, s.cell.Health().Now.Format(time.RFC3339Nano))
		w.WriteHeader(out.status)
		var werr error
		if isText {
			_, werr = w.Write(text.body)
		} else {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			werr = enc.Encode(out.body)
		}
		if err := werr; err != nil && r.Context().Err() == nil {
			s.log.Warn("answer not written", "path", r.URL.Path, "error", err)
		}
	})
}

// takeBody reads the whole body, in bounded size and time, so that no handler
// waits for a slow client.
func takeBody(w http.ResponseWriter, r *http.Request) error {
	// A writer that knows no deadlines (a recorder in a test) has no slow client.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, api.MaxBodyBytes))
	_ = control.SetReadDeadline(time.Time{})
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}
