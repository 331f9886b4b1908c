package eventbridge

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"latchkey/events"
)

// entry is an event as EventBridge would see it.
type entry struct {
	Source, DetailType, Detail, EventBusName string
	Resources                                []string
	Time                                     float64
}

// server answers calls in place of EventBridge and keeps them.
type server struct {
	calls  [][]entry
	answer func(r *http.Request, call int, entries []entry) (status int, body string, err error)
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	var in struct{ Entries []entry }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	s.calls = append(s.calls, in.Entries)
	status, body, err := s.answer(r, len(s.calls), in.Entries)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
	}, nil
}

func (s *server) bus(t *testing.T, timeout time.Duration) *Bus {
	t.Helper()
	return New(sdk.NewFromConfig(aws.Config{
		Region:      "eu-central-1",
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient:  &http.Client{Transport: s},
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}), Config{Bus: "latchkey", Timeout: timeout})
}

// taken answers that all entries but those whose detail names a code were taken.
func taken(_ *http.Request, _ int, entries []entry) (int, string, error) {
	var out []string
	failed := 0
	for n, e := range entries {
		var d struct{ Fail string }
		if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
			return 0, "", err
		}
		if d.Fail == "" {
			out = append(out, fmt.Sprintf(`{"EventId":"%d"}`, n))
			continue
		}
		failed++
		out = append(out, fmt.Sprintf(`{"ErrorCode":%q,"ErrorMessage":"no"}`, d.Fail))
	}
	return http.StatusOK, fmt.Sprintf(`{"FailedEntryCount":%d,"Entries":[%s]}`, failed, strings.Join(out, ",")), nil
}

var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func event(id, detail string) events.Envelope {
	return events.Envelope{Version: "0", ID: id, Source: "latchkey", DetailType: "Key Locked", Account: "111122223333",
		Region: "eu-central-1", Time: at, Resources: []string{"arn:a"}, Detail: json.RawMessage(detail)}
}

// sized returns an event that EventBridge counts as n bytes.
func sized(id string, n int) events.Envelope {
	e := event(id, `{"pad":""}`)
	e.Detail = json.RawMessage(`{"pad":"` + strings.Repeat("x", n-size(&e)) + `"}`)
	return e
}

func many(n int) (batch []events.Envelope) {
	for i := range n {
		batch = append(batch, event(fmt.Sprint(i), fmt.Sprintf(`{"n":%d}`, i)))
	}
	return batch
}
