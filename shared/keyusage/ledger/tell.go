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
		var tx catalog.Tx
		var news int
		if tx, news, err = l.tidings(ctx, list, file); err != nil {
			return 0, err
		}
		if last != nil {
			put, err := last()
			if err != nil {
				return 0, err
			}
			tx.Puts = append(tx.Puts, put)
		}
		if len(tx.Puts) == 0 {
			return 0, nil
		}
		err = l.Store.Commit(ctx, tx)
		if err == nil {
			l.Metrics.Count(metric.LedgerFindings, int64(len(tx.Outbox)))
			return news, nil
		}
		if !errors.Is(err, catalog.ErrConflict) {
			return 0, err
		}
	}
	return 0, err
}

// tidings makes a transaction of a list of findings, and returns how many of them
// are new. One that is on record grows by what this file shows of it, and is
// told again when it has grown by much; one that is held stays held: Settle looks
// at all of it.
func (l *Ledger) tidings(ctx context.Context, list []keyusage.Finding, file string) (tx catalog.Tx, news int, err error) {
	now := l.Clock.Now()
	for _, found := range list {
		f := Finding{Finding: found, Item: found.ID(), File: file}
		it, err := l.Store.Get(ctx, findingKey(&f))
		switch {
		case errors.Is(err, catalog.ErrNotFound):
			news++
			f.Count, f.Evidence = 0, nil
		case err != nil:
			return tx, 0, err
		default:
			f = Finding{}
			if err := json.Unmarshal(it.Body, &f); err != nil {
				return tx, 0, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
			}
		}
		f.Held = f.Held || found.HoldUntil.After(now) // also again, for what came since it was told
		if !f.gather(found, file) {
			continue
		}
		if err := l.add(&tx, &f, it.Version, now); err != nil {
			return tx, 0, err
		}
	}
	return tx, news, nil
}

// add puts a finding into a transaction, with its event if it is told now: for
// the first time, or again.
func (l *Ledger) add(tx *catalog.Tx, f *Finding, version int64, now time.Time) error {
	if !f.Held && (f.Tellings == 0 || f.grown()) {
		m, err := l.message(f, now)
		if err != nil {
			return err
		}
		f.Told, f.ToldCount = now, f.Count
		f.Tellings++
		tx.Outbox = append(tx.Outbox, m)
	}
	put, err := findingPut(f, version)
	if err != nil {
		return err
	}
	tx.Puts = append(tx.Puts, put)
	return nil
}
