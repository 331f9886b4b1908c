package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/shared/objects"
	"latchkey/shared/objects/s3"
)

const (
	owner = "111122223333"
	other = "999900001111"
)

// bucket is an S3 with one bucket, of which an account is the owner. It counts
// the calls that do not say whose bucket they expect: those S3 would serve from
// anybody's.
type bucket struct {
	owner    string
	objects  map[string][]byte
	calls    int
	trusting int
}

// admit answers as S3 does to a condition on the owner. [S3 guide, Verifying
// bucket ownership with bucket owner condition]
func (b *bucket) admit(expected *string) error {
	b.calls++
	if expected == nil {
		b.trusting++
		return nil
	}
	if *expected != b.owner {
		return refuse("AccessDenied")
	}
	return nil
}

// refuse is an answer of S3 as the SDK's client returns it.
func refuse(code string) error {
	return &smithy.OperationError{ServiceID: sdk.ServiceID, Err: &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusForbidden}}, Err: &smithy.GenericAPIError{Code: code},
	}}}
}

func (b *bucket) PutObject(_ context.Context, in *sdk.PutObjectInput, _ ...func(*sdk.Options)) (*sdk.PutObjectOutput, error) {
	if err := b.admit(in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(in.Body)
	b.objects[*in.Key] = body
	return &sdk.PutObjectOutput{ETag: aws.String("e")}, err
}

func (b *bucket) GetObject(_ context.Context, in *sdk.GetObjectInput, _ ...func(*sdk.Options)) (*sdk.GetObjectOutput, error) {
	if err := b.admit(in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	body, found := b.objects[*in.Key]
	out := &sdk.GetObjectOutput{ETag: aws.String("e")}
	if !found {
		return nil, &types.NoSuchKey{}
	}
	if in.Range != nil {
		var from, to int
		if _, err := fmt.Sscanf(*in.Range, "bytes=%d-%d", &from, &to); err != nil {
			return nil, err
		}
		if from >= len(body) {
			return nil, refuse("InvalidRange")
		}
		to = min(to, len(body)-1)
		out.ContentRange = aws.String(fmt.Sprintf("bytes %d-%d/%d", from, to, len(body)))
		body = body[from : to+1]
	}
	out.Body = io.NopCloser(bytes.NewReader(body))
	return out, nil
}

func (b *bucket) ListObjectsV2(_ context.Context, in *sdk.ListObjectsV2Input, _ ...func(*sdk.Options)) (*sdk.ListObjectsV2Output, error) {
	if err := b.admit(in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	out := &sdk.ListObjectsV2Output{}
	for key, body := range b.objects {
		if strings.HasPrefix(key, *in.Prefix) {
			out.Contents = append(out.Contents, types.Object{Key: aws.String(key), Size: aws.Int64(int64(len(body))), ETag: aws.String("e")})
		}
	}
	return out, nil
}

// uses are all ways to use a store, with how many calls each takes.
var uses = map[string]struct {
	calls int
	do    func(s *s3.Store) error
}{
	"Put":        {1, func(s *s3.Store) error { return second(s.Put(ctx, "b", "new", []byte("x"), objects.Options{})) }},
	"List":       {1, func(s *s3.Store) error { return second(s.List(ctx, "b", "", "")) }},
	"Open":       {3, func(s *s3.Store) error { return read(s, "parts", "0123456789") }},
	"Open/empty": {2, func(s *s3.Store) error { return read(s, "empty", "") }},
}

var ctx = context.Background()

func second[T any](_ T, err error) error { return err }

func read(s *s3.Store, key, want string) error {
	o, err := s.Open(ctx, "b", key)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(o.Body)
	if err == nil && string(got) != want {
		err = fmt.Errorf("read %q, want %q", got, want)
	}
	return err
}

// TestStore_Account: every call says whose bucket it expects, each part of an
// object included, so that a bucket of that name in another account is refused.
func TestStore_Account(t *testing.T) {
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			for _, account := range []string{owner, other, ""} {
				b := &bucket{owner: owner, objects: map[string][]byte{"parts": []byte("0123456789"), "empty": nil}}
				err := use.do(s3.New(b, s3.Config{PartBytes: 4, Account: account}))
				var refused smithy.APIError
				switch {
				case account == other && (!errors.As(err, &refused) || refused.ErrorCode() != "AccessDenied" || len(b.objects) != 2):
					t.Errorf("with another owner: %v, objects %v", err, b.objects)
				case account == owner && (err != nil || b.calls != use.calls || b.trusting != 0):
					t.Errorf("%d calls, want %d; %d took any owner; %v", b.calls, use.calls, b.trusting, err)
				case account == "" && (err != nil || b.trusting != use.calls):
					t.Errorf("without an account %d of %d calls took any owner; %v", b.trusting, b.calls, err)
				}
			}
		})
	}
}

// TestStore_Account_later: the owner is checked with the parts after the first too.
func TestStore_Account_later(t *testing.T) {
	b := &bucket{owner: owner, objects: map[string][]byte{"parts": []byte("0123456789")}}
	o, err := s3.New(b, s3.Config{PartBytes: 4, Account: owner}).Open(ctx, "b", "parts")
	if err != nil {
		t.Fatal(err)
	}
	b.owner = other
	if got, err := io.ReadAll(o.Body); err == nil || string(got) != "0123" {
		t.Errorf("read %q, %v", got, err)
	}
}
