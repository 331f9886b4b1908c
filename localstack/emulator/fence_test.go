package emulator_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/shared/database"
	"latchkey/shared/deployment"
	"latchkey/shared/inside/postgrestest"
)

// app logs in as a tenant's application.
func (w *world) app(tenant string) (*pgx.Conn, error) {
	w.Helper()
	role, endpoint := w.login(tenant)
	return w.Instances.Connect(w.ctx, home, endpoint, role, role)
}

// sqlstate is what the server said, or "".
func sqlstate(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// TestStack_Fence lets the real binary of fence work inside the PostgreSQL of an
// instance: the tenant's login works, and ends with its open session when the key
// is pulled. How it works again is in TestStory.
func TestStack_Fence(t *testing.T) {
	w := up(t)
	postgrestest.Require(t)
	const tenant = "fence-bakery"
	key := w.customerKey()
	w.signUp(deployment.Bus, tenant, key)
	instance := database.InstanceName(database.ID(tenant, product, 1), 0)
	w.until("an instance", func() bool { return w.has(instance) })
	w.created(instance)
	w.until("the tenant is served", func() bool { status, _ := w.access(tenant); return status == 200 })

	role, endpoint := w.login(tenant)
	conn, err := w.app(tenant)
	w.must(err)
	defer conn.Close(w.ctx)
	if _, err := conn.Exec(w.ctx, "CREATE TABLE orders (id int)"); err != nil {
		t.Errorf("the tenant's role cannot use its database: %v", err)
	}

	w.must(w.DisableKey(w.ctx, home, customer, key))
	w.put(deployment.IntakeBus, w.disabled(customer, key))
	w.until("its database is fenced", func() bool { db, _ := w.inside(tenant); return db.Fenced })
	if _, err := conn.Exec(w.ctx, "SELECT 1"); sqlstate(err) != "57P01" {
		t.Errorf("its session: %v", err)
	}
	w.until("the instance is stopped", func() bool { return w.status(instance) == "stopped" })
	if _, err := w.Instances.Connect(w.ctx, home, endpoint, role, role); err == nil || sqlstate(err) != "" {
		t.Errorf("a login to a stopped instance: %v", err)
	}
	_, err = w.region.Clients.RDS.StartDBInstance(w.ctx, &rds.StartDBInstanceInput{DBInstanceIdentifier: &instance})
	w.must(err)
	if _, err := w.Instances.Connect(w.ctx, home, endpoint, role, role); sqlstate(err) != "28000" {
		t.Errorf("a login to a fenced database: %v", err)
	}
	if w.started(deployment.Name(deployment.FunctionFence)) == 0 {
		t.Error("the binary of fence never ran")
	}
}

// status is what the emulator of RDS says of an instance.
func (w *world) status(instance string) string {
	w.Helper()
	out, err := w.region.Clients.RDS.DescribeDBInstances(w.ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &instance})
	w.must(err)
	return aws.ToString(out.DBInstances[0].DBInstanceStatus)
}

// started is how many processes of a function were started.
func (w *world) started(function string) int {
	for _, s := range w.region.Host.Functions() {
		if s.Function.Name == function {
			return s.Started
		}
	}
	return 0
}
