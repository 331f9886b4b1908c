package rds

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/shared/database"
)

const tenantKey = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// server answers calls in place of RDS and keeps them.
type server struct {
	seen   []url.Values
	answer func(r *http.Request, call url.Values) (status int, body string, err error)
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	call, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	s.seen = append(s.seen, call)
	status, answer, err := s.answer(r, call)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(answer)), Header: http.Header{"Content-Type": {"text/xml"}},
	}, nil
}

// adapters returns the adapters that call s, without retries.
func (s *server) adapters(t *testing.T, timeout time.Duration) (*Fleet, *Backups) {
	t.Helper()
	return New(sdk.NewFromConfig(aws.Config{
		Region:      "eu-central-1",
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient:  &http.Client{Transport: s},
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}), Config{SecurityGroupIDs: []string{"sg-1", "sg-2"}, Timeout: timeout})
}

// wrap is an answer of an action.
func wrap(action, result string) string {
	return fmt.Sprintf("<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", action, result)
}

// results answers each action with its result, and any other with nothing.
func results(by map[string]string) *server {
	return &server{answer: func(_ *http.Request, call url.Values) (int, string, error) {
		return http.StatusOK, wrap(call.Get("Action"), by[call.Get("Action")]), nil
	}}
}

func refusal(code string) *server {
	return &server{answer: func(*http.Request, url.Values) (int, string, error) {
		return http.StatusBadRequest, "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>no</Message></Error></ErrorResponse>", nil
	}}
}

func code(err error) string {
	var service *database.ServiceError
	if errors.As(err, &service) {
		return service.Code
	}
	return ""
}

func spec() database.Spec {
	return database.Spec{
		InstanceID: "lk-a", Class: "db.m7g.large", StorageGiB: 50, EngineVersion: "16.4", KMSKeyARN: tenantKey,
		MasterSecretKeyARN: "arn:platform", MultiAZ: true, BackupRetentionDays: 30, DeletionProtection: true,
		SubnetGroup: "private", ParameterGroup: "tls", Tags: owned(),
	}
}

func owned() map[string]string {
	return map[string]string{database.TagOwner: database.Owner, database.TagTenant: "acme"}
}
