package fleettest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/snapshot"
)

// Principal is the ports' in a Twin; its keys belong to another account.
const (
	Principal = "arn:aws:iam::111122223333:role/latchkey"
	owner     = "arn:aws:iam::444455556666:role/KeyAdmin"
)

// Twin is a World on the embedded twins of RDS and KMS.
type Twin struct {
	RDS   *fakerds.RDS
	kms   *fakekms.KMS
	clock *fake.Clock
}

var _ World = (*Twin)(nil)

// NewTwin returns twins without instances and keys.
func NewTwin(t testing.TB) *Twin {
	t.Helper()
	w := &Twin{clock: fake.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))}
	var err error
	w.kms, err = fakekms.New(fakekms.Config{Clock: w.clock, Seed: 1, Changed: func(arn string) { w.RDS.KeyChanged(arn) }})
	if err != nil {
		t.Fatal(err)
	}
	w.RDS, err = fakerds.New(fakerds.Config{Account: "111122223333", Region: Region, Clock: w.clock, Seed: 7, KMS: w.kms,
		Quotas: fakerds.Quotas{ManualSnapshots: 10 * manySnapshots}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Fleet implements World.
func (w *Twin) Fleet() database.Fleet { return w.RDS.Fleet(Principal) }

// Restorer implements World.
func (w *Twin) Restorer() database.Restorer { return w.RDS.Restorer(Principal) }

// Backups implements World.
func (w *Twin) Backups() snapshot.Backups { return w.RDS.Backups(Principal) }

// Now implements World.
func (w *Twin) Now() time.Time { return w.clock.Now() }

// Key implements World: the key's policy allows all to its account and to Principal.
func (w *Twin) Key(ctx context.Context) (string, error) {
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"AWS":["arn:aws:iam::444455556666:root",%q]},"Action":"kms:*","Resource":"*"}]}`, Principal)
	return w.kms.CreateKey(ctx, owner, fakekms.CreateKeyInput{Region: Region, Policy: policy})
}

// Disable implements World.
func (w *Twin) Disable(ctx context.Context, arn string) error {
	return w.kms.DisableKey(ctx, owner, arn)
}

// settles is how long everything takes at most, but for stopped instances that
// RDS starts again and keys that it loses.
const settles = time.Hour

// Settle implements World.
func (w *Twin) Settle(context.Context) error {
	for until := w.clock.Now().Add(settles); ; {
		at, more := w.RDS.NextAt()
		if !more || at.After(until) {
			w.clock.Set(until)
			return w.RDS.Tick(until)
		}
		w.clock.Set(at)
		if err := w.RDS.Tick(at); err != nil {
			return err
		}
	}
}
