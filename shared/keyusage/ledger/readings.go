package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/scan"
)

// readings tells one Prove what was read of log files, and remembers why what
// was read of one proves nothing.
type readings struct {
	l      *Ledger
	doubts map[string]string            // by the log file's key
	listed map[string]map[string]string // ETags of the log files now in the bucket, by bucket and prefix
}

func (l *Ledger) readings() *readings {
	return &readings{l: l, doubts: map[string]string{}, listed: map[string]map[string]string{}}
}

// Read implements digest.Logs. A log file counts as read if all of it was, and
// if it is still there as it was read. One that is gone before it was read is not
// waiting to be read. Of a file without uses its content alone counts.
func (r *readings) Read(ctx context.Context, bucket, key string) ([]byte, digest.ProblemKind, error) {
	if ContentOf(key) != LogFile {
		return r.without(ctx, bucket, key)
	}
	f, _, err := r.l.load(ctx, bucket, key)
	if err != nil {
		return nil, "", err
	}
	wrong, doubt := digest.LogBroken, ""
	switch n := f.Totals.BrokenRecords; {
	case !f.Done:
		wrong, doubt, err = r.unread(ctx, bucket, key)
	case f.Failure != "":
		doubt = key + " could not be read to its end"
	case n > 0:
		doubt = fmt.Sprintf("%d of the records of %s could not be read", n, key)
	default:
		wrong, doubt, err = r.changed(ctx, &f)
	}
	if err != nil {
		return nil, "", err
	}
	if doubt != "" {
		r.doubts[key] = string(wrong) + ": " + doubt
	}
	if wrong != "" {
		return nil, wrong, nil
	}
	sum, err := hex.DecodeString(f.SHA256)
	return sum, "", err
}

// without hashes a file that the ledger does not read, such as one of Insights.
func (r *readings) without(ctx context.Context, bucket, key string) ([]byte, digest.ProblemKind, error) {
	sum, err := r.l.contentHash(ctx, bucket, key)
	switch {
	case coded.Is(err, coded.NotFound):
		return nil, digest.LogMissing, nil
	case coded.Is(err, coded.Invalid):
		return nil, digest.LogBroken, nil
	case err != nil:
		return nil, "", err
	}
	b, err := hex.DecodeString(sum)
	return b, "", err
}

// why makes an hour's reason exact.
func (r *readings) why(h digest.Hour) string {
	_, key, _ := strings.Cut(h.Why, ": ")
	return cmp.Or(r.doubts[key], h.Why)
}

// unread says what is wrong with a log file that was not read.
func (r *readings) unread(ctx context.Context, bucket, key string) (wrong digest.ProblemKind, doubt string, err error) {
	tags, err := r.tags(ctx, bucket, hourPrefix(key))
	if err != nil {
		return "", "", err
	}
	if _, there := tags[key]; !there {
		return digest.LogMissing, key + " is gone, and was not read", nil
	}
	return digest.LogUnread, key, nil
}

// changed says what is wrong with a log file in the bucket, if it is no longer
// what was read. Its tag tells that it is the same; where the tag differs, its
// content decides.
func (r *readings) changed(ctx context.Context, f *File) (wrong digest.ProblemKind, doubt string, err error) {
	tags, err := r.tags(ctx, f.Bucket, hourPrefix(f.Key))
	if err != nil {
		return "", "", err
	}
	tag, there := tags[f.Key]
	if there && tag == f.ETag {
		return "", "", nil
	}
	if there {
		sum, err := r.l.contentHash(ctx, f.Bucket, f.Key)
		switch {
		case coded.Is(err, coded.NotFound):
			there = false
		case err != nil && !coded.Is(err, coded.Invalid):
			return "", "", err
		case err == nil && sum == f.SHA256:
			return "", "", nil
		}
	}
	if !there {
		return digest.LogMissing, f.Key + " is gone since it was read", nil
	}
	return digest.LogChanged, f.Key + " is no longer what was read", nil
}

func (r *readings) tags(ctx context.Context, bucket, prefix string) (map[string]string, error) {
	id := bucket + "/" + prefix
	if have, ok := r.listed[id]; ok {
		return have, nil
	}
	tags, after := map[string]string{}, ""
	for range maxListing {
		list, err := r.l.Objects.List(ctx, bucket, prefix, after)
		if err != nil {
			return nil, coded.Wrap(coded.Of(err), err, "listing log files")
		}
		for _, info := range list {
			tags[info.Key] = info.ETag
		}
		if len(list) == 0 {
			r.listed[id] = tags
			return tags, nil
		}
		after = list[len(list)-1].Key
	}
	return nil, coded.New(coded.Invalid, "more than %d log files under %s", len(tags), prefix)
}

// deliveredAt returns when a log file was delivered, by its key. [CloudTrail guide,
// CloudTrail log file name format:
// AccountID_CloudTrail_RegionName_YYYYMMDDTHHmmZ_UniqueString.FileNameFormat]
func deliveredAt(key string) (at time.Time, ok bool) {
	parts := strings.Split(key[strings.LastIndexByte(key, '/')+1:], "_")
	if len(parts) < 4 {
		return at, false
	}
	at, err := time.Parse("20060102T1504Z", parts[len(parts)-2])
	return at, err == nil
}

// hourPrefix is what the keys of a trail's log files of one hour begin with.
func hourPrefix(key string) string {
	const minutes = "05Z"
	if _, ok := deliveredAt(key); !ok {
		return key
	}
	return key[:strings.LastIndexByte(key, '_')-len(minutes)]
}

// contentHash returns the SHA-256 of a log file's decompressed content.
func (l *Ledger) contentHash(ctx context.Context, bucket, key string) (string, error) {
	o, err := l.Objects.Open(ctx, bucket, key)
	if err != nil {
		return "", err
	}
	defer o.Body.Close()
	stored := &counter{r: o.Body}
	content, err := scan.Open(ctx, stored, l.Config.Limits)
	sum := sha256.New()
	if err == nil {
		_, err = io.Copy(sum, content)
	}
	if stored.err != nil {
		err = stored.err
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}
