package simulation

import (
	"encoding/json"
	"fmt"

	"latchkey/events"
	"latchkey/shared/fake/fakekms"
)

var products = []string{"tracker", "wiki", "desk"}

// people makes the customers, their keys and the first things they buy.
func (r *run) people() {
	n := 2 + int(r.rng.Int64N(4))
	for i := range n {
		t := &tenantTruth{id: fmt.Sprintf("tenant-%d", i)}
		t.region = regions[r.rng.Int64N(int64(len(regions)))]
		if r.rng.Float64() < 0.7 {
			t.key = r.newKey(i, t)
		}
		r.truth.tenants = append(r.truth.tenants, t)
		r.signUp(t)
	}
}

// newKey makes a customer's key; the tenants of one in four share one.
func (r *run) newKey(i int, t *tenantTruth) *keyTruth {
	if len(r.truth.keys) > 0 && r.rng.Float64() < 0.25 {
		k := r.truth.keys[r.rng.Int64N(int64(len(r.truth.keys)))]
		t.region = k.region
		return k
	}
	k := &keyTruth{account: fmt.Sprintf("4444555566%02d", i), region: t.region}
	arn, err := r.cell.KMS.CreateKey(r.ctx, k.admin(), fakekms.CreateKeyInput{Region: k.region, Policy: r.policy(k, true)})
	if err != nil {
		r.breaks("the simulation itself", "CreateKey: %v", err)
		return nil
	}
	k.arn, k.usableSince = arn, r.clock.Now()
	if r.rng.Float64() < 0.7 {
		r.cell.Forward(k.account)
	}
	r.truth.keys = append(r.truth.keys, k)
	return k
}

func (k *keyTruth) admin() string { return "arn:aws:iam::" + k.account + ":role/KeyAdmin" }

// policy returns a key policy that lets the platform in, for any tenant, or not.
func (r *run) policy(k *keyTruth, allow bool) string {
	root := fmt.Sprintf(`{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"}`, k.account)
	if allow {
		root += fmt.Sprintf(`,{"Sid":"Latchkey","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},`+
			`"Action":["kms:DescribeKey","kms:CreateGrant","kms:ListGrants","kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`, platform)
	}
	return `{"Version":"2012-10-17","Statement":[` + root + `]}`
}

// signUp sends what a new tenant starts with, in any order.
func (r *run) signUp(t *tenantTruth) {
	created := &events.TenantCreated{Subject: r.subject(t), Name: "Tenant " + t.id, Hosts: []string{t.id + ".example.com"},
		Region: t.region, Placement: events.PlacementShared, Key: events.KeyChoice{Choice: events.KeyPlatform}, Backups: events.Backups7Days}
	if t.key != nil {
		created.Placement, created.Key = events.PlacementDedicated, events.KeyChoice{Choice: events.KeyCustomer, ARN: t.key.arn}
	} else if r.rng.Float64() < 0.3 {
		created.Placement, created.Key.Choice = events.PlacementDedicated, events.KeyAWSOwned
	}
	if t.key != nil && r.rng.Float64() < 0.2 {
		created.Return, t.key.approval = events.ReturnApproval, true
	}
	late := r.rng.Float64() < 0.3
	if !late {
		r.send(t, events.TypeTenantCreated, "", created.Sequence, created)
	}
	r.activate(t, products[0])
	if late {
		r.send(t, events.TypeTenantCreated, "", created.Sequence, created)
	}
}

func (r *run) subject(t *tenantTruth) events.Subject {
	r.serial++
	return events.Subject{Version: events.DetailVersion, TenantID: t.id, Sequence: int64(r.serial)}
}

func (r *run) activate(t *tenantTruth, product string) {
	s := r.subject(t)
	r.send(t, events.TypeProductActivated, product, s.Sequence, &events.ProductActivated{
		Subject: s, Product: product, License: r.license(), Configuration: map[string]string{"theme": "dark"}})
}

func (r *run) license() events.License {
	return events.License{Edition: fmt.Sprintf("edition-%d", r.rng.Int64N(1000)), Seats: 5}
}

// send puts a commerce event on the bus.
func (r *run) send(t *tenantTruth, detailType, product string, seq int64, detail any) {
	now := r.clock.Now()
	id := fmt.Sprintf("commerce-%d-%s", seq, t.id)
	t.sent = append(t.sent, sent{id: id, detailType: detailType, detail: detail, sequence: seq, product: product, at: now})
	r.put(events.Envelope{Version: "0", ID: id, DetailType: detailType, Source: events.SourceCommerce, Account: platform,
		Time: now, Region: regions[0], Detail: marshal(detail)})
}

func (r *run) put(env events.Envelope) {
	if _, err := r.cell.Put(env); err != nil {
		r.breaks("the simulation itself", "Put: %v", err)
	}
}

func marshal(v any) json.RawMessage { return json.RawMessage(compact(v)) }

// act lets one thing happen.
func (r *run) act() {
	type choice struct {
		weight float64
		do     func()
	}
	choices := []choice{
		{4, r.commerce}, {1, r.destroy}, {4, r.turnKey}, {1.5, r.scheduleDeletion}, {2, r.turnPolicy},
		{1, r.outage}, {1, r.forge}, {0.5, r.resend}, {0.5, r.failover}, {1.5, r.approve}, {0.3, r.revokeGrant},
	}
	var sum float64
	for _, c := range choices {
		sum += c.weight
	}
	x := r.rng.Float64() * sum
	for _, c := range choices {
		if x -= c.weight; x < 0 {
			c.do()
			return
		}
	}
}

func (r *run) anyTenant() *tenantTruth {
	return r.truth.tenants[r.rng.Int64N(int64(len(r.truth.tenants)))]
}

func (r *run) anyKey() *keyTruth {
	if len(r.truth.keys) == 0 {
		return nil
	}
	return r.truth.keys[r.rng.Int64N(int64(len(r.truth.keys)))]
}

// commerce changes something about a tenant's products; two such events may
// leave in the wrong order.
func (r *run) commerce() {
	t := r.anyTenant()
	for range 1 + r.rng.Int64N(3) {
		product := products[r.rng.Int64N(int64(len(products)))]
		s := r.subject(t)
		switch r.rng.Int64N(6) {
		case 0, 1:
			r.serial--
			r.activate(t, product)
		case 2:
			r.send(t, events.TypeProductDeactivated, product, s.Sequence, &events.ProductDeactivated{Subject: s, Product: product})
		case 3:
			r.send(t, events.TypeProductSuspended, product, s.Sequence, &events.ProductSuspended{Subject: s, Product: product, Reason: "unpaid"})
		case 4:
			r.send(t, events.TypeProductUnsuspended, product, s.Sequence, &events.ProductUnsuspended{Subject: s, Product: product})
		case 5:
			r.send(t, events.TypeLicenseUpdated, product, s.Sequence, &events.LicenseUpdated{Subject: s, Product: product, License: r.license()})
		}
	}
}

func (r *run) destroy() {
	if t := r.anyTenant(); r.rng.Float64() < 0.5 {
		s := r.subject(t)
		days := int(r.rng.Int64N(2))
		r.send(t, events.TypeTenantDestroyed, "", s.Sequence, &events.TenantDestroyed{Subject: s, GraceDays: &days})
	}
}

// resend sends an event again that was sent before, under the same id.
func (r *run) resend() {
	t := r.anyTenant()
	s := t.sent[r.rng.Int64N(int64(len(t.sent)))]
	r.put(events.Envelope{Version: "0", ID: s.id, DetailType: s.detailType, Source: events.SourceCommerce, Account: platform,
		Time: r.clock.Now(), Region: regions[0], Detail: marshal(s.detail)})
}

func (r *run) failover() {
	all := r.cell.Instances()
	if len(all) == 0 {
		return
	}
	i := all[r.rng.Int64N(int64(len(all)))]
	for _, region := range regions {
		_ = r.cell.RDS[region].Failover(r.ctx, "arn:aws:iam::"+platform+":role/operator", i.InstanceID) // refused where it is not, or cannot
	}
}
