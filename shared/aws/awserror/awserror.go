// Package awserror is the one place that says what an error of AWS means. It
// goes by the error code that the service answered, never by the text of a
// message, and by which service answered: an AccessDeniedException of STS, met
// while fetching credentials for a call of KMS, is no verdict about a key.
//
// One table for each service holds every error that the SDK has a type for, so
// that a new version of the SDK with a new error fails a test here.
package awserror

import (
	"context"
	"errors"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// Names of the services, as the SDK's ServiceID constants give them.
const (
	serviceRDS         = "RDS"
	serviceKMS         = "KMS"
	serviceDynamoDB    = "DynamoDB"
	serviceEventBridge = "EventBridge"
)

// allowed is the class of DryRunOperationException: the call would have
// succeeded. [KMS guide, Testing your permissions]
const allowed coded.Code = ""

// classes lists error codes by what they mean.
type classes map[coded.Code][]string

// byCode turns classes around.
func (c classes) byCode() map[string]coded.Code {
	m := map[string]coded.Code{}
	for class, codes := range c {
		for _, code := range codes {
			m[code] = class
		}
	}
	return m
}

// services holds the classes of each service's errors, by service and code.
var services = map[string]map[string]coded.Code{
	serviceRDS:            rdsClasses.byCode(),
	serviceKMS:            kmsClasses.byCode(),
	serviceDynamoDB:       dynamodbClasses.byCode(),
	serviceEventBridge:    eventbridgeClasses.byCode(),
	serviceSecretsManager: secretsmanagerClasses.byCode(),
	serviceLambda:         lambdaClasses.byCode(),
	serviceS3:             s3Classes.byCode(),
}

var anyService = anyClasses.byCode()

// Classify returns what an error of the SDK means; "" for nil, and for a dry run
// that found the call allowed. An error that no service answered (a time-out, a
// broken connection, an ended context) is retryable. One with an unknown code is
// retryable if it is the server's fault, else internal.
func Classify(err error) coded.Code {
	if err == nil {
		return allowed
	}
	service, api := answer(err)
	if api == nil {
		return classifyUnanswered(err)
	}
	code := canonical(service, api.ErrorCode())
	if class, ok := services[service][code]; ok {
		return class
	}
	if class, ok := anyService[code]; ok {
		return class
	}
	var res *awshttp.ResponseError
	if errors.As(err, &res) && (res.HTTPStatusCode() >= 500 || res.HTTPStatusCode() == http.StatusTooManyRequests) {
		return coded.Retryable
	}
	if api.ErrorFault() == smithy.FaultServer {
		return coded.Retryable
	}
	return coded.Internal
}

// classifyUnanswered classifies an error that came from this side of the wire.
func classifyUnanswered(err error) coded.Code {
	var (
		send     *smithyhttp.RequestSendError
		broken   *smithy.DeserializationError
		canceled *smithy.CanceledError
		res      *smithyhttp.ResponseError
		timeout  interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &send), errors.As(err, &broken), errors.As(err, &canceled), errors.As(err, &res),
		errors.As(err, &timeout) && timeout.Timeout():
		return coded.Retryable
	}
	return coded.Internal
}

// Code returns the error code that a service answered, or "".
func Code(err error) string {
	service, api := answer(err)
	if api == nil {
		return ""
	}
	return canonical(service, api.ErrorCode())
}

// Wrap returns err as a coded error with its class; the formatted message says
// what was being done. It returns nil for nil and for a dry run that found the
// call allowed.
func Wrap(err error, format string, args ...any) error {
	class := Classify(err)
	if class == allowed {
		return nil
	}
	return coded.Wrap(class, err, format, args...)
}

// KMS returns an error of the operation as package customerkey wants it: a
// *customerkey.ServiceError if KMS itself answered, nil if KMS answered that the
// dry run would have succeeded, and otherwise a retryable or internal error.
func KMS(operation string, err error) error {
	if api := answerOf(err, serviceKMS); api != nil {
		code := canonical(serviceKMS, api.ErrorCode())
		if class, ok := services[serviceKMS][code]; ok && class == allowed {
			return nil
		}
		return &customerkey.ServiceError{Operation: operation, Code: code, Message: api.ErrorMessage()}
	}
	return Wrap(err, "kms %s", operation)
}

// RDS returns an error of the operation as package database wants it: a
// *database.ServiceError if RDS itself answered, and otherwise a retryable or
// internal error.
func RDS(operation string, err error) error {
	if api := answerOf(err, serviceRDS); api != nil {
		return &database.ServiceError{Operation: operation, Code: canonical(serviceRDS, api.ErrorCode()), Message: api.ErrorMessage()}
	}
	return Wrap(err, "rds %s", operation)
}

// answer returns the error that a service answered and which service it was:
// the innermost call, where one call needed another. What did not come as the
// answer to a signed request is none: some sources of credentials fail with
// errors that have codes too.
func answer(err error) (service string, api smithy.APIError) {
	var op *smithy.OperationError
	for errors.As(err, &op) {
		service, err = op.ServiceID, op.Err
	}
	var res *awshttp.ResponseError
	if errors.As(err, &res) {
		errors.As(res, &api)
	}
	return service, api
}

// answerOf returns the error that this service answered, or nil.
func answerOf(err error, want string) smithy.APIError {
	if service, api := answer(err); service == want {
		return api
	}
	return nil
}

// canonical returns a code as the service's table has it: RDS answers some codes
// with and some without "Fault" at the end, and not always as documented.
func canonical(service, code string) string {
	table := services[service]
	if _, ok := table[code]; ok || service != serviceRDS {
		return code
	}
	if short := strings.TrimSuffix(code, "Fault"); short != code {
		if _, ok := table[short]; ok {
			return short
		}
	} else if _, ok := table[code+"Fault"]; ok {
		return code + "Fault"
	}
	return code
}
