package awserror

import "latchkey/shared/coded"

// serviceSecretsManager is the SDK's name of AWS Secrets Manager.
const serviceSecretsManager = "Secrets Manager"

// secretsmanagerClasses are the errors of Secrets Manager: every typed one of
// the SDK. The secrets that are read are under the platform's own key, so that
// one which cannot be decrypted is no verdict about a customer's key.
// [Secrets Manager API reference, errors of each action]
var secretsmanagerClasses = classes{
	coded.NotFound: {
		"ResourceNotFoundException",
	},
	coded.Conflict: {
		"InvalidRequestException", "ResourceExistsException",
	},
	coded.Pending: {
		"LimitExceededException", "PreconditionNotMetException",
	},
	coded.Retryable: {
		"InternalServiceError",
	},
	coded.Invalid: {
		"InvalidNextTokenException", "InvalidParameterException", "MalformedPolicyDocumentException",
		"PublicPolicyException",
	},
	coded.Internal: {
		"AccessDeniedException", "DecryptionFailure", "EncryptionFailure",
	},
}
