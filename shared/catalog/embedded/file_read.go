package embedded

import (
	"bytes"

	"go.etcd.io/bbolt"

	"latchkey/shared/catalog"
)

// walk calls visit with the records of one index value, in order of key, after
// the given key (ascending, perhaps with it), until visit returns false.
func (l *fileLayer) walk(index int, value string, from *catalog.Key, descending bool, visit func(*record) bool) error {
	items := l.itemBucket()
	bucket, prefix := items, append([]byte(value), 0)
	start := prefix
	if index > 0 {
		bucket = l.tx.Bucket(bucketIndexes[index])
		if from != nil {
			start = indexKey(value, *from)
		}
	} else if from != nil {
		start = appendKey(nil, *from)
	}
	if descending && from == nil {
		start = append([]byte(value), 1)
	}
	c := bucket.Cursor()
	k, v := seek(c, start, descending)
	for k != nil && bytes.HasPrefix(k, prefix) {
		if index > 0 {
			k = k[len(prefix):]
			v = items.Get(k)
		}
		r, err := decodeRecord(k, v)
		if err != nil {
			return err
		}
		if !visit(r) {
			return nil
		}
		if descending {
			k, v = c.Prev()
		} else {
			k, v = c.Next()
		}
	}
	return nil
}

// seek moves to the first entry that is not before start or, descending, to the
// last that is before it.
func seek(c *bbolt.Cursor, start []byte, descending bool) (key, value []byte) {
	key, value = c.Seek(start)
	switch {
	case !descending:
		return key, value
	case key == nil:
		return c.Last()
	}
	return c.Prev()
}

// walkDue calls visit with one shard's due times, expiries and keys, the
// earliest first, until visit returns false.
func (l *fileLayer) walkDue(lane catalog.Lane, shard int, visit func(at, expires int64, k catalog.Key) bool) error {
	prefix := duePrefix(lane, shard)
	c := l.tx.Bucket(bucketDue).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		rest := k[len(prefix):]
		at, ok := readTime(rest)
		expires, fine := readTime(v)
		if !ok || !fine {
			return errEncoding
		}
		key, ok := splitKey(rest[8:])
		if !ok {
			return errEncoding
		}
		if !visit(at, expires, key) {
			return nil
		}
	}
	return nil
}

func (l *fileLayer) stats() Stats {
	count := func(bucket []byte) int { return int(l.tx.Bucket(bucket).Sequence()) }
	return Stats{Items: count(bucketItems), Seen: count(bucketSeen), Pending: count(bucketQueued)}
}
