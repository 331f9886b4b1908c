package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/shared/coded"
	"latchkey/shared/inside/postgrestest"
)

// TestHost_Fence_sessions ends sessions whatever they are at.
func TestHost_Fence_sessions(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	at := w.at("t_busy")
	must(t, w.open(ctx, at))
	open := w.sessions(t, at.Role, 50)
	for _, conn := range open[:10] { // in transactions, with locks
		for _, sql := range []string{"BEGIN", "SELECT pg_advisory_xact_lock_shared(7)", "SET application_name = 'other'"} {
			_, err := conn.Exec(ctx, sql)
			must(t, err)
		}
	}
	running := make(chan error, 5)
	for _, conn := range open[10:15] {
		go func() { _, err := conn.Exec(ctx, "SELECT pg_sleep(600)"); running <- err }()
	}
	must(t, w.host.Fence(ctx, at))
	if n := w.backends(t, at.Role); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	for range cap(running) {
		if err := <-running; err == nil {
			t.Error("a query went on")
		}
	}
	for i, conn := range open[15:] {
		if err := conn.Ping(ctx); err == nil {
			t.Errorf("session %d still answers", i)
		}
	}
	if _, err := w.connect(ctx, at.Role); state(err) != stateRefusedLogin {
		t.Errorf("logging in again: %v", err)
	}
}

// TestHost_Fence_reconnecting fences a role whose applications log in again and
// again, as pools do.
func TestHost_Fence_reconnecting(t *testing.T) {
	w := bootstrapped(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	at := w.at("t_stubborn")
	must(t, w.open(ctx, at))
	token, err := w.Token(ctx, w.Endpoint, at.Role)
	must(t, err)
	var (
		fenced atomic.Bool
		in     atomic.Int32
		all    sync.WaitGroup
	)
	for range 4 {
		all.Go(func() {
			for refused := false; !refused && ctx.Err() == nil; {
				late := fenced.Load()
				conn, err := w.Connect(ctx, at.Role, token.Reveal(), at.Database)
				if refused = late && err != nil; err == nil {
					in.Add(1)
					_ = conn.Ping(ctx) // may be ended by now
					if late {
						t.Error("came back after the fence")
					}
				}
			}
		})
	}
	for in.Load() < 8 && ctx.Err() == nil {
		must(t, pause(ctx, time.Millisecond))
	}
	must(t, w.host.Fence(ctx, at))
	fenced.Store(true)
	if n := w.backends(t, at.Role); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	all.Wait()
	if ctx.Err() != nil {
		t.Error("the applications were never refused")
	}
}

// TestHost_Fence_starting fences a role while a session of it has been let in and
// does not show yet, which here its application makes last.
func TestHost_Fence_starting(t *testing.T) {
	w := bootstrapped(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w.host.cfg.Pause, w.host.cfg.Looks = 10*time.Millisecond, 5000
	at := w.at("t_starting")
	must(t, w.open(ctx, at))
	token, err := w.Token(ctx, w.Endpoint, at.Role)
	must(t, err)
	cfg, err := w.host.config(at.Endpoint, at.Database, at.Role, token)
	must(t, err)
	cfg.ConnectTimeout = time.Minute
	cfg.RuntimeParams["post_auth_delay"] = "5" // seconds; [PostgreSQL manual, Developer options]
	var conn *pgx.Conn
	connected := make(chan error, 1)
	go func() {
		var err error
		conn, err = pgx.ConnectConfig(ctx, cfg)
		connected <- err
	}()
	const letIn = `SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.objid
		WHERE l.locktype = 'object' AND l.classid = 'pg_database'::regclass AND d.datname = $1)`
	for !postgrestest.Ask[bool](t, w.Server, letIn, at.Database) {
		select {
		case err := <-connected:
			t.Fatalf("it was not seen on its way: %v", err)
		default:
			must(t, pause(ctx, time.Millisecond))
		}
	}
	must(t, w.host.Fence(ctx, at))
	const terminated = "57P01" // admin_shutdown; [PostgreSQL manual, Error codes]
	switch err := <-connected; {
	case err != nil && state(err) != terminated:
		t.Errorf("it failed, and not because it was ended: %v", err)
	case err == nil && conn.Ping(ctx) == nil:
		t.Error("it is still there")
	}
	if n := w.backends(t, at.Role); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// TestHost_Fence_bounded holds that fencing gives up when its time is over, and
// says that it is not done.
func TestHost_Fence_bounded(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	must(t, w.host.Prepare(ctx, w.at("t_slow")))
	w.host.cfg.Looks = quiet - 1
	wantCode(t, w.host.Fence(ctx, w.at("t_slow")), coded.Retryable)
	w.host.cfg.Looks, w.host.cfg.Pause = quiet, time.Hour
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	wantCode(t, w.host.Fence(ctx, w.at("t_slow")), coded.Retryable)
	if ctx.Err() == nil {
		t.Error("it did not wait")
	}
}

// BenchmarkFence fences a role with 50 open sessions, with the pauses as deployed.
func BenchmarkFence(b *testing.B) {
	w := bootstrapped(b)
	w.host = New(Config{Roots: w.Roots}, w.Server, w.vault)
	ctx := context.Background()
	at := w.at("t_bench")
	for b.Loop() {
		b.StopTimer()
		must(b, w.open(ctx, at))
		w.sessions(b, at.Role, 50)
		b.StartTimer()
		must(b, w.host.Fence(ctx, at))
	}
	b.StopTimer()
	if n := postgrestest.Ask[int](b, w.Server, "SELECT count(*)::int FROM pg_stat_activity WHERE usename = 't_bench'"); n != 0 {
		b.Errorf("%d sessions are left", n)
	}
}
