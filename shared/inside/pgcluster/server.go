package pgcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	startTimeout = 60 * time.Second // of one try, on a busy machine
	startTries   = 3                // another process may take the free port first
	pollEvery    = 20 * time.Millisecond
)

// Host is the name in every server's certificate.
const Host = "localhost"

// Rules of pg_hba.conf for everybody but the superuser. Both want TLS.
// [PostgreSQL manual, The pg_hba.conf file]
const (
	ByPassword    = "hostssl all all all scram-sha-256\n"
	ByCertificate = "hostssl all all all cert\n" // see Server.As
)

// Config is how a server lets its users in.
type Config struct {
	Rules       string
	Connections int
	Programs    string // folder of initdb and postgres; default: Programs()
}

// Server is a running server.
type Server struct {
	Endpoint  string     // host:port
	Authority *Authority // that clients verify it with, and that signs theirs

	cfg     Config
	cluster *cluster
	stop    func() // ends it and removes its data
	halt    func() // ends it and keeps its data
}

// Start runs a server with an empty cluster, and waits until it answers. The
// caller closes it.
func Start(cfg Config) (*Server, error) {
	if cfg.Programs == "" {
		cfg.Programs = Programs()
	}
	if cfg.Programs == "" {
		return nil, errors.New("PostgreSQL is not installed: " + HowToGet)
	}
	c, err := newCluster(cfg.Programs)
	if err != nil {
		return nil, err
	}
	return up(c, cfg)
}

// Close ends the server and removes its data.
func (s *Server) Close() { s.stop() }

// Move ends the server and starts one with its data, at another endpoint and
// with another authority.
func (s *Server) Move() (*Server, error) {
	c, err := s.cluster.moved(s.halt)
	if err != nil {
		return nil, err
	}
	return up(c, s.cfg)
}

// up runs the server with a certificate of an authority of its own.
func up(c *cluster, cfg Config) (*Server, error) {
	s := &Server{cluster: c, cfg: cfg}
	var err error
	if s.Authority, err = NewAuthority("authority of one PostgreSQL"); err != nil {
		return nil, err
	}
	for try := 0; try < startTries; try++ {
		if err = s.run(); err == nil {
			return s, nil
		}
	}
	_ = os.RemoveAll(c.dir) // err says more
	return nil, err
}

// script runs the server until its own standard input ends, which is when this
// process has ended, however it did. It then ends the server by its id, and
// removes the data, unless it was told to keep it.
const script = `trap '' INT; "$1" -D "$2/data" & server=$!; word=; read -r word; kill -INT "$server"; wait "$server"; [ "$word" = keep ] || rm -rf "$2"`

// run starts the server on a free port and waits until it answers.
func (s *Server) run() error {
	s.stop, s.halt = func() {}, func() {}
	port, err := freePort()
	if err != nil {
		return err
	}
	if err := s.cluster.configure(port, s.cfg, s.Authority); err != nil {
		return err
	}
	s.Endpoint = net.JoinHostPort(Host, port)
	cmd := exec.Command("sh", "-c", script, "sh", filepath.Join(s.cfg.Programs, "postgres"), s.cluster.dir)
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
		conn, err := s.Admin(ctx, "postgres")
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
