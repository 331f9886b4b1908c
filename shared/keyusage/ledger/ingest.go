package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/scan"
	"latchkey/shared/metric"
)

// Result says what was done with an object.
type Result struct {
	Content  Content
	Again    bool // it had been read
	Totals   keyusage.Totals
	Outputs  int // Parquet files
	Findings int // told or held now, that were not before
	Hours    int // of a digest: hours looked at
}

// Ingest takes in one object of the trail's bucket. It may be called again for
// the same object, at any time and at once; an error of code retryable or
// internal asks for it. A log file that cannot be read to its end is an error of
// code invalid: what could be read is in the ledger, and its item says so.
func (l *Ledger) Ingest(ctx context.Context, bucket, key string) (Result, error) {
	res := Result{Content: ContentOf(key)}
	var err error
	switch res.Content {
	case LogFile:
		err = l.logFile(ctx, bucket, key, &res, func(f *File) bool { return !f.settled() })
	case DigestFile:
		res.Hours, err = l.digestFile(ctx, bucket, key)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = coded.Wrap(coded.Retryable, err, "reading %s/%s", bucket, key)
	}
	if err == nil {
		l.settleNow(ctx)
	}
	return res, err
}

// errBusy is why a log file is not read now.
var errBusy = errors.New("it is another's turn")

// logFile reads a log file, unless its item says that it is not wanted.
func (l *Ledger) logFile(ctx context.Context, bucket, key string, res *Result, wanted func(*File) bool) error {
	f, version, err := l.load(ctx, bucket, key)
	if err != nil {
		return err
	}
	if !wanted(&f) {
		res.Again, res.Totals, res.Outputs = true, f.Totals, len(f.Outputs)
		l.Metrics.Count(metric.LedgerDuplicates, 1)
		return nil
	}
	if since, busy := f.busy(l.Clock.Now(), l.Config.Turn); busy {
		return coded.Wrap(coded.Retryable, errBusy, "log file %s is being read by another since %s", key, since.Format(time.RFC3339))
	}
	a := l.take(ctx, f, version)
	defer l.give(a)
	failure, err := a.read()
	if err == nil {
		err = a.finish(failure, res)
	}
	if err != nil {
		return a.withdraw(err)
	}
	if failure != nil {
		l.Metrics.Count(metric.LedgerFailed, 1)
	}
	return failure
}

// read scans the file and writes its uses. failure is what is wrong with the
// file's own content.
func (a *attempt) read() (failure, err error) {
	o, err := a.l.Objects.Open(a.ctx, a.file.Bucket, a.file.Key)
	if err != nil {
		if coded.Is(err, coded.NotFound) {
			return nil, coded.Wrap(coded.Invalid, err, "log file is not there")
		}
		return nil, err
	}
	defer o.Body.Close()
	a.etag = o.ETag
	size := &counter{r: o.Body}
	sum := sha256.New()
	content, err := scan.Open(a.ctx, size, a.l.Config.Limits)
	if err == nil {
		tee := io.TeeReader(content, sum)
		a.result, err = a.ledger.AddFile(a.ctx, a.file.Key, tee)
		if err == nil {
			_, err = io.Copy(io.Discard, tee)
		}
	}
	a.result.Compressed = size.n
	switch {
	case a.fault != nil:
		return nil, a.fault
	case a.ctx.Err() != nil:
		return nil, a.ctx.Err()
	case a.dir.err != nil:
		return nil, coded.Wrap(codeOf(a.dir.err), a.dir.err, "asking whose a key is")
	case size.err != nil:
		return nil, size.err
	case err != nil && (!coded.Is(err, coded.Invalid) || errors.Is(err, keyusage.ErrFull)):
		return nil, err
	case err != nil:
		failure = err
	}
	a.sum = hex.EncodeToString(sum.Sum(nil))
	return failure, a.flush()
}

// counter counts what is read, and remembers a failure of the storage, which a
// decompressor would take for one of the file.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// use takes in a use that was counted. It is called by the scan.
func (a *attempt) use(u *keyusage.Counted) error {
	a.noteAlias(u)
	a.rows.Add(u)
	if a.rows.Len() < a.l.Config.MaxRows {
		return nil
	}
	if a.dir.err != nil {
		return errStopped
	}
	if a.fault = a.flush(); a.fault != nil {
		return errStopped
	}
	return nil
}

// errStopped ends a scan; why is in the attempt.
var errStopped = errors.New("ledger: stopped")

// flush writes the uses in memory, after noting where.
func (a *attempt) flush() error {
	places := a.rows.Partitions()
	if len(places) == 0 {
		return nil
	}
	outputs := make([]output, len(places))
	for i, p := range places {
		outputs[i] = output{part: a.part, Partition: p}
	}
	if err := a.begin(outputs); err != nil {
		return err
	}
	if err := a.write(a.rows, outputs); err != nil {
		return err
	}
	a.kept = append(a.kept, outputs...)
	a.part++
	a.rows.Cut()
	if a.seen.Len() > maxSeen {
		a.seen.Forget(endOfTime)
	}
	return nil
}

// maxSeen bounds the events of one file that are remembered when its uses are
// written, some 20 MB: a record that comes again after so many others counts
// again in the file's totals and findings, and not in what Usage says.
const maxSeen = 500_000

const endOfTime = 1 << 40 // an hour after every other
