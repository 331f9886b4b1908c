package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/inside"
	"latchkey/shared/inside/postgrestest"
	"latchkey/shared/secrets"
)

const secretARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-4b4e1e4e-aaaa-4bbb-8ccc-0123456789ab-AbCdEf"

// vault holds the master login of one instance, or none.
type vault struct {
	login secrets.Credentials
	reads int
}

func (v *vault) Master(_ context.Context, arn string) (secrets.Credentials, error) {
	v.reads++
	if arn != secretARN || v.login.Password.Empty() {
		return secrets.Credentials{}, coded.New(coded.NotFound, "no secret %s", arn)
	}
	return v.login, nil
}

// world is one instance and the host that reaches it.
type world struct {
	*postgrestest.Server
	vault *vault
	host  *Host
}

// empty is an instance that RDS has just made.
func empty(t testing.TB) *world { return around(postgrestest.New(t)) }

func around(s *postgrestest.Server) *world {
	w := &world{Server: s, vault: &vault{login: s.Login}}
	w.host = New(Config{Roots: s.Roots, Master: postgrestest.Master, Pause: 2 * time.Millisecond, Looks: 2000}, s, w.vault)
	return w
}

// bootstrapped is an instance with the fencing role, shared by the tests.
func bootstrapped(t testing.TB) *world {
	t.Helper()
	w := around(postgrestest.Shared(t))
	must(t, w.host.Bootstrap(context.Background(), w.at("t_first"), secretARN))
	return w
}

func (w *world) at(name string) database.Login {
	return database.Login{InstanceID: "lk-a", Endpoint: w.Endpoint, Database: name, Role: name}
}

// open prepares a database whose role may log in, whatever was there before.
func (w *world) open(ctx context.Context, at database.Login) error {
	return errors.Join(w.host.Prepare(ctx, at), w.host.Unfence(ctx, at))
}

// connect logs in as the tenant's application does.
func (w *world) connect(ctx context.Context, name string) (*pgx.Conn, error) {
	token, err := w.Token(ctx, w.Endpoint, name)
	if err != nil {
		return nil, err
	}
	return w.Connect(ctx, name, token.Reveal(), name)
}

// sessions opens n sessions of a tenant, ended with the test.
func (w *world) sessions(t testing.TB, name string, n int) []*pgx.Conn {
	t.Helper()
	ctx := context.Background()
	out := make([]*pgx.Conn, 0, n)
	for range n {
		conn, err := w.connect(ctx, name)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close(ctx) })
		out = append(out, conn)
	}
	return out
}

// backends counts the sessions of a role that the server has.
func (w *world) backends(t testing.TB, role string) int {
	return postgrestest.Ask[int](t, w.Server, `SELECT count(*)::int FROM pg_stat_activity WHERE usename = $1`, role)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (hint: %s)", err, coded.Hint(err))
	}
}

func wantCode(t testing.TB, err error, want coded.Code) {
	t.Helper()
	if coded.Of(err) != want {
		t.Errorf("got %q: %v; want %q", coded.Of(err), err, want)
	}
}

func refusedFence(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, inside.ErrNoFenceRole) {
		t.Errorf("got %v; want the fencing role refused", err)
	}
}
