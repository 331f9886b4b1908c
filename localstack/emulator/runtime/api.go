package runtime

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxPayload bounds an event and an answer. [Lambda guide, Lambda quotas]
const maxPayload = 6 << 20

// api is the Runtime API of one process.
func (p *process) api() http.Handler {
	const base = "/2018-06-01/runtime"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"/invocation/next", p.serveNext)
	mux.HandleFunc("POST "+base+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { p.serveDone(w, r, "") })
	mux.HandleFunc("POST "+base+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { p.serveDone(w, r, Unhandled) })
	mux.HandleFunc("POST "+base+"/init/error", p.serveInitError)
	return mux
}

func (p *process) serveNext(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	if !p.asked {
		p.asked = true
		close(p.ready)
	}
	p.current = nil
	p.mu.Unlock()
	select {
	case inv := <-p.next:
		p.mu.Lock()
		p.current = inv
		p.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", p.fn.ARN)
		h.Set("Lambda-Runtime-Trace-Id", inv.trace)
		_, _ = w.Write(inv.payload) // a process that cannot take it ends, or runs out of time
	case <-r.Context().Done():
	}
}

func (p *process) serveDone(w http.ResponseWriter, r *http.Request, failed string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	p.mu.Lock()
	inv := p.current
	p.mu.Unlock()
	switch {
	case inv == nil || inv.id != r.PathValue("id"):
		http.Error(w, `{"errorMessage":"invalid request id","errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	case err != nil:
		out := failure("Function.ResponseSizeTooLarge", fmt.Sprintf("the answer has more than %d bytes", maxPayload))
		inv.finish(out)
		http.Error(w, string(out.answer), http.StatusRequestEntityTooLarge)
		return
	}
	inv.finish(outcome{answer: body, failed: failed})
	w.WriteHeader(http.StatusAccepted)
}

// finish tells the outcome once; what comes later is dropped.
func (i *invocation) finish(out outcome) {
	select {
	case i.done <- out:
	default:
	}
}

func (p *process) serveInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err == nil {
		p.mu.Lock()
		p.initErr = body
		p.mu.Unlock()
	}
	w.WriteHeader(http.StatusAccepted)
}

func newInvocation(payload []byte) *invocation {
	b := make([]byte, 16+12+8)
	_, _ = rand.Read(b)                         // never fails [Go, crypto/rand]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a random UUID [RFC 9562, UUID Version 4]
	id := fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
	// Root=1-<seconds in hex>-<96 random bits>. [X-Ray guide, Tracing header]
	trace := fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", time.Now().Unix(), hex.EncodeToString(b[16:28]), hex.EncodeToString(b[28:]))
	return &invocation{id: id, trace: trace, payload: payload, done: make(chan outcome, 1)}
}
