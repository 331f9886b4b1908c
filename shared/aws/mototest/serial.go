package mototest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// Serial returns the URL of a proxy that lets one call at a time through to
// moto. Whoever calls moto from several goroutines needs it: a TransactWriteItems
// that fails puts moto's table back to what it was when the call began, and so
// takes back what others wrote meanwhile, as DynamoDB does not.
func Serial(t testing.TB) string {
	t.Helper()
	to, err := url.Parse(Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	var one sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
