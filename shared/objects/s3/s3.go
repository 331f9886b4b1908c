// Package s3 holds objects in S3.
//
// An object is read in parts of a few megabytes, each in one call of the SDK
// with its tries and its deadline, all of one version (If-Match). So a slow
// reader runs into no time-out, a connection that breaks in the middle of a
// body is tried again, and memory is one part, whatever the object's size.
package s3

import (
	"bytes"
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
	"latchkey/shared/objects"
)

// Client is what the adapter uses of S3.
type Client interface {
	GetObject(ctx context.Context, in *sdk.GetObjectInput, o ...func(*sdk.Options)) (*sdk.GetObjectOutput, error)
	PutObject(ctx context.Context, in *sdk.PutObjectInput, o ...func(*sdk.Options)) (*sdk.PutObjectOutput, error)
	ListObjectsV2(ctx context.Context, in *sdk.ListObjectsV2Input, o ...func(*sdk.Options)) (*sdk.ListObjectsV2Output, error)
}

// Config tunes the adapter. A zero value means the default.
type Config struct {
	PartBytes int64 // read in one call; default 8 MiB
	// Account, where set, must own the buckets: else S3 refuses. [S3 guide,
	// Verifying bucket ownership with bucket owner condition]
	Account string
}

const defaultPart = 8 << 20

// Store is an objects.Store in S3.
type Store struct {
	client  Client
	part    int64
	account *string
}

var _ objects.Store = (*Store)(nil)

// New returns the store of a client.
func New(client Client, cfg Config) *Store {
	s := &Store{client: client, part: cmp.Or(cfg.PartBytes, defaultPart)}
	if cfg.Account != "" {
		s.account = &cfg.Account
	}
	return s
}

// Put implements objects.Store. IfAbsent is S3's If-None-Match. [S3 guide, How to
// prevent object overwrites with conditional writes]
func (s *Store) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	if err := objects.ValidateKey(key); err != nil {
		return objects.Info{}, err
	}
	in := &sdk.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(body), ContentLength: aws.Int64(int64(len(body))),
		ExpectedBucketOwner: s.account, Metadata: opt.Metadata,
	}
	if opt.ContentType != "" {
		in.ContentType = &opt.ContentType
	}
	if opt.IfAbsent {
		in.IfNoneMatch = aws.String("*")
	}
	out, err := s.client.PutObject(ctx, in)
	if err != nil {
		return objects.Info{}, s.failed(ctx, err, "writing", bucket, key)
	}
	return objects.Info{Key: key, Size: int64(len(body)), ETag: aws.ToString(out.ETag)}, nil
}

// List implements objects.Store.
func (s *Store) List(ctx context.Context, bucket, prefix, after string) ([]objects.Info, error) {
	in := &sdk.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, MaxKeys: aws.Int32(objects.MaxPage), ExpectedBucketOwner: s.account}
	if after != "" {
		in.StartAfter = &after
	}
	out, err := s.client.ListObjectsV2(ctx, in)
	if err != nil {
		return nil, s.failed(ctx, err, "listing", bucket, prefix)
	}
	var list []objects.Info
	for _, o := range out.Contents {
		list = append(list, objects.Info{Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size), ETag: aws.ToString(o.ETag)})
	}
	return list, nil
}

// failed makes an error of the port's. Of an object that is not there S3 says so
// only to one who may list the bucket. [S3 API reference, GetObject: permissions]
func (s *Store) failed(ctx context.Context, err error, doing, bucket, key string) error {
	switch awserror.Code(err) {
	case "NoSuchKey":
		return objects.NotFound(bucket, key)
	case "PreconditionFailed":
		return objects.Exists(bucket, key)
	}
	if ended := ctx.Err(); ended != nil {
		return coded.Wrap(coded.Retryable, ended, "%s %s/%s", doing, bucket, key)
	}
	return awserror.Wrap(err, "%s %s/%s", doing, bucket, key)
}

// NewClient returns a client of S3. Where the configuration names an endpoint,
// as emulators need it, buckets are in the path: they have no names of hosts there.
func NewClient(cfg aws.Config) *sdk.Client {
	return sdk.NewFromConfig(cfg, func(o *sdk.Options) {
		o.UsePathStyle = cfg.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = true // a part of an object never has a checksum
	})
}
