package mototest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"
)

const (
	startTimeout = 60 * time.Second // of one try; Python imports for some seconds on a busy machine
	startTries   = 3                // another process may take the free port first
	pollEvery    = 50 * time.Millisecond
)

// shared is the server of this process.
var shared = sync.OnceValues(func() (url string, err error) {
	for try := 0; try < startTries; try++ {
		if url, err = start(); err == nil {
			return url, nil
		}
	}
	return "", err
})

// script runs the server until its own standard input ends, which is when the
// test binary has ended, however it did. It then ends the server by its id.
const script = `trap '' INT; moto_server -H 127.0.0.1 -p "$1" & server=$!; cat >/dev/null; kill "$server"; wait "$server"`

// start runs a server on a free port and waits until it answers.
func start() (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-c", script, "sh", port)
	var log lockedBuffer
	cmd.Stdout, cmd.Stderr = &log, &log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// With 127.0.0.1 in the URL moto takes a path-style address of S3 for a host name.
	url := "http://localhost:" + port
	if err := await(url, ended); err != nil {
		_ = stdin.Close() // ends the server; its error adds nothing to err
		return "", fmt.Errorf("%w: %s", err, log.String())
	}
	return url, nil
}

// errNoAnswer is why a server failed that ended by itself without an error.
var errNoAnswer = errors.New("it never answered")

// await polls the server until it answers, ends, or has had its time.
func await(url string, ended <-chan error) error {
	client := http.Client{Timeout: time.Second}
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	deadline := time.After(startTimeout)
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("moto_server ended: %w", cmp.Or(err, errNoAnswer))
		case <-deadline:
			return fmt.Errorf("no answer on %s in %s", url, startTimeout)
		case <-poll.C:
			res, err := client.Get(url + "/moto-api/data.json")
			if err != nil {
				continue
			}
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
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

// lockedBuffer keeps the last of what the server prints.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// maxLog bounds the kept output: one line per request would otherwise pile up.
const maxLog = 64 << 10

// Write keeps p; it never fails.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf.Len() > maxLog {
		b.buf.Reset()
	}
	return b.buf.Write(p)
}

// String returns what is kept.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
