package dynamodb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math/rand"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/clock"
)

// fake answers as DynamoDB does, for just the requests that the store makes. It
// shows what moto does not: indexes that lag behind, transactions that cancel
// each other, throttling, batches done in part, and answers that get lost.
// [DynamoDB API reference]
type fake struct {
	mu      sync.Mutex
	rows    map[string]stored
	before  map[string]stored // as of before the last write
	current map[string]bool   // what has been looked at since
	tokens  map[string]bool   // transactions done, by client request token
	faults  *rand.Rand        // nil: none
	calls   map[string]int    // by operation
	lose    string            // operation whose next answer gets lost
	// intercept may answer a call instead; nil: it does not.
	intercept func(operation string, body map[string]any) *failure
}

// sdkTries is how often the SDK tries a call: enough for the density of faults.
const sdkTries = 8

// stored is an item in DynamoDB's JSON: attribute → type → value.
type stored map[string]any

// failure is an error answer, or, without a code, an answer that gets lost.
type failure struct {
	code  string
	extra map[string]any
}

func newFake() *fake {
	return &fake{rows: map[string]stored{}, tokens: map[string]bool{}, calls: map[string]int{}, current: map[string]bool{}}
}

// store returns a store on the fake that never waits.
func (f *fake) store(c clock.Clock) *dynamodb.Store {
	cfg := aws.Config{
		Region: region, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), HTTPClient: &http.Client{Transport: f},
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = sdkTries
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
	return dynamodb.New(cfg, "catalog", c).WithWait(func(ctx context.Context, _ time.Duration) error { return ctx.Err() })
}

// onFake returns a store on a fake of its own.
func onFake(t *testing.T, c clock.Clock) (*dynamodb.Store, *fake) {
	t.Helper()
	f := newFake()
	return f.store(c), f
}

// RoundTrip implements http.RoundTripper.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	out, fail := f.call(operation, body)
	status := http.StatusOK
	if fail != nil {
		if fail.code == "" {
			return nil, io.ErrUnexpectedEOF
		}
		status = http.StatusBadRequest
		out = map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#" + fail.code}
		maps.Copy(out, fail.extra)
	}
	answer, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"X-Amz-Crc32": {fmt.Sprint(crc32.ChecksumIEEE(answer))}},
		Body: io.NopCloser(bytes.NewReader(answer)), ContentLength: int64(len(answer)), Request: r,
	}, nil
}

// call runs one operation, with faults before and after it.
func (f *fake) call(operation string, body map[string]any) (map[string]any, *failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[operation]++
	if f.intercept != nil {
		if fail := f.intercept(operation, body); fail != nil {
			return nil, fail
		}
	}
	if f.chance(20) {
		return nil, &failure{code: "ThrottlingException"}
	}
	out, fail := map[string]func(map[string]any) (map[string]any, *failure){
		"GetItem": f.getItem, "PutItem": f.putItem, "TransactWriteItems": f.transact,
		"Query": f.query, "BatchGetItem": f.batchGet, "BatchWriteItem": f.batchWrite,
	}[operation](body)
	if fail == nil && (f.chance(20) || f.lose == operation) {
		f.lose = ""
		return nil, &failure{}
	}
	return out, fail
}

// chance is true once in n times, if there are faults.
func (f *fake) chance(n int) bool { return f.faults != nil && f.faults.Intn(n) == 0 }

// change applies writes.
func (f *fake) change(apply func()) {
	f.before, f.current = maps.Clone(f.rows), map[string]bool{}
	apply()
}

// address is where an item is stored, by the two attributes of its primary key.
func address(item map[string]any) string { return value(item["pk"]) + "\x00" + value(item["sk"]) }

// value returns the value of an attribute, whatever its type.
func value(attribute any) string {
	for _, v := range attribute.(map[string]any) {
		return v.(string)
	}
	return ""
}
