package awserror

import "latchkey/shared/coded"

// eventbridgeClasses are the errors of EventBridge: every typed one of the SDK.
// [EventBridge API reference, errors of each action]
var eventbridgeClasses = classes{
	coded.NotFound: {
		"ResourceNotFoundException",
	},
	coded.Conflict: {
		"ResourceAlreadyExistsException",
	},
	coded.Pending: {
		"IllegalStatusException", "InvalidStateException", "LimitExceededException",
	},
	coded.Retryable: {
		"ConcurrentModificationException", "InternalException", "ThrottlingException",
	},
	coded.Invalid: {
		"InvalidEventPatternException", "ManagedRuleException", "OperationDisabledException",
		"PolicyLengthExceededException",
	},
	coded.Internal: {
		"AccessDeniedException",
	},
}
