package awserror

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
)

// in wraps err as an operation of a service does.
func in(service string, err error) error {
	return &smithy.OperationError{ServiceID: service, OperationName: "Do", Err: err}
}

// answered is an error that a service answered with an HTTP status.
func answered(service string, status int, code string) error {
	return answeredAs(service, status, &smithy.GenericAPIError{Code: code, Message: "why"})
}

func answeredAs(service string, status int, err error) error {
	return in(service, &awshttp.ResponseError{RequestID: "1", ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err}})
}

// unauthenticated is a call of KMS that never left for want of credentials.
var unauthenticated = in(serviceKMS, fmt.Errorf("get identity: %w", answered("STS", 403, "AccessDenied")))

// refusedCredentials is the same, from a source that is no operation of the SDK.
var refusedCredentials = in(serviceKMS, fmt.Errorf("get identity: %w", &smithy.GenericAPIError{Code: "AccessDeniedException"}))

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want coded.Code
	}{
		{"nil", nil, ""},
		{"dry run", answeredAs(serviceKMS, 400, &types.DryRunOperationException{}), ""},
		{"typed", answeredAs(serviceRDS, 400, &rdstypes.DBInstanceNotFoundFault{}), coded.NotFound},
		{"service before any", answered(serviceKMS, 400, "AccessDeniedException"), coded.KeyAccess},
		{"same code of another service", answered(serviceDynamoDB, 400, "AccessDeniedException"), coded.Internal},
		{"service without a table", answered("SQS", 400, "ThrottlingException"), coded.Retryable},
		{"unknown code", answered(serviceRDS, 400, "Novel"), coded.Internal},
		{"unknown code, server's fault", answered(serviceRDS, 503, "Novel"), coded.Retryable},
		{"unknown code, too many requests", answered(serviceRDS, 429, "Novel"), coded.Retryable},
		{"denied credentials are not KMS's answer", unauthenticated, coded.Internal},
		{"credentials refused with a code", refusedCredentials, coded.Internal},
		{"no connection", in(serviceKMS, &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}), coded.Retryable},
		{"half an answer", in(serviceKMS, &smithy.DeserializationError{Err: errors.New("eof")}), coded.Retryable},
		{"ended context", in(serviceKMS, context.Canceled), coded.Retryable},
		{"wrong parameters", in(serviceKMS, &smithy.InvalidParamsError{}), coded.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Classify(c.err); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			err := Wrap(c.err, "doing %s", "it")
			if got := coded.Of(err); got != c.want {
				t.Errorf("wrapped as %q", got)
			}
			if err != nil && !errors.Is(err, c.err) {
				t.Errorf("%v does not wrap its cause", err)
			}
		})
	}
}

func TestKMS(t *testing.T) {
	for _, c := range []struct {
		name, code string // of the ServiceError; empty: none
		err        error
		standing   customerkey.Standing
	}{
		{"disabled", customerkey.CodeDisabled, answeredAs(serviceKMS, 400, &types.DisabledException{}), customerkey.Revoked},
		{"denied", customerkey.CodeAccessDenied, answered(serviceKMS, 400, "AccessDeniedException"), customerkey.Revoked},
		{"gone", customerkey.CodeNotFound, answeredAs(serviceKMS, 400, &types.NotFoundException{}), customerkey.Revoked},
		{"throttled", customerkey.CodeThrottling, answered(serviceKMS, 400, "ThrottlingException"), customerkey.Unreachable},
		{"unknown", "Novel", answered(serviceKMS, 400, "Novel"), customerkey.Unreachable},
		{"denied credentials", "", unauthenticated, customerkey.Unreachable},
		{"refused credentials", "", refusedCredentials, customerkey.Unreachable},
		{"time-out", "", in(serviceKMS, context.DeadlineExceeded), customerkey.Unreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := KMS("DescribeKey", c.err)
			var service *customerkey.ServiceError
			if errors.As(err, &service) != (c.code != "") || service != nil && (service.Code != c.code || service.Operation != "DescribeKey") {
				t.Errorf("got %#v, want code %q", err, c.code)
			}
			if v := customerkey.VerdictOfError(err); v.Standing != c.standing {
				t.Errorf("the verdict is %s, want %s", v.Standing, c.standing)
			}
		})
	}
	for _, err := range []error{nil, answeredAs(serviceKMS, 400, &types.DryRunOperationException{})} {
		if got := KMS("Decrypt", err); got != nil {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestRDS(t *testing.T) {
	for _, c := range []struct {
		name, code string
		err        error
	}{
		{"typed", database.CodeInstanceExists, answeredAs(serviceRDS, 400, &rdstypes.DBInstanceAlreadyExistsFault{})},
		{"with Fault", database.CodeInstanceNotFound, answered(serviceRDS, 404, "DBInstanceNotFoundFault")},
		{"without Fault", database.CodeKeyNotAccessible, answered(serviceRDS, 400, "KMSKeyNotAccessible")},
		{"unknown", "NovelFault", answered(serviceRDS, 400, "NovelFault")},
		{"denied credentials", "", in(serviceRDS, answered("STS", 403, "AccessDenied"))},
		{"time-out", "", in(serviceRDS, context.DeadlineExceeded)},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := RDS("DescribeDBInstances", c.err)
			var service *database.ServiceError
			if errors.As(err, &service) != (c.code != "") || service != nil && service.Code != c.code {
				t.Errorf("got %#v, want code %q", err, c.code)
			}
		})
	}
	if err := RDS("DescribeDBInstances", nil); err != nil {
		t.Errorf("nil became %v", err)
	}
}

// TestCodes_OfPorts holds the codes that the ports name against the tables.
func TestCodes_OfPorts(t *testing.T) {
	for service, codes := range map[string][]string{
		serviceRDS: {database.CodeInstanceNotFound, database.CodeInstanceExists, database.CodeInvalidState, database.CodeKeyNotAccessible,
			database.CodeInstanceQuota, database.CodeStorageQuota, database.CodeSnapshotNotFound, database.CodeSnapshotExists,
			database.CodeSnapshotQuota, database.CodeSnapshotState, database.CodePITRNotEnabled, database.CodeInvalidParameter,
			database.CodeInsufficientClass, database.CodeThrottling, database.CodeInternalFailure},
		serviceKMS: {customerkey.CodeDisabled, customerkey.CodeInvalidState, customerkey.CodeNotFound, customerkey.CodeAccessDenied,
			customerkey.CodeKeyUnavailable, customerkey.CodeDependencyTimeout, customerkey.CodeKMSInternal, customerkey.CodeThrottling,
			customerkey.CodeInvalidCiphertext, customerkey.CodeIncorrectKey, customerkey.CodeLimitExceeded, customerkey.CodeInvalidGrantToken},
	} {
		for _, code := range codes {
			_, own := services[service][code]
			if _, any := anyService[code]; !own && !any {
				t.Errorf("%s: %s has no class", service, code)
			}
		}
	}
}

func TestCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""}, {context.Canceled, ""}, {answered(serviceRDS, 404, "DBSnapshotNotFoundFault"), "DBSnapshotNotFound"},
		{unauthenticated, "AccessDenied"},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}
