package pgcluster_test

import (
	"context"
	"testing"

	"latchkey/shared/inside/pgcluster"
	"latchkey/shared/inside/postgrestest"
	"latchkey/shared/secrets"
)

// TestServer holds that a server lets in who its rules say, over TLS only, and
// keeps its data when it moves.
func TestServer(t *testing.T) {
	postgrestest.Require(t)
	ctx := context.Background()
	s, err := pgcluster.Start(pgcluster.Config{Rules: pgcluster.ByCertificate, Connections: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close() }()
	if err := s.Populate(ctx, "master", secrets.Value{}); err != nil {
		t.Fatal(err)
	}
	as := func(certified, user string) error {
		secure, err := s.As(certified)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := s.Connect(ctx, secure, user, "", "postgres")
		if err == nil {
			err = conn.Close(ctx)
		}
		return err
	}
	if err := as("master", "master"); err != nil {
		t.Error(err)
	}
	if as("master", pgcluster.Superuser) == nil || as("other", "master") == nil {
		t.Error("a certificate lets another user in")
	}
	if conn, err := s.Connect(ctx, nil, "master", "", "postgres"); err == nil {
		_ = conn.Close(ctx)
		t.Error("it asks for no certificate")
	}
	before := s.Authority
	moved, err := s.Move()
	if err != nil {
		t.Fatal(err)
	}
	s = moved
	if err := as("master", "master"); err != nil || s.Authority == before {
		t.Errorf("after the move: %v", err)
	}
}
