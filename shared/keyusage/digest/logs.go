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
	// was read to its end, or else what is wrong with what was read of it.
	Read(ctx context.Context, bucket, key string) (sum []byte, wrong ProblemKind, err error)
}

// wrong says what is wrong with a log file, by what was read of it where that is
// known; empty: it has the hash that the digest gives.
func (v *verifier) wrong(ctx context.Context, log LogFile, digest string) (wrong ProblemKind, detail string, err error) {
	named := "named by " + digest
	var ok bool
	if v.deps.Logs == nil {
		ok, err = intact(ctx, v.deps.Objects, log)
	} else {
		var sum []byte
		if sum, wrong, err = v.deps.Logs.Read(ctx, log.Bucket, log.Object); err == nil && wrong != "" {
			return wrong, named, nil
		}
		ok = log.HashAlgorithm == HashAlgorithm && hex.EncodeToString(sum) == strings.ToLower(log.Hash)
	}
	switch {
	case coded.Is(err, coded.NotFound):
		return LogMissing, named, nil
	case err != nil && transient(err):
		return "", "", coded.Wrap(coded.Of(err), err, "reading log file %s", log.Object)
	case err != nil:
		return LogChanged, err.Error(), nil
	case !ok:
		return LogChanged, "its hash is not the one in " + digest, nil
	}
	return "", "", nil
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
