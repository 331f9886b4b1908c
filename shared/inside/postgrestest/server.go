package postgrestest

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"sync"
	"testing"

	"latchkey/shared/inside/pgcluster"
	"latchkey/shared/secrets"
)

// Host is the name in every server's certificate.
const Host = pgcluster.Host

// Master is the name of the master user.
const Master = "latchkey"

// Connections is how many a server takes.
const Connections = 120

// Server is a running server.
type Server struct {
	Endpoint string              // host:port
	Roots    *x509.CertPool      // that clients verify it with
	Login    secrets.Credentials // of the master user

	cluster *pgcluster.Server
	seed    string     // of the tokens
	mint    sync.Mutex // one change of a role at once
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
	t.Cleanup(s.cluster.Close)
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
	c, err := pgcluster.Start(pgcluster.Config{Rules: pgcluster.ByPassword, Connections: Connections})
	if err != nil {
		return nil, err
	}
	s := around(c, rand.Text())
	s.Login = secrets.Credentials{Username: Master, Password: secrets.NewValue(rand.Text())}
	if err := c.Populate(context.Background(), Master, s.Login.Password); err != nil {
		c.Close()
		return nil, err
	}
	return s, nil
}

func around(c *pgcluster.Server, seed string) *Server {
	return &Server{Endpoint: c.Endpoint, Roots: c.Authority.Pool(), cluster: c, seed: seed}
}

// Restore ends this server and starts one with its data, as RDS restores an
// instance: at another endpoint, without a master login.
func (s *Server) Restore(t testing.TB) *Server {
	t.Helper()
	c, err := s.cluster.Move()
	if err != nil {
		t.Fatalf("moving the cluster: %v", err)
	}
	t.Cleanup(c.Close)
	return around(c, s.seed)
}
