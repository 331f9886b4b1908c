package emulator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/localstack/emulator/proxy"
	"latchkey/localstack/emulator/runtime"
	"latchkey/localstack/emulator/template"
)

// Region is what runs of one Region.
type Region struct {
	Name    string
	Clients template.Clients
	Host    *runtime.Host
	Feeds   []Feed
	APIURL  string // of the local server in the HTTP API's place; empty: none
	timers  []*timer
	locals  map[string]Local // in the place of functions, by name
}

// Invoke runs a function of the Region, or its substitute. It is what feeds and
// proxy call.
func (r *Region) Invoke(ctx context.Context, function string, payload []byte) ([]byte, string, error) {
	if local := r.locals[function]; local != nil {
		return local(ctx, payload)
	}
	return r.Host.Invoke(ctx, function, payload)
}

// Feed hands over what is there and returns how much that was. wait is how long
// it may wait for the first.
type Feed interface {
	Name() string
	Once(ctx context.Context, wait time.Duration) (int, error)
}

// Invoke implements proxy.Invoker.
func (s *Stack) Invoke(ctx context.Context, region, function string, payload []byte) ([]byte, string, error) {
	r := s.Regions[region]
	if r == nil {
		return nil, "", fmt.Errorf("nothing runs in %s: %w", region, proxy.ErrNoFunction)
	}
	answer, failed, err := r.Invoke(ctx, function, payload)
	if errors.Is(err, runtime.ErrNoFunction) {
		err = fmt.Errorf("%w: %s", proxy.ErrNoFunction, function)
	}
	return answer, failed, err
}

// FedBy says what hands work to a function: the names of queues, "stream" and
// "schedule", and the routes of the HTTP API are left out.
func (r *Region) FedBy(function string) []string {
	var out []string
	for _, f := range r.Feeds {
		if source, ok := strings.CutSuffix(f.Name(), " → "+function); ok {
			if strings.Contains(source, "/stream/") {
				out = append(out, "stream")
			} else {
				out = append(out, "queue "+source[strings.LastIndexByte(source, ':')+1:])
			}
		}
	}
	for _, t := range r.timers {
		if t.Function() == function {
			out = append(out, "every "+t.Every().String())
		}
	}
	return out
}
