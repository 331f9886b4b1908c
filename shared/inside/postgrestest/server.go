package postgrestest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"latchkey/shared/secrets"
)

const (
	startTimeout = 60 * time.Second // of one try, on a busy machine
	startTries   = 3                // another process may take the free port first
	pollEvery    = 20 * time.Millisecond
)

// Host is the name in every server's certificate.
const Host = "localhost"

// Master is the name of the master user.
const Master = "latchkey"

// Connections is how many a server takes.
const Connections = 120

// Server is a running server.
type Server struct {
	Endpoint string              // host:port
	Roots    *x509.CertPool      // that clients verify it with
	Login    secrets.Credentials // of the master user

	cluster  *cluster
	password string     // of the superuser
	stop     func()     // ends it and removes its data
	halt     func()     // ends it and keeps its data
	mint     sync.Mutex // one change of a role at once
}

// New starts a server with nothing in it but the master user and rds_iam; it
// ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	Require(t)
	s, err := start()
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	t.Cleanup(s.stop)
	return s
}

var shared = sync.OnceValues(start)

// Shared returns this test binary's server, started by the first call as New
// does and ended with the process. All tests of a binary share what is in it, so
// each uses names of its own, and leaves the server running.
func Shared(t testing.TB) *Server {
	t.Helper()
	Require(t)
	s, err := shared()
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	return s
}

// start makes a cluster, runs it, and fills it.
func start() (*Server, error) {
	password := rand.Text()
	c, err := newCluster(password)
	if err != nil {
		return nil, err
	}
	s := &Server{cluster: c, password: password, Login: secrets.Credentials{Username: Master, Password: secrets.NewValue(rand.Text())}}
	if err := s.up(); err != nil {
		return nil, err
	}
	if err := s.populate(context.Background()); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// Restore ends this server and starts one with its data, as RDS restores an
// instance: at another endpoint, without a master login.
func (s *Server) Restore(t testing.TB) *Server {
	t.Helper()
	c, err := s.cluster.moved(s.halt)
	if err != nil {
		t.Fatalf("moving the cluster: %v", err)
	}
	restored := &Server{cluster: c, password: s.password}
	if err := restored.up(); err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	t.Cleanup(restored.stop)
	return restored
}

// up runs the server with a certificate of an authority of its own.
func (s *Server) up() error {
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	cert, key, err := ca.issue(Host)
	if err != nil {
		return err
	}
	s.Roots = ca.pool()
	for try := 0; try < startTries; try++ {
		if err = s.run(cert, key); err == nil {
			return nil
		}
	}
	_ = os.RemoveAll(s.cluster.dir) // err says more
	return err
}

// script runs the server until its own standard input ends, which is when the
// test binary has ended, however it did. It then ends the server by its id, and
// removes the data, unless it was told to keep it.
const script = `trap '' INT; "$1" -D "$2/data" & server=$!; word=; read -r word; kill -INT "$server"; wait "$server"; [ "$word" = keep ] || rm -rf "$2"`

// run starts the server on a free port and waits until it answers.
func (s *Server) run(cert, key []byte) error {
	s.stop, s.halt = func() {}, func() {}
	port, err := freePort()
	if err != nil {
		return err
	}
	if err := s.cluster.configure(port, Connections, cert, key); err != nil {
		return err
	}
	s.Endpoint = net.JoinHostPort(Host, port)
	cmd := exec.Command("sh", "-c", script, "sh", filepath.Join(bin(), "postgres"), s.cluster.dir)
	cmd.Dir = os.TempDir()
	if s.cluster.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cluster.as}
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // how it ended is in the log
	s.stop = sync.OnceFunc(func() { end(stdin, ended, "") })
	s.halt = func() { end(stdin, ended, "keep\n") }
	if err := s.await(ended); err != nil {
		s.halt() // another try may follow
		return fmt.Errorf("%w: %s", err, log.String())
	}
	return nil
}

// end tells the script to end the server. Telling fails only where that has
// happened already.
func end(stdin io.WriteCloser, ended <-chan struct{}, word string) {
	_, _ = io.WriteString(stdin, word)
	_ = stdin.Close()
	<-ended
}

// await polls the server until it lets the superuser in.
func (s *Server) await(ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		conn, err := s.Connect(ctx, superuser, s.password, "postgres")
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ended:
			return errors.New("the server ended")
		case <-ctx.Done():
			return fmt.Errorf("no answer on %s in %s: %w", s.Endpoint, startTimeout, err)
		case <-poll.C:
		}
	}
}

// freePort returns a TCP port that nothing listened on a moment ago.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
