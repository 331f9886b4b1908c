package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/customerkey"
	"latchkey/shared/deployment"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/function"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/logging"
	"latchkey/shared/reconcile"
)

const (
	platform = "111122223333"
	customer = "444455556666"
	region   = "eu-central-1"
	role     = "arn:aws:iam::111122223333:role/latchkey-control-plane"
	admin    = "arn:aws:iam::444455556666:role/KeyAdmin"
	tenantID = "blue-bakery" // of the sample events
	// sampleKey is the key that the sample events name.
	sampleKey = "1234abcd-12ab-34cd-56ef-1234567890ab"
)

var epoch = time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)

// world is a cell on an embedded catalog with twins of KMS and RDS, driven by
// the sample events through the functions' handlers.
type world struct {
	*testing.T
	clock  *fake.Clock
	store  *embedded.Memory
	kms    *fakekms.KMS
	rds    *fakerds.RDS
	keyID  string // of the customer's key
	config reconcile.Config
	log    bytes.Buffer
	out    bytes.Buffer // metrics
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: fake.NewClock(epoch)}
	w.store = embedded.NewMemory(w.clock)
	var err error
	w.kms, err = fakekms.New(fakekms.Config{Clock: w.clock, Seed: 1, Trail: faketrail.New(1), Changed: func(arn string) { w.rds.KeyChanged(arn) }})
	w.must(err)
	w.rds, err = fakerds.New(fakerds.Config{Account: platform, Region: region, Clock: w.clock, Seed: 1, KMS: w.kms})
	w.must(err)
	own, err := w.kms.CreateKey(context.Background(), role, fakekms.CreateKeyInput{Region: region})
	w.must(err)
	list := customerkey.Statement(customerkey.Want{TenantID: tenantID, Region: region, PlatformAccount: platform})
	theirs, err := w.kms.CreateKey(context.Background(), admin, fakekms.CreateKeyInput{Region: region, Policy: fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"},%s]}`,
		customer, list[1:len(list)-1])})
	w.must(err)
	_, w.keyID, _ = strings.Cut(theirs, ":key/")
	w.config = reconcile.DefaultConfig(platform, region)
	w.config.PlatformKeys = map[string]string{region: own}
	return w
}

func (w *world) must(errs ...error) {
	w.Helper()
	if err := errors.Join(errs...); err != nil {
		w.Fatal(err)
	}
}

// host is the host of a function.
func (w *world) host(name string) function.Host {
	return function.Host{
		Name: name, Region: region, Clock: w.clock, Log: slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelWarn})).With(logging.Function, name),
		Metrics: emf.New(&w.out, w.clock, name), Limits: function.Limits{Begin: time.Second, AtOnce: 4},
	}
}

// plane is the control plane of a function that steps the kinds at once.
func (w *world) plane(h function.Host, kinds ...reconcile.Kind) *reconcile.Plane {
	w.Helper()
	p, err := reconcile.New(reconcile.Deps{
		Store: w.store, Outbox: w.store, Clock: w.clock, Metrics: h.Metrics, Log: h.Log, Config: w.config, AtOnce: kinds,
		Regions: map[string]reconcile.Ports{region: {Keys: w.kms.As(role), Fleet: w.rds.Fleet(role), Restorer: w.rds.Restorer(role),
			Inside: w.rds.Inside(), Backups: w.rds.Backups(role)}},
	})
	w.must(err)
	return p
}

// sample is a function's sample event, with the world's key for the sample's.
func (w *world) sample(name string) []byte {
	w.Helper()
	b, err := os.ReadFile(name + "/event.json")
	w.must(err)
	return bytes.ReplaceAll(b, []byte(sampleKey), []byte(w.keyID))
}

// invoke gives a handler an event and returns its answer as JSON.
func (w *world) invoke(h function.Host, handler function.Handler, event []byte) string {
	w.Helper()
	answer, err := handler(context.Background(), event)
	w.must(err, h.Metrics.Flush())
	b, err := json.Marshal(answer)
	w.must(err)
	return string(b)
}

// taken requires that a batch was taken as a whole.
func (w *world) taken(answer string) {
	w.Helper()
	if answer != `{"batchItemFailures":[]}` {
		w.Fatalf("answered %s; log:\n%s", answer, w.log.String())
	}
}

// bus keeps the events that were published.
type bus struct{ taken []events.Envelope }

func (b *bus) PutEvents(_ context.Context, batch []events.Envelope) ([]error, error) {
	b.taken = append(b.taken, batch...)
	return make([]error, len(batch)), nil
}

// functions calls do for each function of the deployment, as a test of its own.
func functions(t *testing.T, do func(t *testing.T, f deployment.Function)) {
	for _, f := range deployment.Functions() {
		t.Run(f.Name, func(t *testing.T) { do(t, f) })
	}
}
