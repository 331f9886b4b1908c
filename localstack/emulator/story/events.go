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

// forward puts CloudTrail's record of a DisableKey or EnableKey on the intake
// bus, as a rule in an account forwards it.
func (t *teller) forward(call, account string) error {
	env, err := sample(call, func(e *events.Envelope, d map[string]any) {
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
		t.say("         account %s forwards %s to %s\n", account, verbs[call], deployment.IntakeBus)
	}
	return err
}

// The samples of what a customer does to a key.
const (
	disable = "kms-call.disable-key"
	enable  = "kms-call.enable-key"
)

var verbs = map[string]string{disable: "DisableKey", enable: "EnableKey"}

// rds puts the event that RDS sends when it has made or started an instance;
// the emulator of RDS sends none.
func (t *teller) rds(eventID string) error {
	env, err := sample("rds-instance", func(_ *events.Envelope, d map[string]any) {
		d["SourceIdentifier"], d["EventID"] = instance(), eventID
		d["SourceArn"] = "arn:aws:rds:" + t.region.Name + ":" + t.stack.Account + ":db:" + instance()
	})
	if err != nil {
		return err
	}
	_, err = t.stack.Put(t.ctx, t.region.Name, "default", env)
	return err
}

func (t *teller) access() (status int, reason string, err error) {
	status, d, err := t.ask(Tenant)
	return status, d.Reason, err
}

// decision is an answer of the HTTP API.
type decision struct {
	Code    coded.Code // of an error
	Reason  string
	Context login
}

// maxAsks bounds how often one question is asked.
const maxAsks = 10

// ask asks the HTTP API whether a tenant may be served, again while it says that
// this may help: on a busy machine the emulator may answer later than the
// function waits.
func (t *teller) ask(tenant string) (status int, d decision, err error) {
	for range maxAsks {
		if status, d, err = t.askOnce(tenant); err != nil || d.Code != coded.Retryable {
			break
		}
	}
	return status, d, err
}

func (t *teller) askOnce(tenant string) (status int, d decision, err error) {
	req, err := http.NewRequestWithContext(t.ctx, http.MethodGet, t.region.APIURL+"/tenants/"+url.PathEscape(tenant)+"/context?product="+Product, nil)
	if err != nil {
		return 0, d, err
	}
	client := http.Client{Timeout: 30 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return 0, d, fmt.Errorf("asking for %s: %w", tenant, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	return res.StatusCode, d, err
}

func (t *teller) wants(status int, reason string) error {
	gotStatus, gotReason, err := t.access()
	if err == nil {
		t.check(gotStatus == status && gotReason == reason, "GET /tenants/%s/context: %d %s", Tenant, gotStatus, gotReason)
	}
	return err
}
