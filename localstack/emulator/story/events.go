package story

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// sample is a sample event of now, with its detail changed.
func sample(name string, change func(e *events.Envelope, detail map[string]any)) (events.Envelope, error) {
	for _, s := range events.Samples() {
		if s.Name != name {
			continue
		}
		env, err := events.ParseEnvelope(s.Event)
		if err != nil {
			return env, err
		}
		env.Time = time.Now().UTC().Truncate(time.Second)
		var detail map[string]any
		if err := json.Unmarshal(env.Detail, &detail); err != nil {
			return env, err
		}
		change(&env, detail)
		env.Detail, err = json.Marshal(detail)
		return env, err
	}
	return events.Envelope{}, coded.New(coded.Internal, "no sample %s", name)
}

// commerce puts a commerce event on the entry's bus.
func (t *teller) commerce(name, tenant string, change func(detail map[string]any)) error {
	env, err := sample(name, func(_ *events.Envelope, d map[string]any) {
		d["tenantId"] = tenant
		change(d)
	})
	if err != nil {
		return err
	}
	id, err := t.stack.Put(t.ctx, t.region.Name, deployment.EntryBus, env)
	if err == nil {
		t.say("         put %s (%s) on %s: %s\n", env.DetailType, tenant, deployment.EntryBus, id)
	}
	return err
}

// forward puts CloudTrail's record of a DisableKey on the intake bus, as a rule
// in an account forwards it.
func (t *teller) forward(account string) error {
	env, err := sample("kms-call.disable-key", func(e *events.Envelope, d map[string]any) {
		e.Account = account
		d["eventTime"], d["awsRegion"], d["recipientAccountId"] = e.Time, t.region.Name, account
		d["requestParameters"] = map[string]any{"keyId": t.key}
		d["responseElements"] = map[string]any{"keyId": t.key}
		d["resources"] = []any{map[string]any{"accountId": Customer, "type": "AWS::KMS::Key", "ARN": t.key}}
	})
	if err != nil {
		return err
	}
	_, err = t.stack.Put(t.ctx, t.region.Name, deployment.IntakeBus, env)
	if err == nil {
		t.say("         account %s forwards DisableKey to %s\n", account, deployment.IntakeBus)
	}
	return err
}

// rdsCreated puts the event that RDS sends when it has made an instance; the
// emulator of RDS sends none.
func (t *teller) rdsCreated() error {
	env, err := sample("rds-instance", func(_ *events.Envelope, d map[string]any) {
		d["SourceIdentifier"], d["EventID"] = instance(), "RDS-EVENT-0005"
		d["SourceArn"] = "arn:aws:rds:" + t.region.Name + ":" + t.stack.Account + ":db:" + instance()
	})
	if err != nil {
		return err
	}
	_, err = t.stack.Put(t.ctx, t.region.Name, "default", env)
	return err
}

func (t *teller) access() (status int, reason string, err error) { return t.accessOf(Tenant) }

// accessOf asks the HTTP API whether a tenant may be served.
func (t *teller) accessOf(tenant string) (status int, reason string, err error) {
	req, err := http.NewRequestWithContext(t.ctx, http.MethodGet, t.region.APIURL+"/tenants/"+url.PathEscape(tenant)+"/context?product="+Product, nil)
	if err != nil {
		return 0, "", err
	}
	client := http.Client{Timeout: 30 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", fmt.Errorf("asking for %s: %w", tenant, err)
	}
	defer res.Body.Close()
	var body struct{ Reason string }
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(b, &body)
	}
	return res.StatusCode, body.Reason, err
}

func (t *teller) wants(status int, reason string) error {
	gotStatus, gotReason, err := t.access()
	if err == nil {
		t.check(gotStatus == status && gotReason == reason, "GET /tenants/%s/context: %d %s", Tenant, gotStatus, gotReason)
	}
	return err
}
