package reconcile_test

import (
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

// TestPlane_SecretOwner: whose the secret of an instance is stays on record when
// the instance is gone.
func TestPlane_SecretOwner(t *testing.T) {
	w := newWorld(t, nil)
	arn := w.customerKey(keyInput, "acme")
	w.tenant("acme", arn, "tracker")
	w.run(2 * time.Hour)
	secret := w.database("acme/tracker").MasterSecretARN
	if secret == "" {
		t.Fatal("the instance has no secret")
	}
	check := func() {
		t.Helper()
		tenant, database, err := w.plane.SecretOwner(ctx, secret)
		if err != nil || tenant != "acme" || database != "acme/tracker" {
			t.Errorf("%q %q %v", tenant, database, err)
		}
	}
	check()
	days := 0
	w.commerce(events.TypeTenantDestroyed, &events.TenantDestroyed{Subject: w.subject("acme"), GraceDays: &days})
	w.run(24 * time.Hour)
	check()
	if _, _, err := w.plane.SecretOwner(ctx, secret+"x"); !coded.Is(err, coded.NotFound) {
		t.Errorf("another secret: %v", err)
	}
}
