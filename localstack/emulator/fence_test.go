package emulator_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/localstack/emulator"
	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
	"latchkey/shared/inside"
	"latchkey/shared/inside/postgres"
	"latchkey/shared/inside/postgrestest"
	"latchkey/shared/secrets"
)

// redirected is what function fence does, on one server in the place of all
// instances: the endpoints that the emulator of RDS gives lead nowhere.
type redirected struct {
	*postgres.Host
	endpoint string
}

func (r redirected) at(l database.Login) database.Login { l.Endpoint = r.endpoint; return l }

func (r redirected) Bootstrap(ctx context.Context, l database.Login, secret string) error {
	return r.Host.Bootstrap(ctx, r.at(l), secret)
}
func (r redirected) Prepare(ctx context.Context, l database.Login) error {
	return r.Host.Prepare(ctx, r.at(l))
}
func (r redirected) Fence(ctx context.Context, l database.Login) error {
	return r.Host.Fence(ctx, r.at(l))
}
func (r redirected) Unfence(ctx context.Context, l database.Login) error {
	return r.Host.Unfence(ctx, r.at(l))
}
func (r redirected) Verify(ctx context.Context, l database.Login) error {
	return r.Host.Verify(ctx, r.at(l))
}
func (r redirected) Drop(ctx context.Context, l database.Login) error {
	return r.Host.Drop(ctx, r.at(l))
}

var _ inside.Host = redirected{}

// master gives the server's master login for whatever secret the emulator of
// RDS names.
type master struct{ login secrets.Credentials }

func (m master) Master(_ context.Context, arn string) (secrets.Credentials, error) {
	if arn == "" {
		return secrets.Credentials{}, coded.New(coded.Invalid, "no secret is named")
	}
	return m.login, nil
}

// TestStack_Fence lets fence's own code work on a PostgreSQL of this machine:
// the tenant's login works, and ends with its open session when the key is
// pulled.
func TestStack_Fence(t *testing.T) {
	w := up(t)
	server := postgrestest.Shared(t)
	host := redirected{postgres.New(postgres.Config{Roots: server.Roots, Master: postgrestest.Master}, server, master{server.Login}), server.Endpoint}
	local := emulator.FenceOn(host)
	defer shared.fence.Store(shared.fence.Swap(&local))

	const tenant = "fence-bakery"
	key := w.customerKey()
	w.signUp(deployment.Bus, tenant, key)
	instance := database.InstanceName(database.ID(tenant, product, 1), 0)
	w.until("an instance", func() bool { return w.has(instance) })
	w.created(instance)
	w.until("the tenant is served", func() bool { status, _ := w.access(tenant); return status == 200 })

	role := w.login(tenant)
	connect := func() (*pgx.Conn, error) {
		token, err := server.Token(w.ctx, server.Endpoint, role)
		w.must(err)
		return server.Connect(w.ctx, role, token.Reveal(), role)
	}
	conn, err := connect()
	w.must(err)
	defer conn.Close(w.ctx)
	if _, err := conn.Exec(w.ctx, "CREATE TABLE orders (id int)"); err != nil {
		t.Errorf("the tenant's role cannot use its database: %v", err)
	}

	w.must(w.DisableKey(w.ctx, home, customer, key))
	w.put(deployment.IntakeBus, w.disabled(customer, key))
	w.until("its session ended", func() bool {
		_, err := conn.Exec(w.ctx, "SELECT 1")
		return err != nil
	})
	if again, err := connect(); err == nil {
		_ = again.Close(w.ctx)
		t.Error("the role of a fenced database logs in")
	}
}
