package ledger

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/keyusage/scan"
	"latchkey/shared/objects"
)

// attempt is one reading of a log file.
type attempt struct {
	l       *Ledger
	ctx     context.Context
	file    File
	version int64  // of the file's item
	id      string // in File.Open; empty: it has not begun to write
	dir     *directory
	ledger  *keyusage.Ledger
	seen    *keyusage.EventSet
	result  scan.Result
	sum     string
	etag    string
	aliases map[string]aliasItem // that the file shows, with their keys
	part    int                  // the next part's number
	kept    []output             // what this attempt wants there to be
	fault   error                // why a flush failed in the middle of the scan

	*buffers
}

// buffers are used again by the next attempt.
type buffers struct {
	rows   *parquet.Rows
	writer *parquet.Writer
}

var pool = sync.Pool{New: func() any { return &buffers{rows: parquet.NewRows(), writer: parquet.NewWriter()} }}

var parquetOptions = objects.Options{ContentType: "application/vnd.apache.parquet"}

func (l *Ledger) take(ctx context.Context, f File, version int64) *attempt {
	a := &attempt{l: l, ctx: ctx, file: f, version: version, dir: l.directory(ctx), seen: keyusage.NewEventSet()}
	a.buffers = pool.Get().(*buffers)
	a.ledger = keyusage.NewLedger(keyusage.Config{
		Directory: a.dir, Seen: a.seen, Limits: l.Config.Limits, Rules: l.Config.Rules, Each: a.use, Elsewhere: a.dir.reads,
	})
	return a
}

func (l *Ledger) give(a *attempt) {
	a.rows.Reset()
	pool.Put(a.buffers)
}

func (f *File) outputKey(o output) string {
	return TableKey(o.Partition, parquet.FileName(f.Bucket, f.Key, o.part))
}

// maxFileItem bounds a log file's item while it is read: some 7,000 outputs. What
// is noted at its end has room beside them.
const maxFileItem = catalog.MaxItemBytes - 32<<10

// begin notes the attempt, and what it is about to write.
func (a *attempt) begin(outputs []output) error {
	fresh := a.file.plan(outputs)
	if !fresh && a.id != "" {
		return nil
	}
	if a.id == "" {
		a.id = strconv.FormatInt(a.version+1, 10)
		if a.file.Open == nil {
			a.file.Open = map[string]time.Time{}
		}
		a.file.Open[a.id] = a.l.Clock.Now()
	}
	a.file.Done = false
	put, err := a.l.filePut(&a.file, a.version)
	if err != nil {
		return err
	}
	if put.Item.Bytes() > maxFileItem {
		return coded.New(coded.Internal, "log file %s has uses of too many tenants: its %d outputs do not fit into its item", a.file.Key, len(a.file.Outputs))
	}
	if err := a.l.Store.Commit(a.ctx, catalog.Tx{Puts: []catalog.Put{put}}); err != nil {
		if a.part == 0 {
			a.id = ""
		}
		return err
	}
	a.version++
	return nil
}

// write writes outputs: of each the uses of its partition in rows, or none. They
// are put a few at once, as most of the time is waiting for the bucket.
func (a *attempt) write(rows *parquet.Rows, outputs []output) error {
	ctx, cancel := context.WithCancelCause(a.ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, a.l.Config.Writes)
	for _, o := range outputs {
		if ctx.Err() != nil {
			break
		}
		var body bytes.Buffer
		if err := a.writer.Write(&body, rows, o.Partition); err != nil {
			cancel(err)
			break
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if _, err := a.l.Objects.Put(ctx, a.l.Config.LedgerBucket, a.file.outputKey(o), body.Bytes(), parquetOptions); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
