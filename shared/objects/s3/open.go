package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
	"latchkey/shared/objects"
)

// Open implements objects.Store. Body reads on under ctx.
func (s *Store) Open(ctx context.Context, bucket, key string) (*objects.Object, error) {
	b := &body{ctx: ctx, store: s, bucket: bucket, key: key}
	out, err := b.get(0)
	if awserror.Code(err) == "InvalidRange" { // no range fits an object of no bytes
		out, err = s.client.GetObject(ctx, &sdk.GetObjectInput{Bucket: &bucket, Key: &key, ExpectedBucketOwner: s.account}, whole)
	}
	if err != nil {
		return nil, s.failed(ctx, err, "reading", bucket, key)
	}
	b.tag = out.ETag
	if err := b.take(out); err != nil {
		return nil, err
	}
	return &objects.Object{
		Info:     objects.Info{Key: key, Size: b.size, ETag: aws.ToString(out.ETag)},
		Metadata: lowered(out.Metadata), Body: b,
	}, nil
}

func lowered(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for name, value := range m {
		out[strings.ToLower(name)] = value
	}
	return out
}

// body reads an object part by part.
type body struct {
	ctx         context.Context
	store       *Store
	bucket, key string
	tag         *string
	size, at    int64        // of the object; where the next part begins
	part        bytes.Reader // what is left of this one
	err         error
}

// get asks for the part from an offset on, of the version that was opened.
func (b *body) get(offset int64) (*sdk.GetObjectOutput, error) {
	return b.store.client.GetObject(b.ctx, &sdk.GetObjectInput{
		Bucket: &b.bucket, Key: &b.key, IfMatch: b.tag, ExpectedBucketOwner: b.store.account,
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+b.store.part-1)),
	}, whole)
}

// take makes an answer the part that is read next.
func (b *body) take(out *sdk.GetObjectOutput) error {
	content, err := io.ReadAll(out.Body) // from memory: whole has read it
	if err = errors.Join(err, out.Body.Close()); err != nil {
		return coded.Wrap(coded.Retryable, err, "reading %s/%s", b.bucket, b.key)
	}
	b.size = int64(len(content))
	if _, total, ranged := strings.Cut(aws.ToString(out.ContentRange), "/"); ranged {
		if b.size, err = strconv.ParseInt(total, 10, 64); err != nil {
			return coded.Wrap(coded.Retryable, err, "reading %s/%s: Content-Range %q", b.bucket, b.key, *out.ContentRange)
		}
	}
	b.part.Reset(content)
	b.at += int64(len(content))
	return nil
}

// Read implements io.Reader. An object that was replaced meanwhile is an error
// of code retryable.
func (b *body) Read(p []byte) (int, error) {
	if b.err == nil && b.part.Len() == 0 && b.at < b.size {
		b.err = b.next()
	}
	if b.err != nil {
		return 0, b.err
	}
	return b.part.Read(p)
}

func (b *body) next() error {
	before := b.at
	out, err := b.get(b.at)
	if awserror.Code(err) == "PreconditionFailed" {
		return coded.New(coded.Retryable, "%s/%s was replaced while it was read", b.bucket, b.key)
	}
	if err != nil {
		return b.store.failed(b.ctx, err, "reading", b.bucket, b.key)
	}
	if err := b.take(out); err != nil {
		return err
	}
	if b.at == before {
		return coded.New(coded.Retryable, "%s/%s ended at byte %d of %d", b.bucket, b.key, b.at, b.size)
	}
	return nil
}

// Close implements io.Closer. Nothing is open between two parts.
func (b *body) Close() error { return nil }

// whole has a call read the body of its answer before it returns, so that the
// deadline and the tries of a call hold for it too.
func whole(o *sdk.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(readWhole{}, middleware.Before)
	})
}

type readWhole struct{}

// ID names the middleware in the stack.
func (readWhole) ID() string { return "LatchkeyReadWhole" }

// HandleDeserialize reads the answer's body; one that breaks off is an error as
// if no answer had come, which is tried again.
func (readWhole) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, meta, err := next.HandleDeserialize(ctx, in)
	answer, ok := out.Result.(*sdk.GetObjectOutput)
	if err != nil || !ok {
		return out, meta, err
	}
	content, err := io.ReadAll(answer.Body)
	if closed := answer.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return out, meta, &broken{err}
	}
	answer.Body = io.NopCloser(bytes.NewReader(content))
	return out, meta, nil
}

// broken is a body that broke off. The SDK tries again what says that it was a
// connection's failure. [aws/retry, RetryableConnectionError]
type broken struct{ err error }

func (e *broken) Error() string         { return "reading the answer's body: " + e.err.Error() }
func (e *broken) Unwrap() error         { return e.err }
func (e *broken) ConnectionError() bool { return true }
func (e *broken) Timeout() bool         { return true } // for awserror: retryable
func (e *broken) Temporary() bool       { return true }
