package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/scan"
)

// File is the item of a log file: what is being written of it, or what was read.
type File struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	// Begun and not ended attempts, by the version of the item that they began
	// with. An attempt that crashed stays until it can no longer be alive.
	Open    map[string]time.Time `json:"open,omitempty"`
	Outputs []output             `json:"outputs,omitempty"` // all that any attempt may have written
	Done    bool                 `json:"done,omitempty"`
	Failure string               `json:"failure,omitempty"` // why it could not be read to its end
	ReadAt  time.Time            `json:"readAt,omitzero"`
	SHA256  string               `json:"sha256,omitempty"` // of the decompressed content
	ETag    string               `json:"etag,omitempty"`   // of the object that was read
	Totals  keyusage.Totals      `json:"totals,omitzero"`
	Broken  []scan.Broken        `json:"broken,omitempty"` // the first records that could not be read
	Missed  []string             `json:"missed,omitempty"` // what was not known, while uses are under no tenant; see missed.go
	Untold  int                  `json:"untold,omitempty"` // findings beyond Config.MaxFindings
}

// output names a Parquet file of a log file: its part, day and tenant. As text it
// is "<part>/<day>/<tenant>".
type output struct {
	part int
	parquet.Partition
}

// MarshalText implements encoding.TextMarshaler.
func (o output) MarshalText() ([]byte, error) {
	return []byte(strconv.Itoa(o.part) + "/" + strconv.FormatInt(o.Day, 10) + "/" + o.Tenant), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *output) UnmarshalText(b []byte) error {
	part, rest, _ := strings.Cut(string(b), "/")
	day, tenant, found := strings.Cut(rest, "/")
	var err, bad error
	o.part, err = strconv.Atoi(part)
	o.Day, bad = strconv.ParseInt(day, 10, 64)
	o.Tenant = tenant
	if !found {
		bad = coded.New(coded.Internal, "no output: %q", b)
	}
	return errors.Join(err, bad)
}

const (
	// keepFiles is how long a log file's item is kept: as long as anyone may
	// deliver it again, or ask whether it was read.
	keepFiles = 400 * 24 * time.Hour
	// maxAlive is the longest that an attempt can live. [Lambda guide, Quotas: 15 minutes]
	maxAlive  = 15 * time.Minute
	maxBroken = 20
	maxReason = 200 // letters of why a record could not be read: it may quote the record
)

func fileKey(bucket, key string) catalog.Key {
	sum := sha256.Sum256([]byte(bucket + "\x00" + key))
	return catalog.Key{Part: "trailfile#" + hex.EncodeToString(sum[:]), Sort: "."}
}

// File returns the item of a log file, or an error of code notfound.
func (l *Ledger) File(ctx context.Context, bucket, key string) (File, error) {
	f, version, err := l.load(ctx, bucket, key)
	if err == nil && version == 0 {
		err = coded.New(coded.NotFound, "log file %s/%s has not been read", bucket, key)
	}
	return f, err
}

func (l *Ledger) load(ctx context.Context, bucket, key string) (f File, version int64, err error) {
	it, err := l.Store.Get(ctx, fileKey(bucket, key))
	if errors.Is(err, catalog.ErrNotFound) {
		return File{Bucket: bucket, Key: key}, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(it.Body, &f)
	}
	if err != nil {
		return f, 0, coded.Wrap(codeOf(err), err, "looking up log file %s/%s", bucket, key)
	}
	return f, it.Version, nil
}

func (l *Ledger) filePut(f *File, version int64) (catalog.Put, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return catalog.Put{}, coded.Wrap(coded.Internal, err, "encoding the item of %s", f.Key)
	}
	it := catalog.Item{Key: fileKey(f.Bucket, f.Key), Body: body, Expires: l.Clock.Now().Add(keepFiles)}
	if len(f.Missed) > 0 {
		it.Indexes.Kind = missedIndex(f.ReadAt)
	}
	return catalog.Put{IfVersion: version, Item: it}, nil
}

// plan adds outputs, and reports whether there were new ones.
func (f *File) plan(outputs []output) bool {
	before := len(f.Outputs)
	for _, o := range outputs {
		if !slices.Contains(f.Outputs, o) {
			f.Outputs = append(f.Outputs, o)
		}
	}
	return len(f.Outputs) > before
}

// end forgets an attempt, and those that cannot be alive.
func (f *File) end(attempt string, now time.Time) {
	delete(f.Open, attempt)
	for id, began := range f.Open {
		if now.Sub(began) > maxAlive {
			delete(f.Open, id)
		}
	}
}

// busy reports whether an attempt that began less than a turn ago has not ended,
// and since when. It keeps attempts from spoiling each other's work for ever;
// that the ledger is right does not depend on it.
func (f *File) busy(now time.Time, turn time.Duration) (since time.Time, busy bool) {
	for _, began := range f.Open {
		if now.Sub(began) < turn && began.After(since) {
			since, busy = began, true
		}
	}
	return since, busy
}

// settled reports whether a file needs no reading again.
func (f *File) settled() bool {
	return f.Done && f.Failure == "" && f.Totals.BrokenRecords == 0 && len(f.Open) == 0
}

// codeOf is an error's code, where an invalid or missing thing of ours is a
// defect of ours and not of the file that is being read.
func codeOf(err error) coded.Code {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return coded.Retryable
	}
	if c := coded.Of(err); c != coded.Invalid && c != coded.NotFound && c != coded.Conflict {
		return c
	}
	return coded.Internal
}
