package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
)

const (
	// maxEvents bounds the ids that are remembered so that a record which was
	// delivered twice counts once: 16 to 43 bytes each.
	maxEvents = 8 << 20
	// flushGroups bounds what a worker counts before it is merged.
	flushGroups = 1 << 17
)

// importer reads files with several workers into one ledger.
type importer struct {
	app   *app
	cfg   keyusage.Config
	files []string
	next  atomic.Int64
	stop  context.CancelCauseFunc
	prog  *progress

	mu        sync.Mutex
	ledger    *keyusage.Ledger
	broken    brokenList
	unread    int64     // files that could not be opened
	latest    time.Time // the latest hour that has been merged
	forgotten time.Time // ids of hours before this one have been dropped
}

// importFiles reads all files. What cannot be read of them is told in the
// importer; an error means that the import did not come to its end.
func importFiles(a *app, found trailFiles, jobs int) (*importer, error) {
	ctx, stop := context.WithCancelCause(a.ctx)
	defer stop(nil)
	cfg := keyusage.Config{Seen: keyusage.NewEventSet()}
	imp := &importer{
		app: a, cfg: cfg, files: found.paths, stop: stop,
		ledger: keyusage.NewLedger(cfg), prog: startProgress(a.err, len(found.paths), found.bytes),
	}
	for _, part := range found.broken {
		imp.unread++
		imp.broken.add(part)
	}
	var workers sync.WaitGroup
	for range min(jobs, len(found.paths)) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			imp.work(ctx)
		}()
	}
	workers.Wait()
	imp.prog.end()
	return imp, asImportError(context.Cause(ctx))
}

// work reads files until there are no more, or one worker stops all.
func (imp *importer) work(ctx context.Context) {
	own := keyusage.NewLedger(imp.cfg)
	for ctx.Err() == nil {
		i := imp.next.Add(1) - 1
		if i >= int64(len(imp.files)) {
			break
		}
		if err := imp.file(ctx, own, imp.files[i]); err != nil {
			imp.stop(err)
			return
		}
		if own.Groups() >= flushGroups || imp.cfg.Seen.Len() > maxEvents {
			if err := imp.merge(own); err != nil {
				imp.stop(err)
				return
			}
			own = keyusage.NewLedger(imp.cfg)
		}
	}
	if err := imp.merge(own); err != nil {
		imp.stop(err)
	}
}

// file reads one file. It returns only what ends the import.
func (imp *importer) file(ctx context.Context, own *keyusage.Ledger, path string) error {
	f, err := os.Open(path)
	if err != nil {
		imp.unreadable(brokenPart{File: path, Reason: causeOf(err)})
		return nil
	}
	defer f.Close()
	res, err := own.AddFile(ctx, path, imp.prog.count(f))
	imp.prog.fileDone()
	switch {
	case errors.Is(err, keyusage.ErrFull), ctx.Err() != nil:
		return err
	case err == nil && res.BrokenRecords == 0:
		return nil
	}
	imp.mu.Lock()
	defer imp.mu.Unlock()
	for _, b := range res.Broken {
		imp.broken.add(brokenPart{File: path, Offset: b.Offset, Reason: b.Reason})
	}
	imp.broken.more += res.BrokenRecords - int64(len(res.Broken))
	if err != nil {
		imp.broken.add(brokenPart{File: path, Offset: res.Bytes, Reason: reasonOf(err), WholeFile: true})
	}
	return nil
}

func (imp *importer) unreadable(part brokenPart) {
	imp.prog.fileDone()
	imp.mu.Lock()
	defer imp.mu.Unlock()
	imp.unread++
	imp.broken.add(part)
}

// merge adds a worker's ledger to the whole.
func (imp *importer) merge(own *keyusage.Ledger) error {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	own.Each(func(r keyusage.Rollup) {
		if r.Hour.After(imp.latest) {
			imp.latest = r.Hour
		}
	})
	imp.forget(maxEvents)
	return imp.ledger.Merge(own)
}

// forgetSteps are how far back ids of events are kept, from the latest hour on,
// as long as they are not too many. Files are read in the order of delivery, so
// a repetition is near its first.
var forgetSteps = []time.Duration{
	90 * 24 * time.Hour, 30 * 24 * time.Hour, 7 * 24 * time.Hour, 48 * time.Hour,
	12 * time.Hour, 3 * time.Hour, time.Hour, -time.Hour,
}

// forget drops the ids of the earliest hours until few enough are left. The
// last step drops all.
func (imp *importer) forget(most int) {
	for _, back := range forgetSteps {
		if imp.cfg.Seen.Len() <= most {
			return
		}
		before := imp.latest.Add(-back)
		imp.cfg.Seen.Forget(before.Unix() / 3600)
		if before.After(imp.forgotten) {
			imp.forgotten = before
		}
	}
}

// reasonOf returns what is wrong with a file, without its name, which is told
// beside it.
func reasonOf(err error) string {
	var e *coded.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	s := e.Message
	if e.Err != nil && !errors.Is(e.Err, io.ErrUnexpectedEOF) {
		s = causeOf(e.Err)
	}
	return s
}

// causeOf returns an error of the file system without the path.
func causeOf(err error) string {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
