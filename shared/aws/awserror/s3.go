package awserror

import "latchkey/shared/coded"

const serviceS3 = "S3"

// s3Classes are the errors of S3: every typed one of the SDK, and those that
// package objects/s3 meets and that have no type. A missing bucket, and a denied
// access, are defects of the deployment: of an object that is not there S3 says
// so to one who may list the bucket. [S3 API reference, Error responses; S3
// guide, Conditional requests]
var s3Classes = classes{
	coded.NotFound: {
		"NoSuchAnnotation", "NoSuchKey", "NoSuchUpload", "NotFound",
	},
	coded.Conflict: {
		"BucketAlreadyExists", "BucketAlreadyOwnedByYou", "PreconditionFailed",
	},
	coded.Pending: {
		"InvalidObjectState", "ObjectAlreadyInActiveTierError", "ObjectNotInActiveTierError",
	},
	coded.Retryable: {
		"ConditionalRequestConflict", "InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown",
	},
	coded.Invalid: {
		"AnnotationLimitExceeded", "AnnotationNameTooLong", "EncryptionTypeMismatch", "EntityTooLarge", "InvalidAnnotationName",
		"InvalidPrefix", "InvalidRange", "InvalidRequest", "InvalidWriteOffset", "KeyTooLongError", "TooManyParts",
		"UnsupportedMediaType",
	},
	coded.Internal: {
		"AccessDenied", "IdempotencyParameterMismatch", "NoSuchBucket", "PermanentRedirect",
	},
}
