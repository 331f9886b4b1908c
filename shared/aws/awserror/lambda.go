package awserror

import "latchkey/shared/coded"

// serviceLambda is the SDK's name of AWS Lambda.
const serviceLambda = "Lambda"

// lambdaClasses are the errors of Lambda: every typed one of the SDK. They are
// about the function that is called, which is ours: what it cannot reach for
// want of a key or a permission is a defect, and no verdict about a customer's
// key. What may pass by itself (a function that is being made ready, a network
// interface, a throttle) is tried again. [Lambda API reference, errors of each action]
var lambdaClasses = classes{
	coded.NotFound: {
		"CodeSigningConfigNotFoundException", "ProvisionedConcurrencyConfigNotFoundException", "ResourceNotFoundException",
	},
	coded.Conflict: {
		"DurableExecutionAlreadyStartedException", "NoPublishedVersionException", "PreconditionFailedException",
	},
	coded.Pending: {
		"AliasLimitExceededException", "CapacityProviderLimitExceededException", "CodeStorageExceededException",
		"FunctionVersionsPerCapacityProviderLimitExceededException", "ServiceQuotaExceededException",
	},
	coded.Retryable: {
		"CodeArtifactUserPendingException", "EC2ThrottledException", "EC2UnexpectedException", "EFSIOException",
		"EFSMountConnectivityException", "EFSMountTimeoutException", "ENILimitReachedException", "ENINotReadyException",
		"ResourceConflictException", "ResourceInUseException", "ResourceNotReadyException",
		"S3FilesMountConnectivityException", "S3FilesMountTimeoutException", "ServiceException",
		"SnapStartNotReadyException", "SnapStartTimeoutException", "SubnetIPAddressLimitReachedException",
		"TooManyRequestsException",
	},
	coded.Invalid: {
		"CallbackTimeoutException", "InvalidParameterValueException", "InvalidRequestContentException",
		"ModeNotSupportedException", "PolicyLengthExceededException", "PublicPolicyException", "RequestTooLargeException",
		"SerializedRequestEntityTooLargeException", "UnsupportedMediaTypeException",
	},
	coded.Internal: {
		"AccessDeniedException", "CodeArtifactUserDeletedException", "CodeArtifactUserFailedException",
		"CodeVerificationFailedException", "EC2AccessDeniedException", "EFSMountFailureException",
		"InvalidCodeSignatureException", "InvalidRuntimeException", "InvalidSecurityGroupIDException",
		"InvalidSubnetIDException", "InvalidZipFileException", "KMSAccessDeniedException", "KMSDisabledException",
		"KMSInvalidStateException", "KMSNotFoundException", "RecursiveInvocationException", "S3FilesMountFailureException",
		"SnapStartException", "SnapStartRegenerationFailureException",
	},
}
