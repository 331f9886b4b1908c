package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/localstack/emulator/proxy"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
)

// spy lets calls pass and keeps their forms.
func spy(into *[]url.Values) proxy.Fault {
	return func(w http.ResponseWriter, r *http.Request, _ proxy.Call, pass func(http.ResponseWriter)) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			form, _ := url.ParseQuery(string(body))
			*into = append(*into, form)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		pass(w)
	}
}

// TestStack_Life signs a tenant up, at the entry, and pulls its key.
func TestStack_Life(t *testing.T) {
	w := up(t)
	const tenant = "life-bakery"
	key := w.customerKey()
	out := w.listen("life-out", deployment.Bus, events.Pattern{"source": events.Any{events.SourceLatchkey}, "detail": events.Pattern{"tenantId": events.Any{tenant}}})
	var creates []url.Values
	defer w.Proxy.Inject(proxy.Rule{Service: "rds", Action: "CreateDBInstance", Fault: spy(&creates)})()
	w.wants(tenant, 404, "unknown-tenant")

	w.signUp(deployment.EntryBus, tenant, key)
	instance := database.InstanceName(database.ID(tenant, product, 1), 0)
	w.until("an instance", func() bool { return w.has(instance) })
	creates = slices.DeleteFunc(creates, func(form url.Values) bool { return form.Get("DBInstanceIdentifier") != instance }) // other tests' tenants
	t.Run("the designed parameters", func(t *testing.T) {
		in := *w
		in.T = t
		in.checkCreate(creates, instance, tenant, key)
	})

	w.created(instance)
	w.until("the tenant is served", func() bool { status, _ := w.access(tenant); return status == 200 })
	if db, ok := w.inside(tenant); !ok || db.Fenced {
		t.Errorf("prepared %+v", db)
	}

	t.Run("a signal from a wrong account", func(t *testing.T) { wrongAccount(t, w, tenant, key) })
	t.Run("the customer disables the key", func(t *testing.T) { rightAccount(t, w, tenant, key) })
	checkOut(t, w.drain(out))
}

func (w *world) variables(function string) map[string]string {
	for _, s := range w.region.Host.Functions() {
		if s.Function.Name == function {
			return s.Function.Env
		}
	}
	w.Fatalf("no function %s", function)
	return nil
}

// checkCreate compares all that CreateDBInstance was called with. A call that was
// answered too late is made again, the same.
func (w *world) checkCreate(creates []url.Values, instance, tenant, key string) {
	w.Helper()
	env := w.variables("latchkey-advance")
	if len(creates) == 0 || slices.ContainsFunc(creates, func(form url.Values) bool { return form.Encode() != creates[0].Encode() }) {
		w.Fatalf("%d calls, which are none or differ: %v", len(creates), creates)
	}
	want := map[string]string{
		"Action": "CreateDBInstance", "Version": "2014-10-31",
		"DBInstanceIdentifier": instance, "DBInstanceClass": "db.m7g.large", "Engine": "postgres", "EngineVersion": "17",
		"AllocatedStorage": "100", "StorageType": "gp3", "StorageEncrypted": "true", "KmsKeyId": key,
		"MasterUsername": "latchkey", "ManageMasterUserPassword": "true", "MasterUserSecretKmsKeyId": env[deployment.EnvPlatformKey],
		"EnableIAMDatabaseAuthentication": "true", "CACertificateIdentifier": "rds-ca-rsa2048-g1",
		"DBParameterGroupName": "latchkey-postgres17", "DBSubnetGroupName": "latchkey",
		"VpcSecurityGroupIds.VpcSecurityGroupId.1": env[deployment.EnvSecurityGroups], "PubliclyAccessible": "false", "MultiAZ": "true",
		"BackupRetentionPeriod": "30", "CopyTagsToSnapshot": "true", "DeletionProtection": "true", "AutoMinorVersionUpgrade": "true",
	}
	tags := map[string]string{
		database.TagOwner: database.Owner, database.TagDatabase: tenant + "/" + product, database.TagTenant: tenant, database.TagKey: key,
	}
	got := map[string]string{}
	for name, values := range creates[0] {
		if rest, ok := strings.CutPrefix(name, "Tags.Tag."); ok {
			if n, ok := strings.CutSuffix(rest, ".Key"); ok && tags[values[0]] != creates[0].Get("Tags.Tag."+n+".Value") {
				w.Errorf("tag %s is %q", values[0], creates[0].Get("Tags.Tag."+n+".Value"))
			}
			continue
		}
		got[name] = values[0]
	}
	if !maps.Equal(got, want) {
		w.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if !strings.HasPrefix(want["MasterUserSecretKmsKeyId"], "arn:aws:kms:"+home+":"+w.Account+":key/") || !strings.HasPrefix(env[deployment.EnvSecurityGroups], "sg-") {
		w.Errorf("environment %v", env)
	}
}

// disabled is what CloudTrail says of a DisableKey, as a customer's rule
// forwards it from an account.
func (w *world) disabled(account, key string) events.Envelope {
	return w.sample("kms-call.disable-key", func(e *events.Envelope, d map[string]any) {
		e.Account = account
		d["eventTime"], d["awsRegion"], d["recipientAccountId"] = e.Time, home, account
		d["requestParameters"] = map[string]any{"keyId": key}
		d["responseElements"] = map[string]any{"keyId": key}
		d["resources"] = []any{map[string]any{"accountId": customer, "type": "AWS::KMS::Key", "ARN": key}}
	})
}

// probes counts the looks at keys.
func (w *world) probes() (n int64) {
	made, _ := w.Proxy.Calls()
	for c, k := range made {
		if c.Service == "kms" && c.Action == "DescribeKey" {
			n += k
		}
	}
	return n
}

func wrongAccount(t *testing.T, w *world, tenant, key string) {
	before := w.probes()
	w.put(deployment.IntakeBus, w.disabled(stranger, key))
	w.must(w.Settle(w.ctx))
	w.must(w.Tick(w.ctx, deployment.FunctionProbeKeys))
	if w.probes() == before {
		t.Error("nobody looked at the key")
	}
	w.wants(tenant, 200, "ok")
}

func rightAccount(t *testing.T, w *world, tenant, key string) {
	w.must(w.DisableKey(w.ctx, home, customer, key))
	w.wants(tenant, 200, "ok")
	w.put(deployment.IntakeBus, w.disabled(customer, key))
	w.must(w.Settle(w.ctx))
	w.wants(tenant, 423, "key-revoked")
	w.until("its database is fenced", func() bool { db, _ := w.inside(tenant); return db.Fenced })
}

// checkOut looks for the outgoing events of the story, each of them once.
func checkOut(t *testing.T, bodies []string) {
	got, seen := map[string]int{}, map[string]bool{}
	for _, b := range bodies {
		var e struct {
			Type   string `json:"detail-type"`
			Detail struct {
				ID string `json:"id"`
			} `json:"detail"`
		}
		if err := json.Unmarshal([]byte(b), &e); err != nil {
			t.Fatal(err)
		}
		if e.Detail.ID == "" || !seen[e.Detail.ID] { // at least once
			seen[e.Detail.ID] = true
			got[e.Type]++
		}
	}
	for _, want := range []string{events.TypeKeyRegistered, events.TypeDatabaseAvailable, events.TypeTenantActive, events.TypeKeyLocked, events.TypeDatabaseLocked} {
		if got[want] != 1 {
			t.Errorf("%d of %s, in %v", got[want], want, got)
		}
	}
}
