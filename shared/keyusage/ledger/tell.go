package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage"
	"latchkey/shared/metric"
)

// perCommit is how many findings one transaction tells: each is an item and a
// message.
const perCommit = 40

// tell commits the findings that are not on record, each with its outgoing
// event, and what last returns with the last of them: a file is marked as read
// only with all of its findings. It returns how many were new.
func (l *Ledger) tell(ctx context.Context, list []keyusage.Finding, file string, last func() (catalog.Put, error)) (int, error) {
	told := 0
	for len(list) > perCommit {
		n, err := l.tellSome(ctx, list[:perCommit], file, nil)
		if err != nil {
			return told, err
		}
		told += n
		list = list[perCommit:]
	}
	n, err := l.tellSome(ctx, list, file, last)
	return told + n, err
}

// maxTellings bounds how often a commit of findings is tried: files that are
// read at the same time may show the same ones.
const maxTellings = 20

func (l *Ledger) tellSome(ctx context.Context, list []keyusage.Finding, file string, last func() (catalog.Put, error)) (int, error) {
	var err error
	for range maxTellings {
		var t tidings
		if t, err = l.tidings(ctx, list, file); err != nil {
			return 0, err
		}
		if last != nil {
			put, err := last()
			if err != nil {
				return 0, err
			}
			t.Puts = append(t.Puts, put)
		}
		if len(t.Puts) == 0 {
			return 0, nil
		}
		if err = l.commit(ctx, t); err == nil {
			return t.news, nil
		}
		if !errors.Is(err, catalog.ErrConflict) {
			return 0, err
		}
	}
	return 0, err
}

// tidings is a transaction that records findings, and tells some of them.
type tidings struct {
	catalog.Tx
	news  int // findings that were not on record
	grave int // told ones that are critical or high
}

func (l *Ledger) commit(ctx context.Context, t tidings) error {
	if err := l.Store.Commit(ctx, t.Tx); err != nil {
		return err
	}
	l.Metrics.Count(metric.LedgerFindings, int64(len(t.Outbox)))
	l.Metrics.Count(metric.LedgerGrave, int64(t.grave))
	return nil
}

// tidings makes a transaction of a list of findings. One that is on record grows
// by what this file shows of it, and is told again when it has grown by much; one
// that is held stays held: Settle looks at all of it.
func (l *Ledger) tidings(ctx context.Context, list []keyusage.Finding, file string) (t tidings, err error) {
	now := l.Clock.Now()
	for _, found := range list {
		f := Finding{Finding: found, Item: found.ID(), File: file}
		it, err := l.Store.Get(ctx, findingKey(&f))
		switch {
		case errors.Is(err, catalog.ErrNotFound):
			t.news++
			f.Count, f.Evidence = 0, nil
		case err != nil:
			return t, err
		default:
			f = Finding{}
			if err := json.Unmarshal(it.Body, &f); err != nil {
				return t, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
			}
		}
		f.Held = f.Held || found.HoldUntil.After(now) // also again, for what came since it was told
		if !f.gather(found, file) {
			continue
		}
		if err := l.add(&t, &f, it.Version, now); err != nil {
			return t, err
		}
	}
	return t, nil
}

// add puts a finding into a transaction, with its event if it is told now: for
// the first time, or again.
func (l *Ledger) add(t *tidings, f *Finding, version int64, now time.Time) error {
	if !f.Held && (f.Tellings == 0 || f.grown()) {
		m, err := l.message(f, now)
		if err != nil {
			return err
		}
		f.Told, f.ToldCount = now, f.Count
		f.Tellings++
		t.Outbox = append(t.Outbox, m)
		if f.Severity == keyusage.Critical || f.Severity == keyusage.High {
			t.grave++
		}
	}
	put, err := findingPut(f, version)
	if err != nil {
		return err
	}
	t.Puts = append(t.Puts, put)
	return nil
}
