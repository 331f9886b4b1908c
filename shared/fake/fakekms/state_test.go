package fakekms

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/customerkey"
)

// Short names for the table.
const (
	ok     = ""
	dis    = customerkey.CodeDisabled
	inv    = customerkey.CodeInvalidState
	unsup  = CodeUnsupportedOperation
	dryrun = CodeDryRun
)

// stateOperations calls each operation on a key as its owner. CreateGrant and
// the cryptographic operations are dry runs: "works" is DryRunOperationException.
func stateOperations(w *world, arn string) map[string]error {
	_, described := w.DescribeKey(ctx, customer, arn)
	_, policy := w.GetKeyPolicy(ctx, customer, arn)
	_, _, listed := w.ListGrants(ctx, customer, arn, "")
	use := Use{KeyARN: arn, EncryptionContext: data, DryRun: true}
	_, encrypted := w.Encrypt(ctx, customer, use, []byte("x"))
	_, generated := w.GenerateDataKey(ctx, customer, use)
	_, without := w.GenerateDataKeyWithoutPlaintext(ctx, customer, use)
	_, granted := w.CreateGrant(ctx, customer, GrantInput{KeyARN: arn, GranteePrincipal: platform,
		Operations: []string{"Decrypt"}, DryRun: true})
	return map[string]error{
		"DescribeKey": described, "GetKeyPolicy": policy, "ListGrants": listed, "Encrypt": encrypted,
		"GenerateDataKey": generated, "GenerateDataKeyWithoutPlaintext": without, "CreateGrant": granted,
		"PutKeyPolicy": w.PutKeyPolicy(ctx, customer, arn, policyFor(allowPlatform)),
	}
}

// TestKeyStates_table goes through "Key states of AWS KMS keys" of the KMS guide.
func TestKeyStates_table(t *testing.T) {
	states := []string{
		customerkey.StateEnabled, customerkey.StateDisabled, customerkey.StatePendingDeletion,
		customerkey.StatePendingReplicaDeletion, customerkey.StatePendingImport, customerkey.StateUnavailable,
		customerkey.StateCreating, customerkey.StateUpdating,
	}
	free := []string{ok, ok, ok, ok, ok, ok, ok, ok}
	crypto := []string{dryrun, dis, inv, inv, inv, inv, inv, dryrun}
	table := map[string][]string{
		"DescribeKey": free, "GetKeyPolicy": free, "ListGrants": free, "PutKeyPolicy": free,
		"Encrypt": crypto, "GenerateDataKey": crypto, "GenerateDataKeyWithoutPlaintext": crypto,
		"CreateGrant": {dryrun, dis, inv, inv, inv, dryrun, inv, dryrun},
	}
	for i, state := range states {
		t.Run(state, func(t *testing.T) {
			w := newWorld(t, Config{})
			arn := w.inState(state)
			if got := w.state(arn); got != state {
				t.Fatalf("the key is %s", got)
			}
			for name, err := range stateOperations(w, arn) {
				w.wantCode(name, err, table[name][i])
			}
		})
	}
	changes := map[string][]string{
		"EnableKey":                 {ok, ok, inv, inv, inv, ok, inv, inv},
		"DisableKey":                {ok, ok, inv, inv, inv, ok, inv, inv},
		"ScheduleKeyDeletion":       {ok, ok, inv, inv, ok, ok, ok, inv},
		"CancelKeyDeletion":         {inv, inv, ok, ok, inv, inv, inv, inv},
		"EnableKeyRotation":         {ok, dis, inv, inv, unsup, unsup, inv, unsup},
		"DisableKeyRotation":        {ok, dis, inv, inv, unsup, unsup, inv, unsup},
		"RotateKeyOnDemand":         {ok, dis, inv, inv, unsup, unsup, inv, unsup},
		"DeleteImportedKeyMaterial": {unsup, unsup, unsup, unsup, ok, unsup, inv, inv},
		"ImportKeyMaterial":         {unsup, unsup, inv, inv, ok, unsup, inv, unsup},
		"ReplicateKey":              {unsup, dis, inv, inv, inv, unsup, inv, inv},
		"UpdatePrimaryRegion":       {unsup, dis, inv, inv, inv, unsup, inv, unsup},
	}
	for name, want := range changes {
		for i, state := range states {
			t.Run(name+"/"+state, func(t *testing.T) {
				w := newWorld(t, Config{})
				arn := w.inState(state)
				w.wantCode(name, change1(w, name, arn), want[i])
			})
		}
	}
}

// change1 makes one change to a key.
func change1(w *world, name, arn string) error {
	switch name {
	case "EnableKey":
		return w.EnableKey(ctx, customer, arn)
	case "DisableKey":
		return w.DisableKey(ctx, customer, arn)
	case "ScheduleKeyDeletion":
		_, err := w.ScheduleKeyDeletion(ctx, customer, arn, 30)
		return err
	case "CancelKeyDeletion":
		return w.CancelKeyDeletion(ctx, customer, arn)
	case "EnableKeyRotation":
		return w.EnableKeyRotation(ctx, customer, arn)
	case "DisableKeyRotation":
		return w.DisableKeyRotation(ctx, customer, arn)
	case "RotateKeyOnDemand":
		return w.RotateKeyOnDemand(ctx, customer, arn)
	case "DeleteImportedKeyMaterial":
		return w.DeleteImportedKeyMaterial(ctx, customer, arn)
	case "ImportKeyMaterial":
		return w.ImportKeyMaterial(ctx, customer, arn, []byte("secret"), time.Time{})
	case "ReplicateKey":
		_, err := w.ReplicateKey(ctx, customer, arn, "eu-north-1", "")
		return err
	}
	return w.UpdatePrimaryRegion(ctx, customer, arn, "eu-north-1")
}

func TestKeyStates_everyOperationHasARow(t *testing.T) {
	for o := range operations {
		if keyless.has(o) {
			continue
		}
		if stateTable[o] == always && !setOf(opDescribeKey, opGetKeyPolicy, opPutKeyPolicy, opListGrants, opRetireGrant, opRevokeGrant).has(o) {
			t.Errorf("%s has no row", o)
		}
	}
}

func TestKMS_ScheduleKeyDeletion(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	for _, days := range []int{6, 31} {
		_, err := w.ScheduleKeyDeletion(ctx, customer, arn, days)
		w.wantCode("days", err, CodeValidation)
	}
	date, err := w.ScheduleKeyDeletion(ctx, customer, arn, 7)
	w.must(err)
	if want := epoch.AddDate(0, 0, 7); date != want {
		t.Fatalf("deletion %v, want %v", date, want)
	}
	w.must(w.CancelKeyDeletion(ctx, customer, arn))
	if got := w.state(arn); got != customerkey.StateDisabled {
		t.Errorf("after cancel: %s", got)
	}
	if at, due := w.NextAt(); due {
		t.Errorf("something is due at %v", at)
	}
	w.clock.Advance(24 * time.Hour)
	date, err = w.ScheduleKeyDeletion(ctx, customer, arn, 7)
	w.must(err)
	if at, due := w.NextAt(); !due || at != date {
		t.Errorf("NextAt %v %v, want %v", at, due, date)
	}
	w.clock.Set(date.Add(-time.Second))
	if got := w.state(arn); got != customerkey.StatePendingDeletion {
		t.Errorf("before the date: %s", got)
	}
	w.must(w.Tick(w.clock.Set(date.Add(time.Hour))))
	if got := w.state(arn); got != customerkey.CodeNotFound {
		t.Errorf("after the date: %s", got)
	}
	if len(w.events) != 1 || w.events[0].DetailType != EventDeletion || w.events[0].KeyARN != arn ||
		w.events[0].Account != "222222222222" || !w.events[0].At.Equal(date) {
		t.Errorf("events %+v", w.events)
	}
	if last := w.changed[len(w.changed)-1]; last != arn {
		t.Errorf("changed %v", w.changed)
	}
}

func TestKMS_importedMaterial(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{Origin: originExternal})
	validTo := epoch.Add(48 * time.Hour)
	w.must(w.ImportKeyMaterial(ctx, customer, arn, []byte("secret"), validTo))
	use := Use{KeyARN: arn, EncryptionContext: data}
	sealed, err := w.Encrypt(ctx, customer, use, []byte("row"))
	w.must(err)
	w.must(w.DeleteImportedKeyMaterial(ctx, customer, arn))
	_, err = w.Decrypt(ctx, customer, use, sealed)
	w.wantCode("without material", err, customerkey.CodeInvalidState)
	w.wantCode("other material", w.ImportKeyMaterial(ctx, customer, arn, []byte("other"), time.Time{}), CodeIncorrectMaterial)
	w.wantCode("past", w.ImportKeyMaterial(ctx, customer, arn, []byte("secret"), epoch), CodeValidation)
	w.must(w.ImportKeyMaterial(ctx, customer, arn, []byte("secret"), validTo))
	plain, err := w.Decrypt(ctx, customer, use, sealed)
	if w.must(err); string(plain) != "row" {
		t.Errorf("decrypted %q", plain)
	}
	w.clock.Set(validTo)
	if got := w.state(arn); got != customerkey.StatePendingImport {
		t.Errorf("after expiration: %s", got)
	}
	if len(w.events) != 1 || w.events[0].DetailType != EventExpiration {
		t.Errorf("events %+v", w.events)
	}
}

func TestKMS_rotation(t *testing.T) {
	w := newWorld(t, Config{})
	arn := w.key(CreateKeyInput{})
	use := Use{KeyARN: arn, EncryptionContext: data}
	first, err := w.GenerateDataKey(ctx, customer, use)
	w.must(err, w.RotateKeyOnDemand(ctx, customer, arn), w.EnableKeyRotation(ctx, customer, arn))
	w.must(w.Tick(w.clock.Advance(366 * 24 * time.Hour)))
	third, err := w.GenerateDataKey(ctx, customer, use)
	w.must(err)
	if first.KeyMaterialID == third.KeyMaterialID {
		t.Error("rotation kept the material")
	}
	plain, err := w.Decrypt(ctx, customer, use, first.Ciphertext)
	if w.must(err); string(plain) != string(first.Plaintext) {
		t.Error("the old ciphertext opens to something else")
	}
	if len(w.events) != 2 || w.events[1].DetailType != EventRotation {
		t.Errorf("events %+v", w.events)
	}
	w.must(w.DisableKey(ctx, customer, arn))
	w.must(w.Tick(w.clock.Advance(400 * 24 * time.Hour)))
	if len(w.events) != 2 {
		t.Error("a disabled key was rotated")
	}
	w.must(w.EnableKey(ctx, customer, arn), w.Tick(w.clock.Advance(24*time.Hour)))
	if len(w.events) != 3 {
		t.Errorf("%d events after it was enabled again", len(w.events))
	}
	w.must(w.DisableKeyRotation(ctx, customer, arn))
	if at, due := w.NextAt(); due {
		t.Errorf("due at %v without rotation", at)
	}
}

func TestKMS_customKeyStore(t *testing.T) {
	w := newWorld(t, Config{})
	id, arn := w.inStore()
	w.must(w.DisconnectCustomKeyStore(ctx, customer, region, id), w.DisableKey(ctx, customer, arn))
	if got := w.state(arn); got != customerkey.StateUnavailable {
		t.Errorf("disabled while disconnected: %s", got)
	}
	_, err := w.CreateKey(ctx, customer, CreateKeyInput{Region: region, Origin: originStore, CustomKeyStoreID: id})
	w.wantCode("a key in a disconnected store", err, CodeStoreInvalidState)
	w.wantCode("another account's store", w.ConnectCustomKeyStore(ctx, platform, region, id), CodeStoreNotFound)
	w.wantCode("delete with keys", w.DeleteCustomKeyStore(ctx, customer, region, id), CodeStoreHasKeys)
	w.must(w.ConnectCustomKeyStore(ctx, customer, region, id))
	if got := w.state(arn); got != customerkey.StateDisabled {
		t.Errorf("connected again: %s", got)
	}
	date, err := w.ScheduleKeyDeletion(ctx, customer, arn, 7)
	w.must(err, w.DisconnectCustomKeyStore(ctx, customer, region, id))
	if got := w.state(arn); got != customerkey.StatePendingDeletion {
		t.Errorf("pending deletion in a disconnected store: %s", got)
	}
	w.must(w.Tick(w.clock.Set(date)), w.ConnectCustomKeyStore(ctx, customer, region, id))
	w.wantCode("delete while connected", w.DeleteCustomKeyStore(ctx, customer, region, id), CodeStoreInvalidState)
	w.must(w.DisconnectCustomKeyStore(ctx, customer, region, id), w.DeleteCustomKeyStore(ctx, customer, region, id))
}

func TestKMS_multiRegion(t *testing.T) {
	w := newWorld(t, Config{})
	primary := w.key(CreateKeyInput{MultiRegion: true})
	dk, err := w.GenerateDataKey(ctx, customer, Use{KeyARN: primary, EncryptionContext: data})
	w.must(err)
	replica, err := w.ReplicateKey(ctx, customer, primary, "eu-west-1", "")
	w.must(err)
	if !strings.Contains(replica, ":eu-west-1:") || !strings.HasSuffix(replica, primary[strings.Index(primary, "/"):]) {
		t.Fatalf("replica %s of %s", replica, primary)
	}
	_, err = w.ReplicateKey(ctx, customer, primary, "eu-west-1", "")
	w.wantCode("twice", err, CodeAlreadyExists)
	w.clock.Advance(transientFor)
	use := Use{KeyARN: replica, EncryptionContext: data}
	_, err = w.Decrypt(ctx, customer, use, dk.Ciphertext)
	w.must(err, w.RotateKeyOnDemand(ctx, customer, primary))
	late, err := w.GenerateDataKey(ctx, customer, Use{KeyARN: primary, EncryptionContext: data})
	w.must(err)
	_, err = w.Decrypt(ctx, customer, use, late.Ciphertext)
	w.must(err, w.UpdatePrimaryRegion(ctx, customer, primary, "eu-west-1"))
	w.clock.Advance(transientFor)
	if a, b := w.state(primary), w.state(replica); a != customerkey.StateEnabled || b != customerkey.StateEnabled {
		t.Errorf("after the update: %s, %s", a, b)
	}
	w.wantCode("rotate the old primary", w.RotateKeyOnDemand(ctx, customer, primary), CodeUnsupportedOperation)

	_, err = w.ScheduleKeyDeletion(ctx, customer, replica, 7)
	w.must(err)
	if got := w.state(replica); got != customerkey.StatePendingReplicaDeletion {
		t.Errorf("the new primary: %s", got)
	}
	date, err := w.ScheduleKeyDeletion(ctx, customer, primary, 7)
	w.must(err)
	w.clock.Set(date)
	if got := w.state(replica); got != customerkey.StatePendingDeletion {
		t.Errorf("the primary without replicas: %s", got)
	}
	w.clock.Set(date.AddDate(0, 0, 7))
	if got := w.state(replica); got != customerkey.CodeNotFound {
		t.Errorf("the primary after its period: %s", got)
	}
}
