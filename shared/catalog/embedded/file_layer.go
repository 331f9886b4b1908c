package embedded

import (
	"bytes"

	"go.etcd.io/bbolt"

	"latchkey/shared/catalog"
)

// Buckets of the file. The sequence of items, seen and queued counts their
// entries; that of outbox numbers the messages.
var (
	bucketMeta    = []byte("meta")   // "format" → fileFormat
	bucketItems   = []byte("items")  // key → item; serves IndexPart too
	bucketDue     = []byte("due")    // due key → expiry (8 bytes)
	bucketExpiry  = []byte("expiry") // expiry (8 bytes), 'i' key or 's' id → nothing
	bucketSeen    = []byte("seen")   // id → expiry (8 bytes)
	bucketOutbox  = []byte("outbox") // number (8 bytes) → message
	bucketQueued  = []byte("queued") // message key → number in outbox
	bucketIndexes = [len(lookups)][]byte{nil, []byte("index.kind"), []byte("index.tenant"), []byte("index.keyArn"),
		[]byte("index.resource"), []byte("index.host"), []byte("index.shard")} // index key → nothing
)

// present is the value of an entry that says all in its key.
var present = []byte{}

// fileLayer is the storage of File within one bbolt transaction.
type fileLayer struct {
	tx    *bbolt.Tx
	wrote bool
	items *bbolt.Bucket // opened by itemBucket
}

func (l *fileLayer) itemBucket() *bbolt.Bucket {
	if l.items == nil {
		l.items = l.tx.Bucket(bucketItems)
	}
	return l.items
}

func (l *fileLayer) find(k catalog.Key) (*record, error) {
	key := appendKey(make([]byte, 0, 128), k)
	value := l.itemBucket().Get(key)
	if value == nil {
		return nil, nil
	}
	return decodeRecord(key, value)
}

func (l *fileLayer) replace(old, next *record) error {
	l.wrote = true
	items := l.itemBucket()
	if next == nil {
		if err := items.Delete(appendKey(nil, old.key)); err != nil {
			return err
		}
	} else if err := items.Put(appendKey(nil, next.key), encodeRecord(next)); err != nil {
		return err
	}
	if old == nil || next == nil {
		if err := count(items, old == nil); err != nil {
			return err
		}
	}
	if err := l.reindex(old, next); err != nil {
		return err
	}
	return l.reschedule(old, next)
}

// count moves the entry counter of a bucket by one, up or down.
func count(b *bbolt.Bucket, up bool) error {
	n := b.Sequence()
	if up {
		return b.SetSequence(n + 1)
	}
	return b.SetSequence(n - 1)
}

// reindex moves the index entries that differ between old and next.
func (l *fileLayer) reindex(old, next *record) error {
	was, is := old.indexValues(), next.indexValues()
	for i := 1; i < len(lookups); i++ {
		if was[i] == is[i] {
			continue
		}
		index := l.tx.Bucket(bucketIndexes[i])
		if was[i] != "" {
			if err := index.Delete(indexKey(was[i], old.key)); err != nil {
				return err
			}
		}
		if is[i] != "" {
			if err := index.Put(indexKey(is[i], next.key), present); err != nil {
				return err
			}
		}
	}
	return nil
}

// schedule is what the due index and the expiry queue know of a record.
type schedule struct {
	lane         catalog.Lane
	due, expires int64
}

func scheduleOf(r *record) schedule {
	switch {
	case r == nil:
		return schedule{due: never, expires: never}
	case r.due == never:
		return schedule{due: never, expires: r.expires}
	}
	return schedule{r.lane, r.due, r.expires}
}

// reschedule moves the entries of the due index and of the expiry queue.
func (l *fileLayer) reschedule(old, next *record) error {
	was, is := scheduleOf(old), scheduleOf(next)
	if was == is {
		return nil
	}
	due := l.tx.Bucket(bucketDue)
	if was.due != never {
		if err := due.Delete(dueKey(was.lane, was.due, old.key)); err != nil {
			return err
		}
	}
	if is.due != never {
		if err := due.Put(dueKey(is.lane, is.due, next.key), appendTime(nil, is.expires)); err != nil {
			return err
		}
	}
	if was.expires == is.expires {
		return nil
	}
	expiry := l.tx.Bucket(bucketExpiry)
	if was.expires != never {
		if err := expiry.Delete(appendKey(append(appendTime(nil, was.expires), 'i'), old.key)); err != nil {
			return err
		}
	}
	if is.expires != never {
		return expiry.Put(appendKey(append(appendTime(nil, is.expires), 'i'), next.key), present)
	}
	return nil
}

func (l *fileLayer) dropExpired(now int64, max int) error {
	expiry := l.tx.Bucket(bucketExpiry)
	var gone [][]byte
	c := expiry.Cursor()
	for k, _ := c.First(); k != nil && len(gone) < max; k, _ = c.Next() {
		at, ok := readTime(k)
		if !ok || len(k) < 10 {
			return errEncoding
		}
		if at > now {
			break
		}
		gone = append(gone, bytes.Clone(k))
	}
	for _, k := range gone {
		if err := l.drop(expiry, k); err != nil {
			return err
		}
	}
	return nil
}

// drop removes the item or seen id of an entry of the expiry queue.
func (l *fileLayer) drop(expiry *bbolt.Bucket, entry []byte) error {
	l.wrote = true
	rest := entry[8:]
	if rest[0] == 's' {
		seen := l.tx.Bucket(bucketSeen)
		if err := seen.Delete(rest[1:]); err != nil {
			return err
		}
		if err := count(seen, false); err != nil {
			return err
		}
		return expiry.Delete(entry)
	}
	k, ok := splitKey(rest[1:])
	if !ok {
		return errEncoding
	}
	r, err := l.find(k)
	if err != nil {
		return err
	}
	if r == nil {
		return errEncoding
	}
	return l.replace(r, nil)
}
