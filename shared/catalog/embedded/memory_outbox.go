package embedded

import "latchkey/shared/catalog"

func (l *memoryLayer) seen(id string) (expires int64, ok bool, err error) {
	expires, ok = l.seenIDs[id]
	return expires, ok, nil
}

func (l *memoryLayer) remember(id string, expires int64) error {
	if before, ok := l.seenIDs[id]; ok && before != never {
		l.expiry.remove(expiryEntry{at: before, id: id})
	}
	l.seenIDs[id] = expires
	if expires != never {
		l.expiry.insert(expiryEntry{at: expires, id: id})
	}
	return nil
}

func (l *memoryLayer) enqueue(m *catalog.Message) error {
	if l.queued[m.ID] != nil {
		return nil
	}
	l.commits++
	p := &pendingMessage{order: l.commits, Message: *m}
	p.Body = append([]byte(nil), m.Body...)
	l.queued[m.ID] = p
	l.outbox.insert(p)
	return nil
}

// pending returns copies of the first messages.
func (l *memoryLayer) pending(limit int) []catalog.Message {
	var found []catalog.Message
	l.outbox.ascend(nil, func(p *pendingMessage) bool {
		m := p.Message
		m.Body = append([]byte(nil), m.Body...)
		found = append(found, m)
		return len(found) < limit
	})
	return found
}

// published removes messages by id.
func (l *memoryLayer) published(ids []string) {
	for _, id := range ids {
		if p := l.queued[id]; p != nil {
			l.outbox.remove(p)
			delete(l.queued, id)
		}
	}
}
