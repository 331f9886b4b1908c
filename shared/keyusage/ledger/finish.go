package ledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/parquet"
	"latchkey/shared/metric"
)

// finish empties what only earlier attempts wanted, tells the findings, and
// marks the file as read.
func (a *attempt) finish(failure error, res *Result) error {
	if err := a.empty(); err != nil {
		return err
	}
	if err := a.learn(); err != nil {
		return err
	}
	if err := a.l.noteLate(a.ctx, a.file.Bucket, a.file.Key); err != nil {
		return err
	}
	list, cut := a.ledger.Findings()
	if n := len(list) - a.l.Config.MaxFindings; n > 0 {
		list, cut = list[:a.l.Config.MaxFindings], cut+uint64(n)
	}
	told, err := a.l.tell(a.ctx, list, a.file.Bucket+"/"+a.file.Key, a.conclude(failure, int(cut)))
	if err != nil {
		return err
	}
	res.Totals, res.Outputs, res.Findings = a.file.Totals, len(a.kept), told
	a.l.Metrics.Count(metric.LedgerFiles, 1)
	a.l.Metrics.Count(metric.LedgerUses, a.file.Totals.Uses)
	a.l.Metrics.Count(metric.LedgerBroken, a.file.Totals.BrokenRecords)
	a.l.Metrics.Count(metric.LedgerFindingsCut, int64(cut))
	return nil
}

// empty replaces the outputs that this attempt does not want.
func (a *attempt) empty() error {
	var unwanted []output
	for _, o := range a.file.Outputs {
		if !slices.Contains(a.kept, o) {
			unwanted = append(unwanted, o)
		}
	}
	return a.write(parquet.NewRows(), unwanted)
}

// conclude returns the put that marks the file as read.
func (a *attempt) conclude(failure error, untold int) func() (catalog.Put, error) {
	now := a.l.Clock.Now()
	a.file.end(a.id, now)
	a.file.Done, a.file.ReadAt, a.file.SHA256, a.file.ETag, a.file.Untold = true, now, a.sum, a.etag, untold
	a.file.Totals = a.ledger.Totals()
	a.file.Totals.CompressedBytes = a.result.Compressed
	a.file.Broken = slices.Clone(a.result.Broken[:min(len(a.result.Broken), maxBroken)])
	for i := range a.file.Broken {
		a.file.Broken[i].Reason = cut(a.file.Broken[i].Reason, maxReason)
	}
	a.file.Missed = a.missedBy()
	a.file.Failure = ""
	if failure != nil {
		a.file.Failure = cut(failure.Error(), 1000)
	}
	return func() (catalog.Put, error) { return a.l.filePut(&a.file, a.version) }
}

// maxTries bounds how often a commit is tried that others get in the way of.
const maxTries = 5

// withdraw ends an attempt that failed, so that the next one need not wait for
// it, and returns the error to report. An attempt that met another one has its
// file read again: whichever wrote last may have been the wrong one.
func (a *attempt) withdraw(cause error) error {
	met := errors.Is(cause, catalog.ErrConflict)
	report := cause
	if met {
		report = coded.Wrap(coded.Retryable, cause, "log file %s is read by another at the same time", a.file.Key)
	}
	if a.id == "" {
		return report // it has written nothing
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), 5*time.Second)
	defer cancel()
	for range maxTries {
		f, version, err := a.l.load(ctx, a.file.Bucket, a.file.Key)
		if err != nil {
			break
		}
		if _, open := f.Open[a.id]; !open && !met {
			break // it was done, and only the answer was lost
		}
		f.Done = false
		f.end(a.id, a.l.Clock.Now())
		put, err := a.l.filePut(&f, version)
		if err == nil {
			err = a.l.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{put}})
		}
		if !errors.Is(err, catalog.ErrConflict) {
			break // what could not be noted is still in File.Open
		}
	}
	return report
}
