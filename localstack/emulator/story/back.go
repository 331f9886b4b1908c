package story

import (
	"errors"
	"time"

	"latchkey/events"
	"latchkey/shared/deployment"
)

// wayBack lets the key be usable again, and time pass.
func (t *teller) wayBack() error {
	if !t.fenced {
		t.check(false, "nothing was fenced, so there is no way back")
		return nil
	}
	if err := t.stack.EnableKey(t.ctx, t.region.Name, Customer, t.key); err != nil {
		return err
	}
	if err := t.forward(enable, Customer); err != nil {
		return err
	}
	if err := t.stack.Settle(t.ctx); err != nil {
		return err
	}
	if err := t.wants(423, "key-revoked"); err != nil { // one good answer is not enough
		return err
	}
	for _, wait := range []time.Duration{6 * time.Minute, 2 * time.Minute} { // KMS's eventual consistency; a minute of good answers
		if err := errors.Join(t.stack.Settle(t.ctx), t.stack.Pass(t.ctx, t.region.Name, t.key, wait), t.stack.Tick(t.ctx, deployment.FunctionProbeKeys)); err != nil {
			return err
		}
		t.say("         %s pass for the key's record, and it is looked at\n", wait)
	}
	if err := t.stack.Settle(t.ctx); err != nil {
		return err
	}
	if err := t.rds(events.RDSInstanceStarted); err != nil {
		return err
	}
	if err := t.until("the tenant is served again", func() (bool, error) {
		status, _, err := t.access()
		return status == 200, err
	}); err != nil {
		return err
	}
	if err := t.wants(200, "ok"); err != nil || t.stack.Instances == nil {
		return err
	}
	t.hangUp()
	orders := 0
	var err error
	if t.app, err = t.connect(); err == nil {
		err = t.app.QueryRow(t.ctx, "SELECT count(*) FROM orders").Scan(&orders)
	}
	t.check(err == nil && orders == 1, "the application logs in again, and finds what it wrote%s", because(err))
	return nil
}
