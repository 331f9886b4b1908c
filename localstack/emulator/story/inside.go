package story

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/localstack/emulator"
)

// login is where and as whom the tenant's application logs in.
type login struct{ Endpoint, Database, Role string }

// inside looks for the story's database.
func (t *teller) inside() (emulator.Inside, bool, error) {
	all, err := t.stack.Inside(t.ctx)
	if i := slices.IndexFunc(all, func(i emulator.Inside) bool { return i.Instance == instance() }); i >= 0 {
		return all[i], true, err
	}
	return emulator.Inside{}, false, err
}

// connect logs in as the tenant's application.
func (t *teller) connect() (*pgx.Conn, error) {
	return t.stack.Instances.Connect(t.ctx, t.region.Name, t.login.Endpoint, t.login.Role, t.login.Database)
}

// hangUp ends the application's session.
func (t *teller) hangUp() {
	if t.unwatch != nil {
		t.unwatch()
		t.unwatch = nil
	}
	if t.app != nil {
		_ = t.app.Close(context.WithoutCancel(t.ctx)) // it may have been ended
		t.app = nil
	}
}

// moveIn looks for the database that fence made, and lets the application write
// into it.
func (t *teller) moveIn() error {
	db, there, err := t.inside()
	if err != nil {
		return err
	}
	if t.stack.Instances == nil {
		t.check(there && !db.Fenced, "fence was asked, over Lambda's Invoke, to prepare a database in it")
		return nil
	}
	t.check(there && !db.Fenced, "fence made database %s of role %s in its PostgreSQL", db.Database, db.Role)
	_, answer, err := t.ask(Tenant)
	if err != nil {
		return err
	}
	t.login = answer.Context
	if t.app, err = t.connect(); err == nil {
		_, err = t.app.Exec(t.ctx, "CREATE TABLE orders (what text); INSERT INTO orders VALUES ('bread')")
	}
	t.check(err == nil, "the application logs in at %s with an IAM token, and writes%s", t.login.Endpoint, because(err))
	return nil
}

// because says why, where there is something to say; what the server said is
// enough without who was asked.
func because(err error) string {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &pg):
		err = pg
	}
	return ": " + err.Error()
}

// cut is how a session ended.
type cut struct {
	began time.Time // the watch over it
	at    time.Time
	err   error
}

// watch keeps the application's session busy until somebody ends it.
func (t *teller) watch() <-chan cut {
	if t.app == nil {
		return nil
	}
	ended, gone := make(chan cut, 1), make(chan struct{})
	ctx, cancel := context.WithCancel(t.ctx)
	began, conn := time.Now(), t.app
	go func() {
		defer close(gone)
		_, err := conn.Exec(ctx, "SELECT pg_sleep(900)")
		ended <- cut{began, time.Now(), err}
	}()
	t.unwatch = func() { cancel(); <-gone }
	return ended
}

// SQLSTATEs of a session that an administrator ended, and of a role that may not
// log in. [PostgreSQL manual, PostgreSQL error codes: admin_shutdown,
// invalid_authorization_specification]
const (
	terminated   = "57P01"
	notPermitted = "28000"
)

// locked follows a lock into the database.
func (t *teller) locked(ended <-chan cut) error {
	err := t.until("the database is fenced", func() (bool, error) {
		db, _, err := t.inside()
		return db.Fenced, err
	})
	db, _, looked := t.inside()
	if err = errors.Join(err, looked); err != nil {
		return err
	}
	if t.fenced = db.Fenced; ended == nil || !t.fenced {
		t.check(t.fenced, "fence was asked to revoke its login and end its sessions")
		return nil
	}
	select {
	case c := <-ended:
		var pg *pgconn.PgError
		t.check(errors.As(c.err, &pg) && pg.Code == terminated, "the application's session was cut %s after the event was put%s",
			c.at.Sub(c.began).Round(time.Millisecond), because(c.err))
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
	return t.refused()
}

// refused tries to log in to the fenced database: at the stopped instance, and
// at one that somebody has started nevertheless, as RDS itself does after seven
// days. [RDS guide, Stopping an Amazon RDS DB instance temporarily]
func (t *teller) refused() error {
	_, err := t.connect()
	t.check(err != nil, "it cannot log in any more%s", because(err))
	made, err := t.describe()
	if err != nil || made == nil || aws.ToString(made.DBInstanceStatus) != "stopped" {
		return err
	}
	id := instance()
	if _, err := t.region.Clients.RDS.StartDBInstance(t.ctx, &rds.StartDBInstanceInput{DBInstanceIdentifier: &id}); err != nil {
		return err
	}
	_, err = t.connect()
	var pg *pgconn.PgError
	t.check(errors.As(err, &pg) && pg.Code == notPermitted, "nor when somebody starts the instance%s", because(err))
	_, err = t.region.Clients.RDS.StopDBInstance(t.ctx, &rds.StopDBInstanceInput{DBInstanceIdentifier: &id})
	return err
}
