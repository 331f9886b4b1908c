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

func (l *Ledger) tellSome(ctx context.Context, list []keyusage.Finding, file string, last func() (catalog.Put, error)) (int, error) {
	var err error
	for range maxTries {
		var tx catalog.Tx
		var ids []string
		if tx, ids, err = l.tidings(ctx, list, file); err != nil {
			return 0, err
		}
		news := len(tx.Puts)
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
			l.remember(ids)
			l.Metrics.Count(metric.LedgerFindings, int64(len(tx.Outbox)))
			return news, nil
		}
		if !errors.Is(err, catalog.ErrConflict) {
			return 0, err
		}
	}
	return 0, err
}

// tidings makes a transaction of what is new in a list of findings, and returns
// the ids of those that are told with it.
func (l *Ledger) tidings(ctx context.Context, list []keyusage.Finding, file string) (tx catalog.Tx, ids []string, err error) {
	now := l.Clock.Now()
	for _, found := range list {
		f := Finding{Finding: found, Item: found.ID(), File: file, Held: found.HoldUntil.After(now)}
		if l.remembered(f.Item) {
			continue
		}
		it, err := l.Store.Get(ctx, findingKey(&f))
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return tx, nil, err
		}
		if err == nil {
			var have Finding
			if err := json.Unmarshal(it.Body, &have); err != nil {
				return tx, nil, coded.Wrap(coded.Internal, err, "reading %s", it.Key)
			}
			if !have.Held {
				ids = append(ids, f.Item)
				continue
			}
			if !have.gather(found) {
				continue
			}
			f = have // it stays held: Settle looks at all of it
		}
		if err := l.add(&tx, &f, it.Version, now); err != nil {
			return tx, nil, err
		}
		if !f.Held {
			ids = append(ids, f.Item)
		}
	}
	return tx, ids, nil
}

// add puts a finding into a transaction, with its event if it is told now.
func (l *Ledger) add(tx *catalog.Tx, f *Finding, version int64, now time.Time) error {
	if !f.Held {
		f.Told = now
		m, err := l.message(f, now)
		if err != nil {
			return err
		}
		tx.Outbox = append(tx.Outbox, m)
	}
	put, err := findingPut(f, version)
	if err != nil {
		return err
	}
	tx.Puts = append(tx.Puts, put)
	return nil
}

// maxTold bounds the findings that are remembered as told; it saves a read for
// each file with the same finding.
const maxTold = 20_000

func (l *Ledger) remembered(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told[id]
}

func (l *Ledger) remember(ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.told)+len(ids) > maxTold {
		clear(l.told)
	}
	for _, id := range ids {
		l.told[id] = true
	}
}
