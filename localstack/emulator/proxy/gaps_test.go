package proxy_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	evtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/localstack/emulator/proxy"
)

func TestProxy_ForeignKey(t *testing.T) {
	for _, c := range []struct{ name, key, account string }{
		{"of ours", "arn:aws:kms:eu-central-1:123456789012:key/1", ""},
		{"of another account", "arn:aws:kms:eu-central-1:444455556666:key/1", "444455556666"},
		{"by its id", "1234abcd-12ab-34cd-56ef-1234567890ab", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &emulator{body: "{}"}
			_, cfg := setup(t, e, nil)
			if _, err := kms.NewFromConfig(cfg).DescribeKey(context.Background(), &kms.DescribeKeyInput{KeyId: &c.key}); err != nil {
				t.Fatal(err)
			}
			if got := e.calls()[0].Header.Get("X-Moto-Account-Id"); got != c.account {
				t.Errorf("asked in account %q, want %q", got, c.account)
			}
		})
	}
}

func TestProxy_Origin(t *testing.T) {
	for _, c := range []struct{ name, marked, want string }{
		{"marked", "444455556666", "444455556666"},
		{"not marked", "", "123456789012"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &emulator{body: `{"FailedEntryCount":0,"Entries":[{"EventId":"e-1"},{"ErrorCode":"InvalidArgument"}]}`}
			p, cfg := setup(t, e, nil)
			client := eventbridge.NewFromConfig(cfg, func(o *eventbridge.Options) {
				if c.marked != "" {
					o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error { return smithyhttp.SetHeaderValue(proxy.OriginHeader, c.marked)(s) })
				}
			})
			out, err := client.PutEvents(context.Background(), &eventbridge.PutEventsInput{Entries: []evtypes.PutEventsRequestEntry{{Source: aws.String("s")}}})
			if err != nil || len(out.Entries) != 2 {
				t.Fatal(err, out)
			}
			if got, ok := p.Origin("e-1"); !ok || got != c.want {
				t.Errorf("origin %q, want %q", got, c.want)
			}
			if _, ok := p.Origin("e-2"); ok {
				t.Error("an event that was never put has an origin")
			}
			if e.calls()[0].Header.Get(proxy.OriginHeader) != "" {
				t.Error("the emulator saw the mark")
			}
		})
	}
}

// TestProxy_Transactions holds that no call of DynamoDB runs beside a transaction.
func TestProxy_Transactions(t *testing.T) {
	var mu sync.Mutex
	running, beside := map[string]int{}, false
	note := func(action string, n int) {
		mu.Lock()
		defer mu.Unlock()
		running[action] += n
		beside = beside || running["TransactWriteItems"] > 1 || running["TransactWriteItems"] == 1 && running["ListTables"] > 0
	}
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		note(action, 1)
		time.Sleep(time.Millisecond) // another process would take as long
		note(action, -1)
		_, _ = io.WriteString(w, "{}")
	}))
	defer behind.Close()
	p, err := proxy.New(proxy.Options{Emulator: behind.URL})
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := p.Serve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	client := dynamodb.NewFromConfig(aws.Config{Region: "eu-central-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("x", "x", "")})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { _, _ = client.ListTables(context.Background(), nil) })
		wg.Go(func() {
			_, err := client.TransactWriteItems(context.Background(), &dynamodb.TransactWriteItemsInput{TransactItems: []ddbtypes.TransactWriteItem{}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if beside {
		t.Error("a call ran beside a transaction")
	}
}
