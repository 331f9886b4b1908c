package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// Invoker runs functions of a Region by their names. failed is Lambda's
// FunctionError ("" or "Unhandled"), in which case answer describes the error;
// err means that the function could not be asked at all.
type Invoker interface {
	Invoke(ctx context.Context, region, function string, payload []byte) (answer []byte, failed string, err error)
}

// ErrNoFunction is what an Invoker returns, wrapped, for a function that it does not run.
var ErrNoFunction = errors.New("no such function")

// Options say what a proxy is made of.
type Options struct {
	Emulator string // its URL
	Account  string // the account whose credentials the functions have
	Invoker  Invoker
	Log      *slog.Logger // nil: nothing is logged
	Seed     uint64       // of the rules' probabilities
}

// Proxy is an http.Handler. It is safe for concurrent use.
type Proxy struct {
	opts    Options
	forward *httputil.ReverseProxy

	mu     sync.Mutex
	rules  []*active
	random *rand.Rand
	calls  map[Call]int64
	broken map[Call]int64
	origin origins
	tables sync.RWMutex // see alone
	played Instances    // see PlayInstances
}

// New returns a proxy in front of an emulator.
func New(o Options) (*Proxy, error) {
	target, err := url.Parse(o.Emulator)
	if err != nil || target.Host == "" {
		return nil, errors.New("proxy: the emulator's URL " + o.Emulator + " has no host")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Proxy{
		opts: o, random: rand.New(rand.NewPCG(o.Seed, 1)),
		calls: map[Call]int64{}, broken: map[Call]int64{}, origin: newOrigins(),
	}
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target) // and its host, which the emulator reads URLs of queues and buckets from
		},
		Transport:      &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
		ModifyResponse: p.answered,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			p.opts.Log.Debug("call not passed on", "path", r.URL.Path, "error", err)
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	return p, nil
}

// Inject breaks calls by a rule from now on, until remove is called. Of the
// rules that match, the one injected first decides.
func (p *Proxy) Inject(r Rule) (remove func()) {
	a := &active{Rule: r}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, a)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i, other := range p.rules {
			if other == a {
				p.rules = append(p.rules[:i:i], p.rules[i+1:]...)
				return
			}
		}
	}
}

// Calls returns how often each call was made, and how often it was broken.
func (p *Proxy) Calls() (made, broken map[Call]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	made, broken = map[Call]int64{}, map[Call]int64{}
	for c, n := range p.calls {
		made[c] = n
	}
	for c, n := range p.broken {
		broken[c] = n
	}
	return made, broken
}

// maxBody bounds what is read of a call to find out what it is. The largest are
// events: 256 KB. Bodies of S3 are not read.
const maxBody = 8 << 20

// ServeHTTP takes one call.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := identify(r, nil)
	var body []byte
	if c.Service != "s3" {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
			refuse(w, r, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the local stack reads at most 8 MB")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
		c = identify(r, body)
	}
	fault := p.count(c)
	pass := func(w http.ResponseWriter) { p.pass(w, r, c, body) }
	if fault != nil {
		p.opts.Log.Debug("call broken on purpose", "role", c.Role, "service", c.Service, "action", c.Action)
		fault(w, r, c, pass)
		return
	}
	pass(w)
}

// count notes a call and returns the fault of the rule that takes it, or nil.
func (p *Proxy) count(c Call) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[c]++
	for _, a := range p.rules {
		if a.takes(c, p.random.Float64) {
			p.broken[c]++
			return a.Fault
		}
	}
	return nil
}

// pass does the call: here, if it invokes a function, else by the emulator.
func (p *Proxy) pass(w http.ResponseWriter, r *http.Request, c Call, body []byte) {
	if name, ok := invoked(r); ok && p.opts.Invoker != nil {
		p.invoke(w, r, c, name, body)
		return
	}
	if c.Service == "kms" {
		if account := foreignKey(body, p.opts.Account); account != "" {
			r.Header.Set(accountHeader, account)
		}
	}
	if c.Service == "events" && c.Action == "PutEvents" {
		r = p.origin.from(r, p.opts.Account)
	}
	if c.Service == "dynamodb" {
		defer p.alone(c)()
	}
	p.forward.ServeHTTP(w, r)
}

func (p *Proxy) invoke(w http.ResponseWriter, r *http.Request, c Call, name string, body []byte) {
	switch kind := r.Header.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse":
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		refuse(w, r, http.StatusBadRequest, "InvalidParameterValueException", "the local stack has no asynchronous invocation; invocation type "+kind)
		return
	}
	answer, failed, err := p.opts.Invoker.Invoke(r.Context(), c.Region, name, body)
	switch {
	case errors.Is(err, ErrNoFunction):
		refuse(w, r, http.StatusNotFound, "ResourceNotFoundException", "the local stack runs no function "+strings.ReplaceAll(name, `"`, ""))
		return
	case err != nil:
		p.opts.Log.Warn("function not asked", "function", name, "error", err)
		refuse(w, r, http.StatusInternalServerError, "ServiceException", "the local stack could not run the function")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	if failed != "" {
		w.Header().Set("X-Amz-Function-Error", failed)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(answer) // the caller may have gone
}
