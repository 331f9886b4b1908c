package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/inside/postgrestest"
)

// op is an operation by its name.
type op struct {
	name string
	do   func(*Host, context.Context, database.Login) error
}

var (
	opPrepare = op{"prepare", (*Host).Prepare}
	opFence   = op{"fence", (*Host).Fence}
	opUnfence = op{"unfence", (*Host).Unfence}
	opVerify  = op{"verify", (*Host).Verify}
	opDrop    = op{"drop", (*Host).Drop}
)

// TestHost_Life plays the life of a database, every operation twice.
func TestHost_Life(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	at := w.at("t_acme_1")
	for _, step := range []struct {
		op    op
		login bool // the application can log in afterwards
		then  coded.Code
	}{
		{opPrepare, true, ""}, {opVerify, true, ""}, {opFence, false, ""}, {opVerify, false, coded.Conflict},
		{opPrepare, false, ""}, // keeps it fenced
		{opUnfence, true, ""}, {opVerify, true, ""}, {opFence, false, ""}, {opDrop, false, ""},
		{opVerify, false, coded.NotFound}, {opUnfence, false, coded.NotFound}, {opFence, false, ""}, {opDrop, false, ""},
		{opPrepare, true, ""}, {opVerify, true, ""},
	} {
		for range 2 {
			wantCode(t, step.op.do(w.host, ctx, at), step.then)
			const may = `SELECT coalesce((SELECT rolcanlogin FROM pg_roles WHERE rolname = $1), false)`
			conn, err := w.connect(ctx, at.Role)
			if (err == nil) != step.login || postgrestest.Ask[bool](t, w.Server, may, at.Role) != step.login {
				t.Fatalf("after %s an application gets %v", step.op.name, err)
			}
			if err != nil {
				continue
			}
			// The session stays open: fencing and dropping have to end it.
			t.Cleanup(func() { _ = conn.Close(ctx) })
			if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS kept (n int)"); err != nil {
				t.Errorf("after %s the tenant cannot use its database: %v", step.op.name, err)
			}
		}
	}
}

// TestHost_Apart holds that tenants of one shard stay out of each other's
// databases, of the maintenance database, and of each other's fences.
func TestHost_Apart(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	one, two := w.at("t_one"), w.at("t_two")
	must(t, w.host.Prepare(ctx, one))
	must(t, w.host.Prepare(ctx, two))
	token, err := w.Token(ctx, w.Endpoint, one.Role)
	must(t, err)
	for _, db := range []string{two.Database, maintenance} {
		if conn, err := w.Connect(ctx, one.Role, token.Reveal(), db); err == nil {
			_ = conn.Close(ctx)
			t.Errorf("%s gets into %s", one.Role, db)
		}
	}
	conn := w.sessions(t, one.Role, 1)[0]
	for _, sql := range []string{
		"ALTER ROLE t_two NOLOGIN", "ALTER ROLE t_one CONNECTION LIMIT -1", "GRANT t_two TO t_one", "SET ROLE latchkey_fence",
		"CREATE ROLE t_three LOGIN", "CREATE DATABASE t_three", "DROP DATABASE t_two",
	} {
		if _, err := conn.Exec(ctx, sql); err == nil {
			t.Errorf("a tenant can %s", sql)
		}
	}
	w.sessions(t, two.Role, 3)
	must(t, w.host.Fence(ctx, one))
	if w.backends(t, one.Role) != 0 || w.backends(t, two.Role) != 3 {
		t.Errorf("%d and %d sessions", w.backends(t, one.Role), w.backends(t, two.Role))
	}
	must(t, w.host.Drop(ctx, one))
	must(t, w.host.Verify(ctx, two))
}

// TestHost_Foreign holds that a database of another role is left alone.
func TestHost_Foreign(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	must(t, w.host.Prepare(ctx, w.at("t_owner")))
	other := database.Login{InstanceID: "lk-a", Endpoint: w.Endpoint, Database: "t_owner", Role: "t_other"}
	wantCode(t, w.host.Prepare(ctx, other), coded.Conflict)
	wantCode(t, w.host.Drop(ctx, other), coded.Conflict)
	must(t, w.host.Fence(ctx, other))
	must(t, w.host.Verify(ctx, w.at("t_owner")))
	must(t, w.host.Prepare(ctx, w.at("t_other")))
	must(t, w.host.Fence(ctx, other))
	must(t, w.host.Verify(ctx, w.at("t_owner")))
	// What a role owns elsewhere keeps it from being dropped half.
	wantCode(t, w.host.Drop(ctx, database.Login{InstanceID: "lk-a", Endpoint: w.Endpoint, Database: "t_none", Role: "t_other"}), coded.Conflict)
	must(t, w.host.Drop(ctx, w.at("t_other")))
}

// TestHost_NotOurs says what to do about a role that someone else made.
func TestHost_NotOurs(t *testing.T) {
	w := bootstrapped(t)
	if postgrestest.Ask[int](t, w.Server, "SELECT current_setting('server_version_num')::int") < 160000 {
		t.Skip("before PostgreSQL 16 a role that creates roles may change any")
	}
	w.Admin(t, "postgres", "CREATE ROLE t_stray LOGIN")
	err := w.host.Fence(context.Background(), w.at("t_stray"))
	if wantCode(t, err, coded.Internal); coded.Hint(err) != privilegeHint {
		t.Errorf("hint %q", coded.Hint(err))
	}
	w.Admin(t, "postgres", "GRANT t_stray TO latchkey_fence WITH ADMIN OPTION")
	must(t, w.host.Fence(context.Background(), w.at("t_stray")))
}

// TestHost_Repairs prepares over what others left behind.
func TestHost_Repairs(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	must(t, w.host.Prepare(ctx, w.at("t_worn")))
	w.Admin(t, "postgres", "REVOKE rds_iam FROM t_worn", "GRANT CONNECT ON DATABASE t_worn TO PUBLIC")
	must(t, w.host.Prepare(ctx, w.at("t_worn")))
	must(t, w.host.Verify(ctx, w.at("t_worn")))
	acl := postgrestest.Ask[string](t, w.Server, "SELECT datacl::text FROM pg_database WHERE datname = 't_worn'")
	if strings.HasPrefix(acl, "{=") || strings.Contains(acl, ",=") {
		t.Errorf("the public may connect: %s", acl)
	}
	w.Admin(t, "postgres", "REVOKE CONNECT ON DATABASE t_worn FROM t_worn")
	wantCode(t, w.host.Verify(ctx, w.at("t_worn")), coded.Conflict)
	must(t, w.host.Unfence(ctx, w.at("t_worn")))
	must(t, w.host.Verify(ctx, w.at("t_worn")))
}

// TestHost_Limit holds that a tenant that opens all sessions it can does not
// keep the fencing role out.
func TestHost_Limit(t *testing.T) {
	w := bootstrapped(t)
	ctx := context.Background()
	at := w.at("t_greedy")
	must(t, w.open(ctx, at))
	for n := 0; ; n++ {
		conn, err := w.connect(ctx, at.Role)
		if err != nil {
			if want := postgrestest.Connections - 3 - spare; n != want {
				t.Errorf("%d sessions, want %d: %v", n, want, err)
			}
			break
		}
		t.Cleanup(func() { _ = conn.Close(ctx) })
		if n > postgrestest.Connections {
			t.Fatal("no limit")
		}
	}
	wantCode(t, w.host.Verify(ctx, at), coded.Retryable)
	must(t, w.host.Fence(ctx, at))
	if n := w.backends(t, at.Role); n != 0 {
		t.Errorf("%d sessions left", n)
	}
}

func TestHost_Names(t *testing.T) {
	h := New(Config{Domain: "eu-central-1.rds.amazonaws.com"}, nil, nil)
	good := database.Login{InstanceID: "lk-a", Endpoint: "lk-a.abc.eu-central-1.rds.amazonaws.com:5432", Database: "t_a", Role: "t_a"}
	must(t, h.check(good))
	for field, values := range map[string][]string{
		"login.database": {"", "postgres", "T_a", "t_", "t_a;", `t_a"b`, "t_ä", "t_" + strings.Repeat("a", 62), "t_a\x00", "t_a\n"},
		"login.role":     {"", "latchkey", "latchkey_fence", "rds_superuser", "t-a", "t_a b"},
		"login.endpoint": {"", "lk-a.abc.eu-central-1.rds.amazonaws.com", "lk-a.abc.eu-central-1.rds.amazonaws.com:0", "lk-a.abc.eu-central-1.rds.amazonaws.com:x",
			"lk-b.abc.eu-central-1.rds.amazonaws.com:5432", "lk-a.abc.us-east-1.rds.amazonaws.com:5432", "lk-a.example.com:5432",
			"lk-a.xeu-central-1.rds.amazonaws.com:5432", ":5432"},
		"login.instanceId": {"", "LK-A", "lk_a", "-a", "lk-"},
	} {
		for _, v := range values {
			at := good
			*map[string]*string{"login.database": &at.Database, "login.role": &at.Role, "login.endpoint": &at.Endpoint, "login.instanceId": &at.InstanceID}[field] = v
			for _, o := range []op{opPrepare, opFence, opUnfence, opVerify, opDrop, {"bootstrap", func(h *Host, ctx context.Context, at database.Login) error {
				return h.Bootstrap(ctx, at, secretARN)
			}}} {
				err := o.do(h, context.Background(), at) // the host has nothing to go on with
				if !coded.Is(err, coded.Invalid) || !strings.HasPrefix(fmt.Sprint(err), field+":") || coded.Hint(err) == "" {
					t.Errorf("%s with %s %q: %v", o.name, field, v, err)
				}
			}
		}
	}
}
