package postgres

import (
	"context"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/inside"
	"latchkey/shared/inside/postgrestest"
	"latchkey/shared/secrets"
)

// TestHost_Bootstrap goes the way of a new instance: refused, made, used.
func TestHost_Bootstrap(t *testing.T) {
	w := empty(t)
	ctx := context.Background()
	at := w.at("t_new")
	for _, o := range []op{opPrepare, opFence, opUnfence, opVerify, opDrop} {
		refusedFence(t, o.do(w.host, ctx, at))
	}
	wantCode(t, w.host.Bootstrap(ctx, at, "another"), coded.NotFound)
	req := inside.Request{Op: inside.OpPrepare, Login: inside.LoginAt(at)}
	if f := inside.Handle(ctx, w.host, req).Failure; f == nil || f.Reason != inside.ReasonBootstrap {
		t.Errorf("without a secret: %+v", f)
	}
	reads := w.vault.reads
	req.MasterSecretARN = secretARN
	must(t, inside.Handle(ctx, w.host, req).Err())
	must(t, inside.Handle(ctx, w.host, req).Err())
	if w.vault.reads != reads+1 {
		t.Errorf("the secret was read %d times", w.vault.reads-reads)
	}
	must(t, w.host.Bootstrap(ctx, at, secretARN))
	must(t, w.host.Verify(ctx, at))
	w.Admin(t, "postgres", "ALTER ROLE latchkey_fence NOLOGIN NOCREATEROLE")
	refusedFence(t, w.host.Fence(ctx, at))
	must(t, w.host.Bootstrap(ctx, at, secretARN))
	must(t, w.host.Fence(ctx, at))
}

func TestHost_Bootstrap_refused(t *testing.T) {
	w := empty(t)
	ctx := context.Background()
	w.vault.login.Password = secrets.NewValue("planted-s3cret")
	err := w.host.Bootstrap(ctx, w.at("t_new"), secretARN)
	wantCode(t, err, coded.Internal)
	if coded.Hint(err) == "" || state(err) != stateBadPassword {
		t.Errorf("got %v", err)
	}
	w.vault.login.Username = "someone"
	wantCode(t, w.host.Bootstrap(ctx, w.at("t_new"), secretARN), coded.Invalid)
}

// masterToken lets the master in with a token, as RDS does once it is a member of rds_iam.
type masterToken struct {
	*postgrestest.Server
	login secrets.Credentials
}

func (m masterToken) Token(ctx context.Context, endpoint, user string) (secrets.Value, error) {
	if user == m.login.Username {
		return m.login.Password, nil
	}
	return m.Server.Token(ctx, endpoint, user)
}

// TestHost_Bootstrap_token repairs an instance whose master takes no password any more.
func TestHost_Bootstrap_token(t *testing.T) {
	w := empty(t)
	w.vault.login.Password = secrets.NewValue("no longer taken")
	w.host.tokens = masterToken{w.Server, w.Login}
	must(t, w.host.Bootstrap(context.Background(), w.at("t_new"), secretARN))
	must(t, w.host.Prepare(context.Background(), w.at("t_new")))
}

// TestHost_Restored holds that an instance restored from a backup needs no
// master secret: the roles are in the data.
func TestHost_Restored(t *testing.T) {
	w := empty(t)
	ctx := context.Background()
	must(t, w.host.Bootstrap(ctx, w.at("t_acme"), secretARN))
	must(t, w.host.Prepare(ctx, w.at("t_acme")))
	must(t, w.host.Fence(ctx, w.at("t_acme")))
	restored := around(w.Restore(t))
	restored.vault.login = secrets.Credentials{}
	at := restored.at("t_acme")
	wantCode(t, restored.host.Verify(ctx, at), coded.Conflict)
	must(t, restored.host.Unfence(ctx, at))
	must(t, restored.host.Verify(ctx, at))
	must(t, restored.host.Fence(ctx, at))
	must(t, restored.host.Prepare(ctx, restored.at("t_later")))
	must(t, restored.host.Drop(ctx, at))
	if restored.vault.reads != 0 || restored.Endpoint == w.Endpoint {
		t.Errorf("%d reads of a secret at %s", restored.vault.reads, restored.Endpoint)
	}
}

// TestHost_Bootstrap_rights holds what the fencing role is, and is not.
func TestHost_Bootstrap_rights(t *testing.T) {
	w := empty(t)
	must(t, w.host.Bootstrap(context.Background(), w.at("t_first"), secretARN))
	const attributes = `SELECT concat_ws(' ', rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls) FROM pg_roles WHERE rolname = 'latchkey_fence'`
	if got := postgrestest.Ask[string](t, w.Server, attributes); got != "f t t f f" {
		t.Errorf("attributes %s", got)
	}
	const of = `SELECT string_agg(i.rolname, ',') FROM pg_auth_members m JOIN pg_roles i ON i.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = 'latchkey_fence'`
	if got := postgrestest.Ask[string](t, w.Server, of); got != iamRole {
		t.Errorf("member of %s", got)
	}
}
