package instances

import (
	"context"
	"log/slog"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/inside/pgcluster"
	"latchkey/shared/secrets"
)

const (
	// maxServers bounds the servers of a run: each takes some 40 MB of disk and
	// half a dozen processes.
	maxServers = 24
	// connections of one server: RDS derives them from the memory of the class.
	connections = 60
	// Master is the master user of every instance.
	Master = deployment.MasterUser
)

// pool has one server ready before it is asked for: a client of RDS waits for
// seconds only, and making a cluster takes about one.
type pool struct {
	ready chan made
	done  chan struct{}
}

type made struct {
	server *pgcluster.Server
	err    error
}

func newPool(ctx context.Context, log *slog.Logger) *pool {
	p := &pool{ready: make(chan made), done: make(chan struct{})}
	programs := pgcluster.Programs()
	go func() {
		defer close(p.done)
		defer close(p.ready)
		for range maxServers {
			s, err := fresh(ctx, programs)
			if err != nil {
				log.Warn("no PostgreSQL for an instance", "error", err)
			}
			select {
			case p.ready <- made{s, err}:
			case <-ctx.Done():
				if s != nil {
					s.Close()
				}
				return
			}
		}
	}()
	return p
}

// fresh starts a server like a new instance.
func fresh(ctx context.Context, programs string) (*pgcluster.Server, error) {
	s, err := pgcluster.Start(pgcluster.Config{Rules: pgcluster.ByCertificate, Connections: connections, Programs: programs})
	if err != nil {
		return nil, err
	}
	if err := s.Populate(ctx, Master, secrets.Value{}); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// take returns a server that nobody has used.
func (p *pool) take(ctx context.Context) (*pgcluster.Server, error) {
	select {
	case m, ok := <-p.ready:
		if !ok {
			return nil, coded.New(coded.Retryable, "the local stack runs at most %d PostgreSQL servers", maxServers)
		}
		return m.server, m.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close waits until the last server that was made for nobody has ended.
func (p *pool) close() { <-p.done }
