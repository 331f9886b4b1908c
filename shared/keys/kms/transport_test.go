package kms

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
)

const (
	account  = "111122223333"
	platform = "999988887777"
	keyARN   = "arn:aws:kms:eu-central-1:" + account + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// request is a call as KMS would see it.
type request struct {
	operation string
	host      string
	body      map[string]any
}

// server answers calls in place of KMS and keeps them.
type server struct {
	seen   []request
	answer func(r *http.Request, q request) (status int, body string, err error)
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	q := request{host: r.URL.Host}
	_, q.operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if err := json.NewDecoder(r.Body).Decode(&q.body); err != nil {
		return nil, err
	}
	s.seen = append(s.seen, q)
	status, body, err := s.answer(r, q)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
	}, nil
}

// keys returns keys that call s from a cell in us-east-1, without retries.
func (s *server) keys(t *testing.T, timeout time.Duration) *Keys {
	t.Helper()
	client := sdk.NewFromConfig(aws.Config{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient:  &http.Client{Transport: s},
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return New(client, Config{PlatformAccount: platform, Timeout: timeout})
}

// always answers every call alike.
func always(status int, body string) *server {
	return &server{answer: func(*http.Request, request) (int, string, error) { return status, body, nil }}
}
