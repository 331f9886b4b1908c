package awserror

import "latchkey/shared/coded"

// anyClasses are the errors that every service may answer, where its own table
// does not say otherwise; most are no typed ones of the SDK. Credentials that
// expired are fetched anew by the next call. [RDS, KMS, DynamoDB, EventBridge
// API references, Common errors]
var anyClasses = classes{
	coded.Pending: {"LimitExceededException"},
	coded.Retryable: {
		"BandwidthLimitExceeded", "EC2ThrottledException", "ExpiredToken", "ExpiredTokenException", "InternalError",
		"InternalFailure", "InternalServerError", "InternalServerException", "PriorRequestNotComplete",
		"ProvisionedThroughputExceededException", "RequestExpired", "RequestLimitExceeded", "RequestThrottled",
		"RequestThrottledException", "RequestTimeTooSkewed", "RequestTimeout", "RequestTimeoutException",
		"ServiceUnavailable", "ServiceUnavailableException", "SlowDown", "ThrottledException", "Throttling",
		"ThrottlingException", "TooManyRequestsException", "TransactionInProgressException",
	},
	coded.Invalid: {
		"InvalidParameterCombination", "InvalidParameterValue", "InvalidQueryParameter", "MissingParameter",
		"SerializationException", "ValidationError", "ValidationException",
	},
	coded.Internal: {
		"AccessDenied", "AccessDeniedException", "IncompleteSignature", "IncompleteSignatureException",
		"InvalidAction", "InvalidClientTokenId", "InvalidSignatureException", "MalformedQueryString",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired",
		"SignatureDoesNotMatch", "UnauthorizedOperation", "UnknownOperationException", "UnrecognizedClientException",
	},
}
