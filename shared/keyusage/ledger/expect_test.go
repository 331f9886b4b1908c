package ledger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage/trailtest"
)

// TestLedger_Ingest_expected: what AWS and the platform do in the ordinary
// course of things is no finding, and what only looks like it is one.
func TestLedger_Ingest_expected(t *testing.T) {
	const internal = `{"accountId":"111122223333","invokedBy":"AWS Internal"}`
	const linked = "arn:aws:iam::" + account + ":role/aws-service-role/"
	const platformKey = "arn:aws:kms:us-east-1:111122223333:key/1c500df3-1a3b-9563-fda1-db178a4a57a6"
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	w.config.AnyPrincipal, w.config.PlatformKey = false, platformKey
	key := w.gen.World.Tenants[0].KeyARN
	n := 0
	use := func(who, operation, key string) call {
		n++
		return call{n: n, at: start, who: who, operation: operation, key: key}
	}
	ordinary := []call{
		use(internal, "RotateKey", key), use(internal, "SynchronizeMultiRegionKey", platformKey),
		use(internal, "DeleteKey", key), use(internal, "DeleteExpiredKeyMaterial", key),
		use(service("rds.amazonaws.com"), "Decrypt", key), use(session(proberRole, ""), "Encrypt", key),
		use(session(proberRole, "rds.amazonaws.com"), "CreateGrant", key),
		use(session(linked+"rds.amazonaws.com/AWSServiceRoleForRDS", "secretsmanager.amazonaws.com"), "GenerateDataKey", platformKey),
		use(session(linked+"backup.amazonaws.com/AWSServiceRoleForBackup", "rds.amazonaws.com"), "CreateGrant", key),
		use(session(linked+"secretsmanager.amazonaws.com/AWSServiceRoleForSecretsManager", "secretsmanager.amazonaws.com"), "Decrypt", platformKey),
		use(session(strangeRole, ""), "DescribeKey", key),                                                                                          // asks only
		use(service("cloudtrail.amazonaws.com"), "GenerateDataKey", platformKey),                                                                   // the cell's trail
		use(service("cloudwatch.amazonaws.com"), "GenerateDataKey", platformKey), use(service("cloudwatch.amazonaws.com"), "Decrypt", platformKey), // its alarms
	}
	strange := []call{
		use(internal, "Decrypt", key), use(service("rds.amazonaws.com.example"), "Decrypt", key), use(service("dynamodb.amazonaws.com"), "Encrypt", key),
		use(session(linked+"rds.amazonaws.com/AWSServiceRoleForRDS", ""), "Sign", key), // not through a service
		use(session(linked+"ecs.amazonaws.com/AWSServiceRoleForECS", "secretsmanager.amazonaws.com"), "Verify", key),
		use(session("arn:aws:iam::999999999999:role/latchkey-us-east-1-probe-keys", ""), "GenerateMac", key),
		use(session(strangeRole, ""), "RotateKey", key), use(session(strangeRole, "rds.amazonaws.com"), "DisableKey", key),
		use(session(strangeRole, ""), "VerifyMac", platformKey), // it is ours, without a record
		use(service("cloudtrail.amazonaws.com"), "ImportKeyMaterial", key), use(service("cloudwatch.amazonaws.com"), "GenerateDataKeyPair", key),
		use(service("dynamodb.amazonaws.com"), "GenerateDataKey", platformKey),
	}
	ingest(t, w.open(w.deps()), w.deliver(w.gen.Name(0), document(slices.Concat(ordinary, strange)...)))
	got := strings.Split(findings(w.told()), "\n")
	var want []string
	for _, s := range []string{
		"Decrypt AWS Internal", "Decrypt rds.amazonaws.com.example", "Encrypt dynamodb.amazonaws.com", "Sign " + linked + "rds.amazonaws.com/AWSServiceRoleForRDS",
		"Verify " + linked + "ecs.amazonaws.com/AWSServiceRoleForECS via secretsmanager.amazonaws.com",
		"GenerateMac arn:aws:iam::999999999999:role/latchkey-us-east-1-probe-keys", "RotateKey " + strangeRole, "DisableKey " + strangeRole + " via rds.amazonaws.com", "VerifyMac " + strangeRole,
		"ImportKeyMaterial cloudtrail.amazonaws.com", "GenerateDataKeyPair cloudwatch.amazonaws.com", "GenerateDataKey dynamodb.amazonaws.com",
	} {
		want = append(want, "unknown-principal "+s+" 1")
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestLedger_Collect_anyPrincipal: a summary says that the rule is off.
func TestLedger_Collect_anyPrincipal(t *testing.T) {
	for _, off := range []bool{true, false} {
		w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
		w.config.AnyPrincipal = off
		l := w.open(w.deps())
		tenant := w.gen.World.Tenants[0]
		ingest(t, l, w.deliver(w.gen.Name(0), document(call{n: 1, at: start, who: session(strangeRole, ""), operation: "Encrypt", key: tenant.KeyARN})))
		s, err := l.Collect(ctx, tenant.ID, start, start.Add(time.Hour))
		if err != nil || s.AnyPrincipal != off || (len(s.Found) == 0) != off || (len(w.told()) == 0) != off {
			t.Errorf("off %v: %+v, %v", off, s, err)
		}
	}
}

// TestLedger_Ingest_unrecordedKey: whoever names one of our tenants under a key
// that nobody knows is told of, for the use counts as the tenant's.
func TestLedger_Ingest_unrecordedKey(t *testing.T) {
	const foreignKey = "arn:aws:kms:us-east-1:999999999999:key/aaaaaaaa-1a3b-4563-8da1-db178a4a57a6"
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	tenant := w.gen.World.Tenants[0]
	names := `{"encryptionContext":{"latchkey:tenant":"` + tenant.ID + `"}}`
	instance := `{"encryptionContext":{"aws:rds:db-id":"` + tenant.Databases[0].ResourceID + `"}}`
	use := func(n int, who, operation, key, request, code string) call {
		return call{n: n, at: start, who: who, operation: operation, key: key, request: request, errorCode: code}
	}
	ingest(t, w.open(w.deps()), w.deliver(w.gen.Name(0), document(
		use(1, session(strangeRole, ""), "Decrypt", foreignKey, names, ""),
		use(2, session(strangeRole, ""), "Encrypt", foreignKey, instance, ""),
		use(3, service("rds.amazonaws.com"), "Decrypt", foreignKey, instance, ""),                      // the AWS managed key of RDS
		use(4, session(strangeRole, "rds.amazonaws.com"), "GenerateDataKey", foreignKey, instance, ""), // the same
		use(5, session(strangeRole, ""), "Sign", foreignKey, "", ""),                                   // names nobody
		use(6, session(strangeRole, ""), "Verify", tenant.KeyARN, names, ""),                           // known
	)))
	got := strings.Split(findings(w.told()), "\n")
	slices.Sort(got)
	if want := []string{"unrecorded-key Decrypt " + strangeRole + " 1", "unrecorded-key Encrypt " + strangeRole + " 1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, f := range w.told() {
		if want := " on key " + foreignKey + " once at 2025-03-01T22:00:00Z, which is on no record, with an encryption context that names tenant " + tenant.ID + "."; !strings.HasSuffix(f.Sentence, want) || f.TenantID != tenant.ID {
			t.Error(f.Sentence)
		}
	}
}

// TestLedger_Ingest_replica: a replica of a multi-Region key is the key of its
// tenant, and must not be used outside the key's Region. Only a trail that
// records other Regions shows it.
func TestLedger_Ingest_replica(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
	tenant := &w.gen.World.Tenants[0]
	tenant.KeyARN = "arn:aws:kms:us-east-1:999999999999:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	w.register(0)
	use := func(n int, at, key string) string {
		c := call{n: n, at: start, who: service("rds.amazonaws.com"), operation: "Decrypt", key: key}
		return strings.Replace(string(document(c)), `"awsRegion":"us-east-1"`, `"awsRegion":"`+at+`"`, 1)
	}
	l := w.open(w.deps())
	ingest(t, l, w.deliver(w.gen.Name(0), []byte(use(1, "us-east-1", tenant.KeyARN))))
	if told := w.told(); len(told) != 0 {
		t.Errorf("in its Region: %s", findings(told))
	}
	ingest(t, l, w.deliver(w.gen.Name(1), []byte(use(2, "us-west-2", strings.Replace(tenant.KeyARN, "us-east-1", "us-west-2", 1)))),
		w.deliver(w.gen.Name(2), []byte(use(3, "us-west-2", "arn:aws:kms:us-west-2:999999999999:key/1234abcd-12ab-44cd-86ef-1234567890ab"))))
	told := w.told()
	if len(told) != 1 || told[0].Kind != "wrong-region" || told[0].Region != "us-west-2" || told[0].TenantID != tenant.ID || told[0].KeyARN != tenant.KeyARN {
		t.Errorf("%+v", told)
	}
}

// TestLedger_Ingest_ownKey: a key of the platform's that is no tenant's may be used
// in every Region; one of a tenant, or of another account, only in its own.
func TestLedger_Ingest_ownKey(t *testing.T) {
	for _, c := range []struct {
		name, account, tenant string
		told                  int
	}{
		{"the platform's", account, "", 0},
		{"a tenant's, in the platform's account", account, "acme", 1},
		{"another account's", "999999999999", "", 1},
	} {
		w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1})
		arn := "arn:aws:kms:us-east-1:" + c.account + ":key/mrk-1234abcd12ab34cd56ef1234567890ab"
		w.put("key#"+arn, ".", customerkey.Record{ARN: arn, Account: c.account, TenantID: c.tenant, Region: region, Phase: customerkey.PhaseUsable}, catalog.Indexes{})
		doc := document(call{n: 1, at: start, who: service("rds.amazonaws.com"), operation: "Decrypt", key: strings.Replace(arn, region, "us-west-2", 1)})
		ingest(t, w.open(w.deps()), w.deliver(w.gen.Name(0), []byte(strings.Replace(string(doc), `"awsRegion":"us-east-1"`, `"awsRegion":"us-west-2"`, 1))))
		if told := w.told(); len(told) != c.told || c.told == 1 && told[0].Kind != "wrong-region" {
			t.Errorf("%s: %s", c.name, findings(told))
		}
	}
}
