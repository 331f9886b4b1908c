package embedded

import (
	"bytes"
	"encoding/binary"
	"slices"

	"latchkey/shared/catalog"
)

func (l *fileLayer) seen(id string) (expires int64, ok bool, err error) {
	v := l.tx.Bucket(bucketSeen).Get([]byte(id))
	if v == nil {
		return 0, false, nil
	}
	if expires, ok = readTime(v); !ok {
		return 0, false, errEncoding
	}
	return expires, true, nil
}

func (l *fileLayer) remember(id string, expires int64) error {
	l.wrote = true
	before, ok, err := l.seen(id)
	if err != nil {
		return err
	}
	seen, expiry := l.tx.Bucket(bucketSeen), l.tx.Bucket(bucketExpiry)
	if !ok {
		if err := count(seen, true); err != nil {
			return err
		}
	} else if before != never {
		if err := expiry.Delete(seenExpiryKey(before, id)); err != nil {
			return err
		}
	}
	if expires != never {
		if err := expiry.Put(seenExpiryKey(expires, id), present); err != nil {
			return err
		}
	}
	return seen.Put([]byte(id), appendTime(nil, expires))
}

func seenExpiryKey(expires int64, id string) []byte {
	return append(append(appendTime(make([]byte, 0, 9+len(id)), expires), 's'), id...)
}

func (l *fileLayer) enqueue(m *catalog.Message) error {
	queued, name := l.tx.Bucket(bucketQueued), messageKey(m.Group, m.ID)
	if queued.Get(name) != nil {
		return nil
	}
	l.wrote = true
	outbox := l.tx.Bucket(bucketOutbox)
	number, err := outbox.NextSequence()
	if err != nil {
		return err
	}
	key := binary.BigEndian.AppendUint64(nil, number)
	if err := outbox.Put(key, encodeMessage(m)); err != nil {
		return err
	}
	if err := count(queued, true); err != nil {
		return err
	}
	return queued.Put(name, key)
}

// pending returns the first messages.
func (l *fileLayer) pending(limit int) ([]catalog.Message, error) {
	var found []catalog.Message
	c := l.tx.Bucket(bucketOutbox).Cursor()
	for k, v := c.First(); k != nil && len(found) < limit; k, v = c.Next() {
		m, err := decodeMessage(v)
		if err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, nil
}

// pendingIn returns the first messages of a group. It looks at the numbers of
// all of them, since they are stored by id.
func (l *fileLayer) pendingIn(group string, limit int) ([]catalog.Message, error) {
	var numbers [][]byte
	prefix := messageKey(group, "")
	c := l.tx.Bucket(bucketQueued).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		numbers = append(numbers, v)
	}
	slices.SortFunc(numbers, bytes.Compare)
	outbox := l.tx.Bucket(bucketOutbox)
	var found []catalog.Message
	for _, n := range numbers[:min(limit, len(numbers))] {
		m, err := decodeMessage(outbox.Get(n))
		if err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, nil
}

// published removes messages by group and id.
func (l *fileLayer) published(sent []catalog.Message) error {
	queued, outbox := l.tx.Bucket(bucketQueued), l.tx.Bucket(bucketOutbox)
	for i := range sent {
		name := messageKey(sent[i].Group, sent[i].ID)
		number := queued.Get(name)
		if number == nil {
			continue
		}
		l.wrote = true
		if err := outbox.Delete(number); err != nil {
			return err
		}
		if err := queued.Delete(name); err != nil {
			return err
		}
		if err := count(queued, false); err != nil {
			return err
		}
	}
	return nil
}
