package fakekms

import (
	"strings"

	"latchkey/shared/customerkey"
)

// operation is one API operation of KMS.
type operation uint8

// The operations of the twin.
const (
	opCreateKey operation = iota
	opDescribeKey
	opEnableKey
	opDisableKey
	opScheduleKeyDeletion
	opCancelKeyDeletion
	opPutKeyPolicy
	opGetKeyPolicy
	opCreateGrant
	opListGrants
	opRetireGrant
	opRevokeGrant
	opImportKeyMaterial
	opDeleteImportedKeyMaterial
	opEnableKeyRotation
	opDisableKeyRotation
	opRotateKeyOnDemand
	opReplicateKey
	opUpdatePrimaryRegion
	opCreateCustomKeyStore
	opConnectCustomKeyStore
	opDisconnectCustomKeyStore
	opDeleteCustomKeyStore
	opEncrypt
	opDecrypt
	opGenerateDataKey
	opGenerateDataKeyWithoutPlaintext
	operations
)

var operationNames = [operations]string{
	"CreateKey", "DescribeKey", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion",
	"PutKeyPolicy", "GetKeyPolicy", "CreateGrant", "ListGrants", "RetireGrant", "RevokeGrant",
	"ImportKeyMaterial", "DeleteImportedKeyMaterial", "EnableKeyRotation", "DisableKeyRotation",
	"RotateKeyOnDemand", "ReplicateKey", "UpdatePrimaryRegion", "CreateCustomKeyStore",
	"ConnectCustomKeyStore", "DisconnectCustomKeyStore", "DeleteCustomKeyStore",
	"Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
}

// String returns AWS's name of the operation.
func (o operation) String() string { return operationNames[o] }

// operationSet is a set of operations.
type operationSet uint32

func (s operationSet) has(o operation) bool { return s&(1<<o) != 0 }

func setOf(ops ...operation) operationSet {
	var s operationSet
	for _, o := range ops {
		s |= 1 << o
	}
	return s
}

// operationNamed returns the operation of an API name.
func operationNamed(name string) (operation, bool) {
	for o, n := range operationNames {
		if n == name {
			return operation(o), true
		}
	}
	return 0, false
}

// matching returns the operations that a policy's action names: "kms:Decrypt",
// "kms:GenerateDataKey*", "kms:*" or "*". An action of another name (of
// another service, or of an operation that the twin does not have) allows
// nothing here.
func matching(action string) operationSet {
	var s operationSet
	for o, n := range operationNames {
		if glob(strings.ToLower(action), strings.ToLower("kms:"+n)) {
			s |= 1 << o
		}
	}
	return s
}

// Groups of operations.
var (
	readOnly = setOf(opDescribeKey, opGetKeyPolicy, opListGrants, opEncrypt, opDecrypt,
		opGenerateDataKey, opGenerateDataKeyWithoutPlaintext)
	cryptographic = setOf(opEncrypt, opDecrypt, opGenerateDataKey, opGenerateDataKeyWithoutPlaintext)
	// crossAccount may be called on a key of another account. [KMS API reference,
	// "Cross-account use" of each operation]
	crossAccount = cryptographic | setOf(opDescribeKey, opCreateGrant, opListGrants, opRetireGrant, opRevokeGrant)
	// latest read and write the key as it is now; the others see it as it has
	// reached their caller.
	latest = ^(cryptographic | setOf(opDescribeKey, opCreateGrant, opListGrants))
	// keyless are not about one key.
	keyless = setOf(opCreateKey, opCreateCustomKeyStore, opConnectCustomKeyStore, opDisconnectCustomKeyStore, opDeleteCustomKeyStore)
	// grantable may be listed in a grant. [KMS API reference, CreateGrant]
	grantable = cryptographic | setOf(opDescribeKey, opCreateGrant, opRetireGrant)
)

// verdict says how a key state affects an operation.
type verdict uint8

const (
	works             verdict = iota
	isDisabled                // [1] DisabledException: … is disabled.
	pendingDeletion           // [3] KMSInvalidStateException: … is pending deletion.
	notPending                // [4] KMSInvalidStateException: … is not pending deletion.
	pendingImport             // [5] KMSInvalidStateException: … is pending import.
	wrongOrigin               // [6] UnsupportedOperationException: … origin is EXTERNAL …
	storeUnsupported          // [7], [9] UnsupportedOperationException
	unavailable               // [11] KMSInvalidStateException: … is unavailable.
	creating                  // [14] KMSInvalidStateException: … is creating.
	updating                  // [15] KMSInvalidStateException: … is updating.
	deletionInProcess         // [8] KMSInvalidStateException, on import into a key pending deletion
)

// stateColumn gives the column of a state in stateTable.
func stateColumn(state string) int {
	switch state {
	case customerkey.StateDisabled:
		return 1
	case customerkey.StatePendingDeletion, customerkey.StatePendingReplicaDeletion:
		return 2
	case customerkey.StatePendingImport:
		return 3
	case customerkey.StateUnavailable:
		return 4
	case customerkey.StateCreating:
		return 5
	case customerkey.StateUpdating:
		return 6
	}
	return 0
}

// used is the row of every operation that uses the key's material. For a key
// pending deletion the guide allows DisabledException or
// KMSInvalidStateException; the twin answers the latter.
var used = [7]verdict{works, isDisabled, pendingDeletion, pendingImport, unavailable, creating, works}

var always = [7]verdict{}

// stateTable says how each key state affects each operation on a key. Columns:
// Enabled, Disabled, PendingDeletion and PendingReplicaDeletion, PendingImport,
// Unavailable, Creating, Updating. [KMS guide, Key states of AWS KMS keys, Key
// state table; RotateKeyOnDemand follows EnableKeyRotation]
var stateTable = [operations][7]verdict{
	opDescribeKey:                     always,
	opEnableKey:                       {works, works, pendingDeletion, pendingImport, works, creating, updating},
	opDisableKey:                      {works, works, pendingDeletion, pendingImport, works, creating, updating},
	opScheduleKeyDeletion:             {works, works, pendingDeletion, works, works, works, updating},
	opCancelKeyDeletion:               {notPending, notPending, works, notPending, notPending, notPending, notPending},
	opPutKeyPolicy:                    always,
	opGetKeyPolicy:                    always,
	opCreateGrant:                     {works, isDisabled, pendingDeletion, pendingImport, works, creating, works},
	opListGrants:                      always,
	opRetireGrant:                     always,
	opRevokeGrant:                     always,
	opImportKeyMaterial:               {works, works, deletionInProcess, works, storeUnsupported, creating, works},
	opDeleteImportedKeyMaterial:       {works, works, works, works, storeUnsupported, creating, updating},
	opEnableKeyRotation:               {works, isDisabled, pendingDeletion, wrongOrigin, storeUnsupported, creating, works},
	opDisableKeyRotation:              {works, isDisabled, pendingDeletion, wrongOrigin, storeUnsupported, creating, works},
	opRotateKeyOnDemand:               {works, isDisabled, pendingDeletion, wrongOrigin, storeUnsupported, creating, works},
	opReplicateKey:                    {works, isDisabled, pendingDeletion, pendingImport, storeUnsupported, creating, updating},
	opUpdatePrimaryRegion:             {works, isDisabled, pendingDeletion, pendingImport, storeUnsupported, creating, works},
	opEncrypt:                         used,
	opDecrypt:                         used,
	opGenerateDataKey:                 used,
	opGenerateDataKeyWithoutPlaintext: used,
}

// verdictErrors gives code and message of each verdict, in AWS's words.
var verdictErrors = [...]struct{ code, message string }{
	isDisabled:        {customerkey.CodeDisabled, "%s is disabled."},
	pendingDeletion:   {customerkey.CodeInvalidState, "%s is pending deletion."},
	notPending:        {customerkey.CodeInvalidState, "%s is not pending deletion."},
	pendingImport:     {customerkey.CodeInvalidState, "%s is pending import."},
	wrongOrigin:       {CodeUnsupportedOperation, "%s origin is EXTERNAL which is not valid for this operation."},
	storeUnsupported:  {CodeUnsupportedOperation, "%s origin is not valid for this operation."},
	unavailable:       {customerkey.CodeInvalidState, "%s is unavailable."},
	creating:          {customerkey.CodeInvalidState, "%s is creating."},
	updating:          {customerkey.CodeInvalidState, "%s is updating."},
	deletionInProcess: {customerkey.CodeInvalidState, "%s is pending deletion."},
}

// checkState returns the error that the state gives an operation, or nil.
func checkState(o operation, arn, state string) error {
	v := stateTable[o][stateColumn(state)]
	if v == works {
		return nil
	}
	e := verdictErrors[v]
	return failf(o, e.code, e.message, arn)
}
