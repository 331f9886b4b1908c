package events

import (
	"encoding/json"
	"strings"

	"latchkey/shared/coded"
)

// KMSCall is the detail of a KMS API call via CloudTrail. [KMS guide, Logging
// AWS KMS API calls with CloudTrail]
type KMSCall struct {
	CloudTrailRecord
	RequestParameters   *KMSRequest    `json:"requestParameters"` // nil where CloudTrail has null
	AdditionalEventData *KMSAdditional `json:"additionalEventData,omitempty"`
}

// KMSRequest holds the request parameters that the rules look at.
type KMSRequest struct {
	KeyID               string            `json:"keyId,omitempty"` // key id, key ARN, alias name or alias ARN
	GrantID             string            `json:"grantId,omitempty"`
	GranteePrincipal    string            `json:"granteePrincipal,omitempty"`
	CustomKeyStoreID    string            `json:"customKeyStoreId,omitempty"`
	PendingWindowInDays int               `json:"pendingWindowInDays,omitempty"`
	EncryptionContext   map[string]string `json:"encryptionContext,omitempty"`
	PolicyName          string            `json:"policyName,omitempty"`
	PrimaryRegion       string            `json:"primaryRegion,omitempty"`
	ReplicaRegion       string            `json:"replicaRegion,omitempty"`
}

// KMSAdditional is additionalEventData of a KMS call.
type KMSAdditional struct {
	KeyMaterialID    string `json:"keyMaterialId,omitempty"`
	GrantID          string `json:"grantId,omitempty"` // of RetireGrant, whose request parameters are null
	CustomKeyStoreID string `json:"customKeyStoreId,omitempty"`
}

// Failed reports whether the call was refused or went wrong. A DryRun call that
// would have succeeded counts as failed too (DryRunOperationException): it
// changed nothing.
func (c *KMSCall) Failed() bool { return c.ErrorCode != "" || c.ErrorMessage != "" }

// Refused reports whether KMS refused the call because of the key or its
// policy, by error code: denied, disabled, in a state that forbids it, or gone.
func (c *KMSCall) Refused() bool { return refused(c.ErrorCode) }

// Class returns what the call is to a key.
func (c *KMSCall) Class() KMSCallClass {
	class, _ := KMSCallClassOf(c.EventName)
	return class
}

// KeyARN returns the ARN of the key that the call is about: from resources,
// else from requestParameters.keyId where that is a key ARN, else made of a
// bare key id, the record's region and account (the envelope's). It is false
// where the record names an alias, a custom key store or no key at all.
func (c *KMSCall) KeyARN(account string) (string, bool) {
	for _, r := range c.Resources {
		if r.Type != "" && r.Type != "AWS::KMS::Key" { // records before version 1.05 have no type
			continue
		}
		if a, err := ParseKeyARN(r.ARN); err == nil {
			return a.String(), true
		}
	}
	if c.RequestParameters == nil {
		return "", false
	}
	id := c.RequestParameters.KeyID
	if strings.HasPrefix(id, "arn:") {
		a, err := ParseKeyARN(id)
		if err != nil {
			return "", false
		}
		return a.String(), true
	}
	if !keyIDForm.MatchString(id) || !accountForm.MatchString(account) {
		return "", false
	}
	return KeyARN{Partition: "aws", Region: c.AWSRegion, Account: account, KeyID: id}.String(), true
}

// GrantID returns the grant that the call made or ended, or "".
func (c *KMSCall) GrantID() string {
	if c.RequestParameters != nil && c.RequestParameters.GrantID != "" {
		return c.RequestParameters.GrantID
	}
	if c.AdditionalEventData != nil && c.AdditionalEventData.GrantID != "" {
		return c.AdditionalEventData.GrantID
	}
	var made struct {
		GrantID string `json:"grantId"`
	}
	if json.Unmarshal(c.ResponseElements, &made) != nil {
		return ""
	}
	return made.GrantID
}

// CustomKeyStoreID returns the custom key store that the call is about, or
// that holds its key, or "".
func (c *KMSCall) CustomKeyStoreID() string {
	if c.RequestParameters != nil && c.RequestParameters.CustomKeyStoreID != "" {
		return c.RequestParameters.CustomKeyStoreID
	}
	if c.AdditionalEventData != nil {
		return c.AdditionalEventData.CustomKeyStoreID
	}
	return ""
}

// KMSKeyEvent is the detail of KMS's own events: KMS CMK Rotation, KMS Imported
// Key Material Expiration and KMS CMK Deletion. [KMS guide, Monitor KMS keys
// with Amazon EventBridge]
type KMSKeyEvent struct {
	KeyID string `json:"key-id"`
}

// KeyARN returns the ARN of the key: the event's first resource.
func (e *KMSKeyEvent) KeyARN(env Envelope) (string, bool) {
	if len(env.Resources) == 0 {
		return "", false
	}
	a, err := ParseKeyARN(env.Resources[0])
	if err != nil || a.KeyID != e.KeyID {
		return "", false
	}
	return a.String(), true
}

// ValidateIn checks that the event's first resource is the ARN of the same key.
func (e *KMSKeyEvent) ValidateIn(env Envelope) error {
	const hint = "KMS names the key's ARN as the event's first resource"
	if len(env.Resources) == 0 {
		return coded.Field("resources", hint, "is empty")
	}
	a, err := ParseKeyARN(env.Resources[0])
	if err != nil {
		return inField("resources[0]", err)
	}
	if a.KeyID != e.KeyID {
		return coded.Field("detail.key-id", hint, "is %q, but the event is about %q", clip(e.KeyID), a.KeyID)
	}
	return nil
}
