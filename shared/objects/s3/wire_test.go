package s3_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"latchkey/shared/aws/awsclient"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/coded"
	"latchkey/shared/objects"
	"latchkey/shared/objects/objectstest"
	"latchkey/shared/objects/s3"
)

const region = "eu-central-1"

var buckets atomic.Int64

func newBucket(t *testing.T, client *sdk.Client) string {
	t.Helper()
	name := fmt.Sprintf("latchkey-%s-%d", strings.ToLower(strings.ReplaceAll(filepath.Base(t.Name()), "_", "-")), buckets.Add(1))
	_, err := client.CreateBucket(context.Background(), &sdk.CreateBucketInput{Bucket: &name,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintEuCentral1}})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestWire runs the suite, with parts so small that objects have several, and
// with the client of the functions.
func TestWire(t *testing.T) {
	client := s3.NewClient(mototest.Config(t, region))
	objectstest.Run(t, s3.New(client, s3.Config{PartBytes: 100_000, Account: mototest.Account}),
		func(t *testing.T) string { return newBucket(t, client) })
}

// flaky passes calls on, and breaks the first answers to GETs in the middle.
func flaky(t *testing.T, breaks int64) string {
	t.Helper()
	target, err := url.Parse(mototest.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	var broken atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(res *http.Response) error {
		if res.Request.Method == http.MethodGet && res.StatusCode < 300 && broken.Add(1) <= breaks {
			res.Body = io.NopCloser(io.LimitReader(res.Body, 10))
		}
		return nil
	}
	proxy.ErrorLog = nil
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// TestWire_Open_brokenBody reads through a connection that breaks, with the
// functions' client and its deadlines: reading goes on after each call's end.
func TestWire_Open_brokenBody(t *testing.T) {
	direct := s3.NewClient(mototest.Config(t, region))
	bucket := newBucket(t, direct)
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
		"AWS_PROFILE": "", "AWS_ENDPOINT_URL": flaky(t, 2), "AWS_REGION": region, "AWS_ENDPOINT_URL_S3": "",
	} {
		t.Setenv(name, value)
	}
	cfg, err := awsclient.Load(context.Background(), awsclient.Options{MaxBackoff: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	s := s3.New(s3.NewClient(cfg), s3.Config{PartBytes: 1000})
	want := strings.Repeat("x", 3500)
	if _, err := s.Put(context.Background(), bucket, "k", []byte(want), objects.Options{}); err != nil {
		t.Fatal(err)
	}
	o, err := s.Open(context.Background(), bucket, "k")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(o.Body); err != nil || string(got) != want {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
}

// TestWire_Open_replaced: what is read is never parts of two versions.
func TestWire_Open_replaced(t *testing.T) {
	client := s3.NewClient(mototest.Config(t, region))
	bucket := newBucket(t, client)
	s := s3.New(client, s3.Config{PartBytes: 4})
	ctx := context.Background()
	for i, body := range []string{"first version", "other version"} {
		if _, err := s.Put(ctx, bucket, fmt.Sprint(i), []byte(body), objects.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	o, err := s.Open(ctx, bucket, "0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, bucket, "0", []byte("second versio"), objects.Options{}); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(o.Body); !coded.Is(err, coded.Retryable) || string(b) != "firs" {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestWire_NoBucket(t *testing.T) {
	s := s3.New(s3.NewClient(mototest.Config(t, region)), s3.Config{})
	_, open := s.Open(context.Background(), "latchkey-none", "k")
	_, put := s.Put(context.Background(), "latchkey-none", "k", nil, objects.Options{})
	_, list := s.List(context.Background(), "latchkey-none", "", "")
	for name, err := range map[string]error{"open": open, "put": put, "list": list} {
		if !coded.Is(err, coded.Internal) {
			t.Errorf("%s: %v; a bucket that is not there is the deployment's defect", name, err)
		}
	}
}
