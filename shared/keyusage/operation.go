package keyusage

// Class tells operations apart by what they do with a key.
type Class string

// The classes. An operation that is not in the table is Other.
const (
	Crypto Class = "crypto" // uses the key's material
	Manage Class = "manage" // changes the key, its policy, its grants
	Read   Class = "read"   // asks about it
	Other  Class = "other"
)

// operation is one of KMS's. context says that it takes an encryption context
// with a symmetric key, so that its absence means something.
type operation struct {
	class   Class
	context bool
}

// ReEncrypt is recorded as its two halves, named as the permissions are.
const (
	ReEncrypt     = "ReEncrypt"
	ReEncryptFrom = "ReEncryptFrom"
	ReEncryptTo   = "ReEncryptTo"
)

// operations is the table of KMS's operations. [KMS API reference, Actions;
// KMS guide, AWS KMS cryptographic operations, Encryption context]
var operations = map[string]operation{
	"Decrypt":                             {Crypto, true},
	"Encrypt":                             {Crypto, true},
	"GenerateDataKey":                     {Crypto, true},
	"GenerateDataKeyWithoutPlaintext":     {Crypto, true},
	"GenerateDataKeyPair":                 {Crypto, true},
	"GenerateDataKeyPairWithoutPlaintext": {Crypto, true},
	ReEncrypt:                             {Crypto, true},
	ReEncryptFrom:                         {Crypto, true},
	ReEncryptTo:                           {Crypto, true},
	"Sign":                                {Crypto, false},
	"Verify":                              {Crypto, false},
	"GenerateMac":                         {Crypto, false},
	"VerifyMac":                           {Crypto, false},
	"DeriveSharedSecret":                  {Crypto, false},

	"CancelKeyDeletion":         {Manage, false},
	"ConnectCustomKeyStore":     {Manage, false},
	"CreateAlias":               {Manage, false},
	"CreateCustomKeyStore":      {Manage, false},
	"CreateGrant":               {Manage, false},
	"CreateKey":                 {Manage, false},
	"DeleteAlias":               {Manage, false},
	"DeleteCustomKeyStore":      {Manage, false},
	"DeleteImportedKeyMaterial": {Manage, false},
	"DeleteExpiredKeyMaterial":  {Manage, false}, // KMS's own event
	"DeleteKey":                 {Manage, false}, // KMS's own event when the waiting period is over
	"DisableKey":                {Manage, false},
	"DisableKeyRotation":        {Manage, false},
	"DisconnectCustomKeyStore":  {Manage, false},
	"EnableKey":                 {Manage, false},
	"EnableKeyRotation":         {Manage, false},
	"ImportKeyMaterial":         {Manage, false},
	"PutKeyPolicy":              {Manage, false},
	"ReplicateKey":              {Manage, false},
	"RetireGrant":               {Manage, false},
	"RevokeGrant":               {Manage, false},
	"RotateKey":                 {Manage, false}, // KMS's own event
	"RotateKeyOnDemand":         {Manage, false},
	"ScheduleKeyDeletion":       {Manage, false},
	"SynchronizeMultiRegionKey": {Manage, false}, // KMS's own event
	"TagResource":               {Manage, false},
	"UntagResource":             {Manage, false},
	"UpdateAlias":               {Manage, false},
	"UpdateCustomKeyStore":      {Manage, false},
	"UpdateKeyDescription":      {Manage, false},
	"UpdatePrimaryRegion":       {Manage, false},

	"DescribeCustomKeyStores": {Read, false},
	"DescribeKey":             {Read, false},
	"GenerateRandom":          {Read, false}, // uses no key
	"GetKeyPolicy":            {Read, false},
	"GetKeyRotationStatus":    {Read, false},
	"GetParametersForImport":  {Read, false},
	"GetPublicKey":            {Read, false},
	"ListAliases":             {Read, false},
	"ListGrants":              {Read, false},
	"ListKeyPolicies":         {Read, false},
	"ListKeyRotations":        {Read, false},
	"ListKeys":                {Read, false},
	"ListResourceTags":        {Read, false},
	"ListRetirableGrants":     {Read, false},
}

// ClassOf returns an operation's class.
func ClassOf(name string) Class {
	if op, known := operations[name]; known {
		return op.class
	}
	return Other
}
