package events

import "slices"

// KMSCallClass says what a KMS call is to a key.
type KMSCallClass string

// The classes.
const (
	KMSChange KMSCallClass = "change" // may change whether the key can be used
	KMSUse    KMSCallClass = "use"    // uses or looks at the key
)

// kmsCalls is the table of the calls that are understood. [KMS API reference;
// KMS guide, Logging AWS KMS API calls with CloudTrail]
var kmsCalls = []struct {
	name    string
	class   KMSCallClass
	meaning string
}{
	{"DisableKey", KMSChange, "the key can no longer be used"},
	{"EnableKey", KMSChange, "a disabled key can be used again"},
	{"ScheduleKeyDeletion", KMSChange, "the key can no longer be used and is deleted after a waiting period"},
	{"CancelKeyDeletion", KMSChange, "the deletion is off; the key is disabled until it is enabled"},
	{"PutKeyPolicy", KMSChange, "who may use the key changed"},
	{"CreateGrant", KMSChange, "somebody may use the key from now on"},
	{"RetireGrant", KMSChange, "a grant ended, by whom it was for"},
	{"RevokeGrant", KMSChange, "a grant ended, by the key's owner"},
	{"DeleteImportedKeyMaterial", KMSChange, "the key cannot be used until its material is imported again"},
	{"ImportKeyMaterial", KMSChange, "a key without material can be used again"},
	{"UpdatePrimaryRegion", KMSChange, "another region holds the primary of a multi-Region key"},
	{"ReplicateKey", KMSChange, "a multi-Region key has a new replica"},
	{"DisconnectCustomKeyStore", KMSChange, "no key of the store can be used"},
	{"ConnectCustomKeyStore", KMSChange, "the keys of the store can be used again"},
	{"DeleteCustomKeyStore", KMSChange, "the store is gone"},
	{"DisableKeyRotation", KMSChange, "the material is no longer rotated"},
	{"EnableKeyRotation", KMSChange, "the material is rotated from now on"},
	{"RotateKeyOnDemand", KMSChange, "the material is being rotated"},

	{"Decrypt", KMSUse, "something was decrypted"},
	{"DescribeKey", KMSUse, "somebody looked at the key"},
	{"Encrypt", KMSUse, "something was encrypted"},
	{"GenerateDataKey", KMSUse, "a data key was made"},
	{"GenerateDataKeyWithoutPlaintext", KMSUse, "an encrypted data key was made"},
	{"ReEncrypt", KMSUse, "something was encrypted anew"},
}

// KMSCallClassOf returns what a call is to a key, and false for a call that is
// not in the table.
func KMSCallClassOf(eventName string) (KMSCallClass, bool) {
	for _, c := range kmsCalls {
		if c.name == eventName {
			return c.class, true
		}
	}
	return "", false
}

// KMSCallMeaning returns what a call means for a key, in a few words, or "".
func KMSCallMeaning(eventName string) string {
	for _, c := range kmsCalls {
		if c.name == eventName {
			return c.meaning
		}
	}
	return ""
}

// KMSCalls returns the names of the calls of a class, in the order of the table.
func KMSCalls(class KMSCallClass) []string {
	var out []string
	for _, c := range kmsCalls {
		if c.class == class {
			out = append(out, c.name)
		}
	}
	return out
}

// Error codes by which KMS refuses a call because of the key or its policy, as
// CloudTrail records them. Codes that begin with AccessDenied count too. Other
// failures say nothing about the owner's will. [KMS API reference, errors of
// Decrypt and GenerateDataKey]
const accessDeniedPrefix = "AccessDenied"

var refusals = []string{"DisabledException", "KMSInvalidStateException", "NotFoundException"}

func refused(errorCode string) bool {
	return len(errorCode) >= len(accessDeniedPrefix) && errorCode[:len(accessDeniedPrefix)] == accessDeniedPrefix ||
		slices.Contains(refusals, errorCode)
}
