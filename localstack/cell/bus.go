package cell

import (
	"container/heap"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
)

// Counter names of the bus.
const (
	CountUnrouted  = "events_unrouted" // of no rule: EventBridge drops them, we count them
	CountRedrives  = "redeliveries"
	CountDeadOnes  = "dead_letters"
	CountDelivered = "deliveries"
	CountEventsOut = "events_out"
	CountCrashes   = "crashes"
	CountLostOnWay = "best_effort_events_lost"
)

// maxReceives is how often a message is delivered before it goes to the
// dead-letter queue; one whose error will not change goes there at once.
const maxReceives = 25

// Message is one event in the queue of one function.
type Message struct {
	ID        string          `json:"id"`
	Function  string          `json:"function"`
	Event     events.Envelope `json:"event"`
	VisibleAt time.Time       `json:"visibleAt"`
	Receives  int             `json:"receives"`
	Error     string          `json:"error,omitempty"` // of the last delivery
	Code      coded.Code      `json:"code,omitempty"`
	seq       uint64
}

// Delivery is what Config.Handled is told.
type Delivery struct {
	Function string
	Event    events.Envelope
	Err      error
	Took     time.Duration // in real time
}

// bus is the event bus with the queues behind its rules. Messages are saved
// before PutEvents answers and removed after they were handled.
type bus struct {
	cell     *Cell
	table    *events.Table
	journal  fake.Journal
	queue    messageHeap
	dead     []*Message
	seq      uint64
	forwards map[string]bool
}

const (
	kindMessage = "cell-message"
	kindDead    = "cell-dead-letter"
)

func newBus(c *Cell) (*bus, error) {
	table, err := events.NewTable(events.Config{})
	if err != nil {
		return nil, err
	}
	b := &bus{cell: c, table: table, journal: c.cfg.Journal, forwards: map[string]bool{}}
	load := func(kind string, take func(*Message)) error {
		return b.journal.Load(kind, func(id string, v []byte) error {
			m := &Message{}
			if err := json.Unmarshal(v, m); err != nil {
				return fmt.Errorf("message %s: %w", id, err)
			}
			b.seq++
			m.seq = b.seq
			take(m)
			return nil
		})
	}
	if err := load(kindMessage, func(m *Message) { heap.Push(&b.queue, m) }); err != nil {
		return nil, err
	}
	return b, load(kindDead, func(m *Message) { b.dead = append(b.dead, m) })
}

// put matches an event with the routing table and queues it for each function,
// or counts it. It returns how many functions get it.
func (b *bus) put(env events.Envelope, after time.Duration) (int, error) {
	routes := b.served(b.table.Match(env))
	if len(routes) == 0 {
		b.cell.Counts.Count(CountUnrouted, 1)
		return 0, nil
	}
	at := b.cell.Clock.Now().Add(after)
	var changes []fake.Change
	var fresh []*Message
	for _, r := range routes {
		copies := 1
		when := at
		switch fake.Deliver(b.cell.plan, r.Function) {
		case fake.Duplicate:
			copies = 2
		case fake.Delay:
			when = at.Add(time.Duration(b.cell.random.Int64N(int64(20 * time.Minute))))
		case fake.Reorder:
			when = at.Add(time.Duration(b.cell.random.Int64N(int64(time.Minute))))
		}
		for n := range copies {
			b.seq++
			m := &Message{ID: fmt.Sprintf("%s/%s/%d", r.Function, env.ID, b.seq), Function: r.Function, Event: env,
				VisibleAt: when.Add(time.Duration(n) * 7 * time.Second), seq: b.seq}
			v, err := json.Marshal(m)
			if err != nil {
				return 0, err
			}
			changes, fresh = append(changes, fake.Change{Kind: kindMessage, ID: m.ID, V: v}), append(fresh, m)
		}
	}
	if err := b.save(changes); err != nil {
		return 0, err
	}
	for _, m := range fresh {
		heap.Push(&b.queue, m)
	}
	return len(routes), nil
}

func (b *bus) save(changes []fake.Change) error {
	if b.journal == fake.NoJournal {
		return nil
	}
	return fake.Apply(b.journal, changes)
}

// next returns when the next message becomes visible.
func (b *bus) next() (time.Time, bool) {
	if len(b.queue) == 0 {
		return time.Time{}, false
	}
	return b.queue[0].VisibleAt, true
}

// deliver hands out the messages that are visible now.
func (b *bus) deliver(ctx context.Context) error {
	now := b.cell.Clock.Now()
	for len(b.queue) > 0 && !b.queue[0].VisibleAt.After(now) {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := heap.Pop(&b.queue).(*Message)
		if err := b.receive(ctx, m, now); err != nil {
			return err
		}
	}
	return nil
}

func (b *bus) receive(ctx context.Context, m *Message, now time.Time) error {
	m.Receives++
	b.cell.Counts.Count(CountDelivered, 1)
	if b.cell.cfg.Handling != nil {
		b.cell.cfg.Handling()
	}
	var err error
	start := time.Now()
	crash := fake.Survive(func() { err = b.cell.handle(ctx, m.Function, m.Event) })
	if crash != nil {
		b.cell.Counts.Count(CountCrashes, 1)
		err = coded.Wrap(coded.Retryable, crash, "the function died")
	}
	if b.cell.cfg.Handled != nil {
		b.cell.cfg.Handled(Delivery{Function: m.Function, Event: m.Event, Err: err, Took: time.Since(start)})
	}
	switch code := coded.Of(err); {
	case err == nil:
		return b.save([]fake.Change{{Kind: kindMessage, ID: m.ID}})
	case code == coded.Invalid, code == coded.Conflict, m.Receives >= maxReceives:
		return b.bury(m, err, code)
	default:
		m.Error, m.Code = err.Error(), code
		m.VisibleAt = now.Add(min(30*time.Second<<min(m.Receives-1, 10), 15*time.Minute))
		b.cell.Counts.Count(CountRedrives, 1)
		heap.Push(&b.queue, m)
	}
	return nil
}

// PutEvents takes the plane's outgoing events.
func (b *bus) PutEvents(ctx context.Context, batch []events.Envelope) ([]error, error) {
	failed := make([]error, len(batch))
	for i, env := range batch {
		if fake.Deliver(b.cell.plan, "put-events") != fake.None {
			failed[i] = coded.New(coded.Retryable, "ThrottlingException")
			continue
		}
		b.cell.Counts.Count(CountEventsOut, 1)
		if b.cell.cfg.Sent != nil {
			b.cell.cfg.Sent(env)
		}
	}
	return failed, nil
}

func (h messageHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *messageHeap) Push(x any)   { *h = append(*h, x.(*Message)) }
func (h *messageHeap) Pop() any {
	last := len(*h) - 1
	m := (*h)[last]
	*h = (*h)[:last]
	return m
}
