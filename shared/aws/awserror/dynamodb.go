package awserror

import "latchkey/shared/coded"

// dynamodbClasses are the errors of DynamoDB: every typed one of the SDK. A
// missing table or index is a defect of the deployment. A cancelled transaction
// is only as good as its reasons, which the catalog reads itself; without them
// it may be tried again. [DynamoDB guide, Error handling]
var dynamodbClasses = classes{
	coded.NotFound: {
		"BackupNotFoundException", "ExportNotFoundException", "GlobalTableNotFoundException", "ImportNotFoundException",
		"PolicyNotFoundException", "ReplicaNotFoundException",
	},
	coded.Conflict: {
		"ConditionalCheckFailedException", "DuplicateItemException", "ExportConflictException",
		"GlobalTableAlreadyExistsException", "ImportConflictException", "ReplicaAlreadyExistsException",
		"TableAlreadyExistsException",
	},
	coded.Pending: {
		"BackupInUseException", "ContinuousBackupsUnavailableException", "LimitExceededException",
		"PointInTimeRecoveryUnavailableException", "ResourceInUseException", "TableInUseException",
	},
	coded.Retryable: {
		"InternalServerError", "ProvisionedThroughputExceededException", "ReplicatedWriteConflictException",
		"RequestLimitExceeded", "ThrottlingException", "TransactionCanceledException", "TransactionConflictException",
		"TransactionInProgressException",
	},
	coded.Invalid: {
		"InvalidExportTimeException", "InvalidRestoreTimeException", "ItemCollectionSizeLimitExceededException",
	},
	coded.Internal: {
		"IdempotentParameterMismatchException", "IndexNotFoundException", "InvalidEndpointException",
		"ResourceNotFoundException", "TableNotFoundException",
	},
}
