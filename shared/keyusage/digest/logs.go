package digest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/scan"
)

// Logs tells what was read of the log files.
type Logs interface {
	// Read returns the SHA-256 hash of the decompressed content of a log file that
	// was read to its end; read is false if none was.
	Read(ctx context.Context, bucket, key string) (sum []byte, read bool, err error)
}

// errUnread says that the ledger has not read a log file.
var errUnread = coded.New(coded.NotFound, "the log file has not been read")

// intact reports whether a log file has the hash that the digest gives, by what
// was read of it where that is known.
func (v *verifier) intact(ctx context.Context, log LogFile) (bool, error) {
	if v.deps.Logs == nil {
		return intact(ctx, v.deps.Objects, log)
	}
	sum, read, err := v.deps.Logs.Read(ctx, log.Bucket, log.Object)
	if err == nil && !read {
		err = errUnread
	}
	return log.HashAlgorithm == HashAlgorithm && hex.EncodeToString(sum) == strings.ToLower(log.Hash), err
}

// intact reports whether a stored log file has the hash that the digest gives.
func intact(ctx context.Context, objects Objects, log LogFile) (bool, error) {
	want, err := hex.DecodeString(log.Hash)
	if err != nil || log.HashAlgorithm != HashAlgorithm {
		return false, nil
	}
	body, _, err := objects.Open(ctx, log.Bucket, log.Object)
	if err != nil {
		return false, err
	}
	defer body.Close()
	r, err := scan.Open(ctx, body, scan.Limits{})
	if err != nil {
		return false, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return false, err
	}
	return bytes.Equal(sum.Sum(nil), want), nil
}
