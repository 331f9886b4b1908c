package embedded

import (
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// dropPerCommit bounds the expired items and seen ids that one commit drops. It
// is above what one commit can add, so that they cannot pile up.
const dropPerCommit = 2 * catalog.MaxTxItems

// layer is the storage under a commit. Its caller holds the right to write.
type layer interface {
	// find returns the stored record, expired or not; nil if there is none.
	find(catalog.Key) (*record, error)
	// replace stores next in the place of old and moves the index entries that
	// differ; a nil old is a new item, a nil next a removed one. Not both nil.
	replace(old, next *record) error
	// seen returns when the id is forgotten (microseconds or never).
	seen(id string) (expires int64, ok bool, err error)
	// remember stores a seen id, in place of an expired one if there is one.
	remember(id string, expires int64) error
	// enqueue appends a message to the outbox; one of whose group and id there is
	// one already keeps its first place.
	enqueue(m *catalog.Message) error
	// dropExpired removes up to max items and seen ids that expired by now.
	dropExpired(now int64, max int) error
}

// apply runs a validated transaction. Every condition is checked before the
// first write, so after an error of catalog nothing of tx was written (expired
// things may have been dropped, which no reader can tell); any other error comes
// from the layer.
func apply(l layer, tx *catalog.Tx, now int64) error {
	if err := l.dropExpired(now, dropPerCommit); err != nil {
		return err
	}
	if tx.Seen != nil {
		switch expires, ok, err := l.seen(tx.Seen.ID); {
		case err != nil:
			return err
		case ok && (expires == never || expires > now):
			return coded.Wrap(coded.Conflict, catalog.ErrSeen, "event %s", tx.Seen.ID)
		}
	}
	var few [8]*record
	old := few[:0]
	for i := range tx.Puts {
		r, err := match(l, tx.Puts[i].Item.Key, tx.Puts[i].IfVersion, now)
		if err != nil {
			return err
		}
		old = append(old, r)
	}
	for _, c := range tx.Deletes {
		r, err := match(l, c.Key, c.IfVersion, now)
		if err != nil {
			return err
		}
		old = append(old, r)
	}
	for _, c := range tx.Checks {
		if _, err := match(l, c.Key, c.IfVersion, now); err != nil {
			return err
		}
	}
	return write(l, tx, old)
}

// match returns the stored record of a key if its version is ifVersion. An
// expired record counts as absent, but is returned, to be replaced.
func match(l layer, k catalog.Key, ifVersion, now int64) (*record, error) {
	r, err := l.find(k)
	if err != nil {
		return nil, err
	}
	var version int64
	if r != nil && !r.expired(now) {
		version = r.version
	}
	if version != ifVersion {
		return nil, coded.Wrap(coded.Retryable, catalog.ErrConflict, "%s is at version %d, not %d", k, version, ifVersion)
	}
	return r, nil
}

// write stores a transaction whose conditions hold; old are the stored records
// of its puts and then of its deletes.
func write(l layer, tx *catalog.Tx, old []*record) error {
	for i := range tx.Puts {
		p := &tx.Puts[i]
		if err := l.replace(old[i], newRecord(&p.Item, p.IfVersion+1)); err != nil {
			return err
		}
	}
	for _, r := range old[len(tx.Puts):] {
		if r == nil {
			continue
		}
		if err := l.replace(r, nil); err != nil {
			return err
		}
	}
	for i := range tx.Outbox {
		if err := l.enqueue(&tx.Outbox[i]); err != nil {
			return err
		}
	}
	if tx.Seen == nil {
		return nil
	}
	return l.remember(tx.Seen.ID, micros(tx.Seen.Expires))
}
