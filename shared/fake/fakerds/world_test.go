package fakerds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/fake"
)

const (
	testAccount = "111122223333"
	testRegion  = "eu-central-1"
	testCaller  = "arn:aws:iam::111122223333:role/latchkey"
	testKey     = "arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000001"
	otherKey    = "arn:aws:kms:eu-central-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000002"
)

var ctx = context.Background()

// stubKMS answers by key and by caller.
type stubKMS struct {
	refuse map[string]error             // key ARN → what every use is answered with
	deny   map[string]bool              // callers that may not make grants
	grants map[string]map[string]string // grant → encryption context
	made   int
	uses   int
	used   []string // operations, with the volume where one is named
}

func (k *stubKMS) GrantForService(_ context.Context, caller, keyARN, service string, ec map[string]string, _ []string) (string, error) {
	if k.deny[caller] {
		return "", &customerkey.ServiceError{Operation: "CreateGrant", Code: customerkey.CodeAccessDenied}
	}
	if err := k.refuse[keyARN]; err != nil {
		return "", err
	}
	if service != "rds.amazonaws.com" {
		return "", fmt.Errorf("grant for %q", service)
	}
	k.made++
	id := fmt.Sprintf("grant-%d", k.made)
	k.grants[id] = maps.Clone(ec)
	return id, nil
}

func (k *stubKMS) ServiceUse(_ context.Context, keyARN, grantID, op string, ec map[string]string) error {
	k.uses++
	if err := k.refuse[keyARN]; err != nil {
		return err
	}
	of := maps.Clone(ec)
	delete(of, "aws:ebs:id")
	k.used = append(k.used, strings.TrimSpace(op+" "+ec["aws:ebs:id"]))
	if want, ok := k.grants[grantID]; !ok || !maps.Equal(want, of) {
		return &customerkey.ServiceError{Operation: op, Code: customerkey.CodeAccessDenied, Message: "no such grant"}
	}
	return nil
}

func (k *stubKMS) RetireServiceGrant(_ context.Context, _, grantID string) error {
	delete(k.grants, grantID)
	return nil
}

func kmsError(code string) error {
	return &customerkey.ServiceError{Operation: "Decrypt", Code: code, Message: "refused"}
}

// world is a twin with its surroundings.
type world struct {
	*testing.T
	*RDS
	clock  *fake.Clock
	kms    *stubKMS
	events []Event
	calls  []Call
	cfg    Config
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := &world{
		T:     t,
		clock: fake.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)),
		kms:   &stubKMS{refuse: map[string]error{}, deny: map[string]bool{}, grants: map[string]map[string]string{}},
	}
	w.cfg = Config{
		Account: testAccount, Region: testRegion, Clock: w.clock, Seed: 7, KMS: w.kms,
		Events: func(e Event) { w.events = append(w.events, e) },
		Calls:  func(c Call) { w.calls = append(w.calls, c) },
	}
	if change != nil {
		change(&w.cfg)
	}
	w.restart()
	return w
}

// restart makes the twin anew, from its journal if it has one.
func (w *world) restart() {
	w.Helper()
	r, err := New(w.cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.RDS = r
}

// advance moves the clock on, from change to change.
func (w *world) advance(d time.Duration) {
	w.Helper()
	until := w.clock.Now().Add(d)
	for {
		at, ok := w.NextAt()
		if !ok || at.After(until) {
			break
		}
		w.clock.Set(at)
		w.must(w.Tick(w.clock.Now()))
	}
	w.clock.Set(until)
	w.must(w.Tick(until))
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) get(id string) database.Instance {
	w.Helper()
	i, err := w.Fleet(testCaller).Describe(ctx, id)
	w.must(err)
	return i
}

func (w *world) wantStatus(id, status string) {
	w.Helper()
	if got := w.get(id).Status; got != status {
		w.Fatalf("%s: %s is %s, want %s", w.clock.Now(), id, got, status)
	}
}

// ready makes an instance and waits until it is available.
func (w *world) ready(id, key string) database.Instance {
	w.Helper()
	w.must(w.Fleet(testCaller).Create(ctx, testSpec(id, key)))
	w.advance(time.Hour)
	w.wantStatus(id, "available")
	return w.get(id)
}

// eventIDs returns the ids of the events about a source, in order.
func (w *world) eventIDs(source string) []string {
	var ids []string
	for _, e := range w.events {
		if e.SourceID == source {
			ids = append(ids, e.EventID[len("RDS-EVENT-"):])
		}
	}
	return ids
}

func (w *world) wantEvents(source string, want ...string) {
	w.Helper()
	if got := w.eventIDs(source); !slices.Equal(got, want) {
		w.Fatalf("events of %s: %v, want %v", source, got, want)
	}
}

func testSpec(id, key string) database.Spec {
	return database.Spec{
		InstanceID: id, Class: "db.m7g.large", StorageGiB: 100, EngineVersion: "16.4", KMSKeyARN: key,
		MasterSecretKeyARN: "arn:aws:kms:eu-central-1:111122223333:key/platform",
		MultiAZ:            true, BackupRetentionDays: 30, Tags: map[string]string{database.TagOwner: database.Owner},
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var refused *database.ServiceError
	switch {
	case code == "" && err != nil:
		t.Fatalf("error %v, want none", err)
	case code != "" && (!errors.As(err, &refused) || refused.Code != code):
		t.Fatalf("error %v, want code %s", err, code)
	}
}

// memory is a journal in memory.
type memory map[string]map[string][]byte

func (m memory) Save(kind, id string, v []byte) error {
	if m[kind] == nil {
		m[kind] = map[string][]byte{}
	}
	if !json.Valid(v) {
		return errors.New("not JSON")
	}
	m[kind][id] = slices.Clone(v)
	return nil
}

func (m memory) Delete(kind, id string) error { delete(m[kind], id); return nil }

func (m memory) Load(kind string, each func(id string, v []byte) error) error {
	for _, id := range slices.Sorted(maps.Keys(m[kind])) {
		if err := each(id, m[kind][id]); err != nil {
			return err
		}
	}
	return nil
}
