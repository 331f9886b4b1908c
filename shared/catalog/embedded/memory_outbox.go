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
	name := messageName{m.Group, m.ID}
	if l.queued[name] != nil {
		return nil
	}
	l.commits++
	p := &pendingMessage{order: l.commits, Message: *m}
	p.Body = append([]byte(nil), m.Body...)
	l.queued[name] = p
	l.outbox.insert(p)
	l.groups.insert(p)
	return nil
}

// pending returns copies of the first messages.
func (l *memoryLayer) pending(limit int) []catalog.Message {
	var found []catalog.Message
	l.outbox.ascend(nil, func(p *pendingMessage) bool {
		found = append(found, p.copy())
		return len(found) < limit
	})
	return found
}

// pendingIn returns copies of the first messages of a group.
func (l *memoryLayer) pendingIn(group string, limit int) []catalog.Message {
	var found []catalog.Message
	first := &pendingMessage{Message: catalog.Message{Group: group}}
	l.groups.ascend(&first, func(p *pendingMessage) bool {
		if p.Group != group {
			return false
		}
		found = append(found, p.copy())
		return len(found) < limit
	})
	return found
}

// published removes messages by group and id.
func (l *memoryLayer) published(sent []catalog.Message) {
	for i := range sent {
		name := messageName{sent[i].Group, sent[i].ID}
		if p := l.queued[name]; p != nil {
			l.outbox.remove(p)
			l.groups.remove(p)
			delete(l.queued, name)
		}
	}
}

// copy returns the caller's own copy.
func (p *pendingMessage) copy() catalog.Message {
	m := p.Message
	m.Body = append([]byte(nil), p.Body...)
	return m
}
