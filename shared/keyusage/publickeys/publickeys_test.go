package publickeys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/publickeys"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// trail answers ListPublicKeys in two pages, as CloudTrail does.
type trail struct {
	calls  int
	status int
	bad    []string
}

func (s *trail) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls++
	var in struct {
		StartTime, EndTime int64
		NextToken          string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.StartTime >= in.EndTime {
		s.bad = append(s.bad, fmt.Sprintf("body %+v, %v", in, err))
	}
	if got := r.Header.Get("X-Amz-Target"); !strings.HasSuffix(got, ".CloudTrail_20131101.ListPublicKeys") {
		s.bad = append(s.bad, got)
	}
	if got := r.Header.Get("Authorization"); !strings.Contains(got, "/eu-central-1/cloudtrail/aws4_request") {
		s.bad = append(s.bad, got)
	}
	if s.status != 0 {
		w.WriteHeader(s.status)
		return
	}
	if in.NextToken == "" {
		fmt.Fprint(w, `{"PublicKeyList":[{"Fingerprint":"f1","ValidityStartTime":1.7E9,"Value":"AQID"}],"NextToken":"t"}`)
	} else {
		fmt.Fprint(w, `{"PublicKeyList":[{"Fingerprint":"f2","Value":"BAUG"}]}`)
	}
}

func TestKeys_PublicKey(t *testing.T) {
	s := &trail{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c := &clock{now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	keys := publickeys.New(aws.Config{Region: "eu-central-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}, c)
	ctx := context.Background()
	for fingerprint, want := range map[string][]byte{"f1": {1, 2, 3}, "f2": {4, 5, 6}} {
		if der, err := keys.PublicKey(ctx, fingerprint); err != nil || !bytes.Equal(der, want) {
			t.Errorf("%s: %v, %v", fingerprint, der, err)
		}
	}
	if _, err := keys.PublicKey(ctx, "f3"); !coded.Is(err, coded.NotFound) || s.calls != 2 {
		t.Errorf("%v after %d calls", err, s.calls)
	}
	c.now = c.now.Add(time.Hour)
	if _, err := keys.PublicKey(ctx, "f3"); !coded.Is(err, coded.NotFound) || s.calls != 4 {
		t.Errorf("%v after %d calls", err, s.calls)
	}
	for status, want := range map[int]coded.Code{503: coded.Retryable, 400: coded.Internal} {
		s.status = status
		c.now = c.now.Add(time.Hour)
		if _, err := keys.PublicKey(ctx, "f3"); !coded.Is(err, want) {
			t.Errorf("status %d: %v", status, err)
		}
	}
	if len(s.bad) > 0 {
		t.Errorf("calls: %q", s.bad)
	}
}
