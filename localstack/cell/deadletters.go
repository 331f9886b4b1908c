package cell

import (
	"cmp"
	"container/heap"
	"encoding/json"
	"slices"

	"latchkey/shared/coded"
	"latchkey/shared/fake"
)

// bury moves a message to the dead-letter queue.
func (b *bus) bury(m *Message, cause error, code coded.Code) error {
	m.Error, m.Code = cause.Error(), code
	v, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := b.save([]fake.Change{{Kind: kindDead, ID: m.ID, V: v}, {Kind: kindMessage, ID: m.ID}}); err != nil {
		return err
	}
	b.dead = append(b.dead, m)
	b.cell.Counts.Count(CountDeadOnes, 1)
	return nil
}

// redrive puts the dead letters that may work now back into their queues.
func (b *bus) redrive() error {
	keep := b.dead[:0]
	for _, m := range b.dead {
		if m.Code == coded.Invalid || m.Code == coded.Conflict {
			keep = append(keep, m)
			continue
		}
		m.Receives, m.VisibleAt = 0, b.cell.Clock.Now()
		v, err := json.Marshal(m)
		if err != nil {
			return err
		}
		if err := b.save([]fake.Change{{Kind: kindMessage, ID: m.ID, V: v}, {Kind: kindDead, ID: m.ID}}); err != nil {
			return err
		}
		heap.Push(&b.queue, m)
	}
	b.dead = keep
	return nil
}

// DeadLetters returns what no function could take, oldest first.
func (c *Cell) DeadLetters() []Message {
	out := make([]Message, 0, len(c.bus.dead))
	for _, m := range c.bus.dead {
		out = append(out, *m)
	}
	slices.SortStableFunc(out, func(a, b Message) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

// Redrive delivers the dead letters again whose errors may have passed.
func (c *Cell) Redrive() error { return c.bus.redrive() }

type messageHeap []*Message

func (h messageHeap) Len() int { return len(h) }
func (h messageHeap) Less(i, j int) bool {
	if !h[i].VisibleAt.Equal(h[j].VisibleAt) {
		return h[i].VisibleAt.Before(h[j].VisibleAt)
	}
	return h[i].seq < h[j].seq
}
