package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// wire is a proxy that notes every call of AWS on its way, as IAM sees it.
type wire struct {
	url string

	mu    sync.Mutex
	calls map[call]int
}

// call is an action on a resource, which is an ARN without account and Region
// where it has no more than a name.
type call struct{ action, resource string }

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{calls: map[call]int{}}
	proxy := httputil.NewSingleHostReverseProxy(target)
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.note(t, r, body)
		proxy.ServeHTTP(out, r)
	}))
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

// note reads a call in the protocol of its service: AWS JSON says what it is in a
// header, Lambda and S3 in the path.
func (w *wire) note(t *testing.T, r *http.Request, body []byte) {
	var made []call
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	prefix, operation, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case isJSON:
		made = ofJSON(t, prefix, operation, body)
	case strings.Contains(r.URL.Path, "/functions/"):
		made = []call{{"lambda:" + map[string]string{"GET configuration": "GetFunctionConfiguration"}[r.Method+" "+path[len(path)-1]], "function:" + path[2]}}
	case r.URL.Query().Get("list-type") != "":
		made = []call{{"s3:ListBucket", path[0]}}
	default:
		made = []call{{map[string]string{"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject"}[r.Method], path[0] + "/*"}}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range made {
		w.calls[c]++
	}
}

func ofJSON(t *testing.T, prefix, operation string, body []byte) []call {
	var in struct {
		TableName, IndexName, QueueUrl, QueueName string
		RequestItems                              map[string]any
		Entries                                   []json.RawMessage
	}
	if err := json.Unmarshal(body, &in); err != nil {
		t.Errorf("%s.%s: %v", prefix, operation, err)
	}
	switch {
	case strings.HasPrefix(prefix, "DynamoDB"):
		var made []call
		for name := range in.RequestItems {
			made = append(made, call{"dynamodb:" + operation, "table/" + name})
		}
		if in.TableName != "" {
			made = append(made, call{"dynamodb:" + operation, strings.TrimSuffix("table/"+in.TableName+"/index/"+in.IndexName, "/index/")})
		}
		return made
	case prefix == "AmazonSQS":
		return []call{{"sqs:" + strings.TrimSuffix(operation, "Batch"), in.QueueName + in.QueueUrl[strings.LastIndexByte(in.QueueUrl, '/')+1:]}}
	case prefix == "AWSEvents":
		var made []call
		for _, raw := range in.Entries {
			var e struct{ EventBusName string }
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Error(err)
			}
			made = append(made, call{"events:" + operation, "event-bus/" + e.EventBusName})
		}
		return made
	}
	return []call{{prefix + "." + operation, "?"}}
}

// all returns what was called, and how often.
func (w *wire) all() map[call]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[call]int{}
	for c, n := range w.calls {
		out[c] = n
	}
	return out
}
