package fakekms

import (
	"time"

	"latchkey/shared/fake/faketrail"
)

const source = "kms.amazonaws.com"

// record gives a call to CloudTrail. A call that got no answer is not logged.
func (k *KMS) record(c *call, err error) {
	owner := part(c.arn, 4)
	account := c.who.account
	if account == "" {
		account = c.grantAccount
	}
	if !k.trail.Wanted(account, owner) {
		return
	}
	out := faketrail.Call{
		Source: source, Name: c.op.String(), Region: c.region, At: c.now, Caller: c.who.arn, CallerAccount: account,
		InvokedBy: c.invokedBy, Owner: owner, ReadOnly: readOnly.has(c.op),
		Request: c.params(), Response: c.response, Additional: c.additional,
	}
	if err != nil {
		e, ok := isService(err)
		if !ok {
			return
		}
		out.ErrorCode, out.ErrorMessage = e.Code, e.Message
	}
	if c.arn != "" {
		out.Resources = resources(c.arn)
	}
	if c.material != "" {
		out.Additional = map[string]any{"keyMaterialId": c.material}
	}
	k.trail.Record(out)
}

func resources(arn string) []faketrail.Resource {
	return []faketrail.Resource{{AccountID: part(arn, 4), Type: "AWS::KMS::Key", ARN: arn}}
}

// params returns the request parameters as CloudTrail shows them.
func (c *call) params() map[string]any {
	p := map[string]any{}
	for name, v := range c.request {
		p[name] = v
	}
	if c.op != opRetireGrant && !keyless.has(c.op) {
		p["keyId"] = c.arn
	}
	if cryptographic.has(c.op) {
		if len(c.ec) > 0 {
			p["encryptionContext"] = c.ec
		}
		switch c.op {
		case opEncrypt, opDecrypt:
			p["encryptionAlgorithm"] = specSymmetric
		default:
			p["keySpec"] = "AES_256"
		}
	}
	if c.dryRun {
		p["dryRun"] = true
	}
	if len(p) == 0 {
		return nil
	}
	return p
}

// metadata is a key as CloudTrail shows it in responses.
func (key *key) metadata() map[string]any {
	state := key.state()
	m := map[string]any{
		"aWSAccountId": key.Account, "keyId": key.ID, "arn": key.ARN, "creationDate": trailDate(key.CreatedAt),
		"enabled": state == "Enabled", "description": key.Description, "keyUsage": key.Usage, "keyState": state,
		"origin": key.Origin, "keyManager": key.Manager, "keySpec": key.Spec, "customerMasterKeySpec": key.Spec,
		"encryptionAlgorithms": []string{specSymmetric}, "multiRegion": key.MultiRegion,
	}
	if key.StoreID != "" {
		m["customKeyStoreId"] = key.StoreID
	}
	return m
}

// trailDate is how CloudTrail writes dates in parameters of KMS.
func trailDate(t time.Time) string { return t.UTC().Format("Jan 2, 2006, 3:04:05 PM") }
