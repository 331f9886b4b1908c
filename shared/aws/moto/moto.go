// Package moto finds or starts moto_server, an emulator of AWS that is not ours:
// for the wire tests of the adapters, and for the deployed stack.
package moto

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"

	"latchkey/shared/coded"
)

const (
	startTimeout = 60 * time.Second // of one try; Python imports for some seconds on a busy machine
	startTries   = 3                // another process may take the free port first
	pollEvery    = 50 * time.Millisecond
)

// Server is an emulator. Ours says that this process started it.
type Server struct {
	URL  string
	Ours bool
	stop func()
}

// Close ends a server that Start started.
func (s *Server) Close() {
	if s.stop != nil {
		s.stop()
	}
}

// Start returns the emulator at AWS_ENDPOINT_URL, or else starts moto_server on
// a free port. Where neither is there it returns coded.Invalid, with how to get one.
func Start(ctx context.Context) (*Server, error) {
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" {
		if _, err := get(ctx, url); err != nil {
			return nil, &coded.Error{Code: coded.Invalid, Field: "AWS_ENDPOINT_URL", Message: "nothing answers at " + url,
				Hint: "start the emulator, or unset the variable", Err: err}
		}
		return &Server{URL: url}, nil
	}
	if _, err := exec.LookPath("moto_server"); err != nil {
		return nil, &coded.Error{Code: coded.Invalid, Field: "emulator", Message: "there is none: AWS_ENDPOINT_URL is not set and moto_server is not installed",
			Hint: "install it with: pip install 'moto[server]==5.2.1'; or set AWS_ENDPOINT_URL to an emulator that runs, see docs/localstack.md"}
	}
	return Launch(ctx)
}

// Launch starts moto_server, which has to be installed, on a free port. It ends
// with Close, or with this process, however that ends.
func Launch(ctx context.Context) (*Server, error) {
	var server *Server
	var err error
	for try := 0; try < startTries && ctx.Err() == nil; try++ {
		if server, err = start(ctx); err == nil {
			return server, nil
		}
	}
	return nil, coded.Wrap(coded.Internal, cmp.Or(err, ctx.Err()), "starting moto_server")
}

// script runs the server until its own standard input ends, which is when this
// process has ended, however it did. It then ends the server by its id.
const script = `trap '' INT; moto_server -H 127.0.0.1 -p "$1" & server=$!; cat >/dev/null; kill "$server"; wait "$server"`

func start(ctx context.Context) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", "-c", script, "sh", port)
	var log tail
	cmd.Stdout, cmd.Stderr = &log, &log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	gone := make(chan struct{})
	go func() { ended <- cmd.Wait(); close(gone) }()
	stop := sync.OnceFunc(func() {
		_ = stdin.Close() // ends the server; there is nothing to do about an error
		<-gone
	})
	// With 127.0.0.1 in the URL moto takes a path-style address of S3 for a host name.
	url := "http://localhost:" + port
	if err := await(ctx, url, ended); err != nil {
		stop()
		return nil, fmt.Errorf("%w: %s", err, log.String())
	}
	return &Server{URL: url, Ours: true, stop: stop}, nil
}

var errNoAnswer = errors.New("it never answered")

// await polls the server until it answers, ends, or has had its time.
func await(ctx context.Context, url string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("moto_server ended: %w", cmp.Or(err, errNoAnswer))
		case <-ctx.Done():
			return fmt.Errorf("no answer on %s: %w", url, ctx.Err())
		case <-poll.C:
			if status, err := get(ctx, url+"/moto-api/data.json"); err == nil && status == http.StatusOK {
				return nil
			}
		}
	}
}

func get(ctx context.Context, url string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	client := http.Client{Timeout: 30 * time.Second} // some emulators load a service with its first call
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// freePort returns a TCP port that nothing listened on a moment ago.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// tail keeps the last of what the server prints.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// maxTail bounds it: one line for each request would otherwise pile up.
const maxTail = 64 << 10

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buf.Len() > maxTail {
		t.buf.Reset()
	}
	return t.buf.Write(p)
}

// String returns what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
