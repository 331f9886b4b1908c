package awserror

import "latchkey/shared/coded"

// kmsClasses are the errors of KMS: every typed one of the SDK, and
// AccessDeniedException, which is no typed one. KeyUnavailableException,
// DependencyTimeoutException and KMSInternalException say nothing about the
// customer's will. What an error means for a key's standing is decided in package
// customerkey, not here. [KMS API reference, errors of each action, Common errors]
var kmsClasses = classes{
	allowed: {
		"DryRunOperationException",
	},
	coded.KeyAccess: {
		"AccessDeniedException", "DisabledException", "KMSInvalidStateException",
	},
	coded.NotFound: {
		"CloudHsmClusterNotFoundException", "CustomKeyStoreNotFoundException", "NotFoundException",
		"XksKeyNotFoundException", "XksProxyVpcEndpointServiceNotFoundException",
	},
	coded.Conflict: {
		"AlreadyExistsException", "CloudHsmClusterInUseException", "ConflictException", "CustomKeyStoreHasCMKsException",
		"CustomKeyStoreNameInUseException", "XksKeyAlreadyInUseException", "XksProxyUriEndpointInUseException",
		"XksProxyUriInUseException", "XksProxyVpcEndpointServiceInUseException",
	},
	coded.Pending: {
		"CloudHsmClusterNotActiveException", "CustomKeyStoreInvalidStateException", "LimitExceededException",
	},
	coded.Retryable: {
		"DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException", "XksProxyUriUnreachableException",
	},
	coded.Invalid: {
		"CloudHsmClusterInvalidConfigurationException", "CloudHsmClusterNotRelatedException",
		"ExpiredImportTokenException", "IncorrectKeyException", "IncorrectKeyMaterialException",
		"IncorrectTrustAnchorException", "InvalidAliasNameException", "InvalidArnException", "InvalidCiphertextException",
		"InvalidGrantIdException", "InvalidGrantTokenException", "InvalidImportTokenException", "InvalidKeyUsageException",
		"InvalidMarkerException", "KMSInvalidMacException", "KMSInvalidSignatureException",
		"MalformedPolicyDocumentException", "TagException", "UnsupportedOperationException",
		"XksKeyInvalidConfigurationException", "XksProxyIncorrectAuthenticationCredentialException",
		"XksProxyInvalidConfigurationException", "XksProxyInvalidResponseException",
		"XksProxyVpcEndpointServiceInvalidConfigurationException",
	},
}
