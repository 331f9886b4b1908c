package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey"
)

// sent is one commerce event as commerce meant it.
type sent struct {
	env      events.Envelope
	sequence int64
	product  string
	detail   any
}

func (c *customer) subject() events.Subject {
	c.sequence++
	return events.Subject{Version: events.DetailVersion, TenantID: c.id, Sequence: c.sequence}
}

// event makes a commerce event and notes it as meant; put sends it.
func (s *story) event(c *customer, detailType, product string, sequence int64, detail any) events.Envelope {
	env := s.envelope(fmt.Sprintf("commerce-%s-%d", c.id, sequence), events.SourceCommerce, detailType, detail)
	c.sent = append(c.sent, sent{env: env, sequence: sequence, product: product, detail: detail})
	return env
}

func (s *story) envelope(id, source, detailType string, detail any) events.Envelope {
	body, err := json.Marshal(detail)
	s.fail("writing an event", err)
	return events.Envelope{Version: "0", ID: id, DetailType: detailType, Source: source, Account: platform,
		Time: s.clock.Now(), Region: regions[0], Detail: body}
}

// put sends an event, and notes that it must arrive. It returns how many
// functions get it.
func (s *story) put(env events.Envelope) int {
	if s.err != nil {
		return 0
	}
	n, err := s.cell.Put(env)
	s.fail("putting an event", err)
	if n > 0 {
		s.watch.expect(env)
	}
	return n
}

// again sends an event a second time, as EventBridge may.
func (s *story) again(env events.Envelope) {
	s.put(env)
	s.watch.repeats++
}

func (s *story) created(c *customer) events.Envelope {
	e := &events.TenantCreated{Subject: c.subject(), Name: c.id, Hosts: []string{c.id + ".example.com"},
		Region: c.region, Placement: c.placement, Key: events.KeyChoice{Choice: c.choice}, Return: c.back, Backups: c.backups}
	if c.key != nil {
		e.Key.ARN = c.key.arn
	}
	return s.event(c, events.TypeTenantCreated, "", e.Sequence, e)
}

func (s *story) activated(c *customer, product string) events.Envelope {
	e := &events.ProductActivated{Subject: c.subject(), Product: product, License: events.License{Edition: "standard", Seats: 25},
		Configuration: map[string]string{"theme": "light"}, Groups: []string{product + "-users"}}
	return s.event(c, events.TypeProductActivated, product, e.Sequence, e)
}

func (s *story) license(c *customer, product, edition string, seats int) events.Envelope {
	e := &events.LicenseUpdated{Subject: c.subject(), Product: product, License: events.License{Edition: edition, Seats: seats}}
	return s.event(c, events.TypeLicenseUpdated, product, e.Sequence, e)
}

func (s *story) destroy(c *customer, graceDays int) {
	e := &events.TenantDestroyed{Subject: c.subject(), GraceDays: &graceDays}
	s.put(s.event(c, events.TypeTenantDestroyed, "", e.Sequence, e))
	c.destroyed = true
}

// revoke notes that the owner of a key has taken it away.
func (s *story) revoke(k *key, doing string, err error) {
	s.fail(doing, err)
	if k.revokedAt.IsZero() {
		k.revokedAt, k.reported = s.clock.Now(), k.forwards && doing != "PutKeyPolicy"
	}
}

func (s *story) disable(k *key) {
	if s.err == nil {
		s.revoke(k, "DisableKey", s.cell.KMS.DisableKey(s.ctx, k.admin(), k.arn))
	}
}

func (s *story) enable(k *key) {
	if s.err == nil {
		s.fail("EnableKey", s.cell.KMS.EnableKey(s.ctx, k.admin(), k.arn))
		k.revokedAt = time.Time{}
	}
}

// setPolicy lets the platform in, but for one statement, or shuts it out.
func (s *story) setPolicy(k *key, allow bool, without string) {
	if s.err != nil {
		return
	}
	err := s.cell.KMS.PutKeyPolicy(s.ctx, k.admin(), k.arn, s.policy(k, allow, without))
	if allow {
		s.fail("PutKeyPolicy", err)
		k.revokedAt = time.Time{}
		return
	}
	s.revoke(k, "PutKeyPolicy", err)
}

// policy returns a key policy with what the preflight asks for, less one statement.
func (s *story) policy(k *key, allow bool, without string) string {
	statements := []map[string]any{{
		"Sid": "AccountAdministers", "Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::" + k.account + ":root"},
		"Action": "kms:*", "Resource": "*",
	}}
	if allow {
		var ours []map[string]any
		asked := customerkey.Statement(customerkey.Want{TenantID: k.owner.id, Region: k.region, PlatformAccount: platform})
		s.fail("reading the statements that the preflight asks for", json.Unmarshal([]byte(asked), &ours))
		ours = slices.DeleteFunc(ours, func(st map[string]any) bool { return st["Sid"] == without })
		statements = append(statements, ours...)
	}
	body, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	s.fail("writing a key policy", err)
	return string(body)
}

// cloudTrailCall is a KMS call as CloudTrail records it, in the key's account.
func (s *story) cloudTrailCall(k *key, id, name, errorCode string) map[string]any {
	call := map[string]any{
		"eventVersion": "1.11", "eventTime": s.clock.Now().Format(time.RFC3339), "eventSource": "kms.amazonaws.com",
		"eventName": name, "awsRegion": k.region, "eventID": id, "eventType": "AwsApiCall", "recipientAccountId": k.account,
		"userIdentity":      map[string]any{"type": "IAMUser", "accountId": k.account, "arn": k.admin(), "principalId": "AIDAEXAMPLE"},
		"requestParameters": map[string]any{"keyId": k.arn}, "responseElements": nil,
		"resources": []any{map[string]any{"accountId": k.account, "type": "AWS::KMS::Key", "ARN": k.arn}},
	}
	if errorCode != "" {
		call["errorCode"] = errorCode
	}
	return call
}
