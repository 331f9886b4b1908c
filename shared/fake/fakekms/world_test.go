package fakekms

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
)

const (
	region   = "eu-central-1"
	customer = "arn:aws:iam::222222222222:role/KeyAdmin"
	platform = "arn:aws:iam::111111111111:role/latchkey-keys"
	stranger = "arn:aws:iam::333333333333:role/Other"
	platRoot = "arn:aws:iam::111111111111:root"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	data  = map[string]string{"latchkey:tenant": "t-1"}
)

// world is a KMS on a virtual clock that notes what it emits.
type world struct {
	*KMS
	t       *testing.T
	clock   *fake.Clock
	events  []Event
	changed []string
	records []faketrail.Record
}

func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	w := &world{t: t, clock: fake.NewClock(epoch)}
	cfg.Clock = w.clock
	if cfg.Seed == 0 {
		cfg.Seed = 1
	}
	cfg.Trail = faketrail.New(cfg.Seed)
	cfg.Trail.Subscribe("", func(r faketrail.Record) { w.records = append(w.records, r) })
	cfg.Events = func(e Event) { w.events = append(w.events, e) }
	cfg.Changed = func(arn string) { w.changed = append(w.changed, arn) }
	k, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.KMS = k
	return w
}

// policyFor is a policy with the owner's account, and statements beside it.
func policyFor(statements ...string) string {
	root := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"kms:*","Resource":"*"}`
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(append([]string{root}, statements...), ",") + `]}`
}

// allowPlatform lets the platform's account do all that a key of another account can be used for.
const allowPlatform = `{"Sid":"Latchkey","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},` +
	`"Action":["kms:DescribeKey","kms:CreateGrant","kms:ListGrants","kms:Encrypt","kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`

// key makes a key of the customer that the platform may use.
func (w *world) key(in CreateKeyInput) string {
	w.t.Helper()
	in.Region = region
	if in.Policy == "" {
		in.Policy = policyFor(allowPlatform)
	}
	arn, err := w.CreateKey(ctx, customer, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return arn
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) state(arn string) string {
	w.t.Helper()
	d, err := w.DescribeKey(ctx, customer, arn)
	if err != nil {
		return codeOf(err)
	}
	return d.State
}

// codeOf returns KMS's code of an error, "" for nil.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := isService(err); ok {
		return e.Code
	}
	return err.Error()
}

func (w *world) wantCode(what string, err error, code string) {
	w.t.Helper()
	if got := codeOf(err); got != code {
		w.t.Errorf("%s: %q (%v), want %q", what, got, err, code)
	}
}

// inState brings a new key into a state and returns it.
func (w *world) inState(state string) string {
	w.t.Helper()
	switch state {
	case customerkey.StateEnabled:
		return w.key(CreateKeyInput{})
	case customerkey.StateDisabled:
		arn := w.key(CreateKeyInput{})
		w.must(w.DisableKey(ctx, customer, arn))
		return arn
	case customerkey.StatePendingDeletion:
		arn := w.key(CreateKeyInput{})
		_, err := w.ScheduleKeyDeletion(ctx, customer, arn, 7)
		w.must(err)
		return arn
	case customerkey.StatePendingImport:
		return w.key(CreateKeyInput{Origin: originExternal})
	case customerkey.StateUnavailable:
		id, arn := w.inStore()
		w.must(w.DisconnectCustomKeyStore(ctx, customer, region, id))
		return arn
	}
	primary := w.key(CreateKeyInput{MultiRegion: true})
	replica, err := w.ReplicateKey(ctx, customer, primary, "eu-west-1", policyFor(allowPlatform))
	w.must(err)
	switch state {
	case customerkey.StateCreating:
		return replica
	case customerkey.StatePendingReplicaDeletion:
		_, err := w.ScheduleKeyDeletion(ctx, customer, primary, 7)
		w.must(err)
	case customerkey.StateUpdating:
		w.clock.Advance(transientFor)
		w.must(w.UpdatePrimaryRegion(ctx, customer, primary, "eu-west-1"))
	default:
		w.t.Fatalf("no way into %s", state)
	}
	return primary
}

// inStore makes a connected custom key store with a key in it.
func (w *world) inStore() (id, arn string) {
	w.t.Helper()
	id, err := w.CreateCustomKeyStore(ctx, customer, region, "store-"+time.Duration(len(w.stores)).String())
	w.must(err, w.ConnectCustomKeyStore(ctx, customer, region, id))
	return id, w.key(CreateKeyInput{Origin: originStore, CustomKeyStoreID: id})
}
