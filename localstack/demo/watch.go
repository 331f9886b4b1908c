package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/localstack/cell"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// watch keeps books of all that goes in and out, beside the plane's own
// counters: it stands between the plane and its catalog, behind the queues and
// behind the outbox.
type watch struct {
	catalog.Store
	story *story

	expected map[string]bool // function/event that was put by the story
	repeats  int             // events that the story put a second time

	recorded map[string]bool // function/event that was committed as applied
	seen     int             // commits refused because the event was applied before
	acked    int             // deliveries that a function took
	unknown  int             // of those, of no kind that matters
	retried  int             // deliveries to be repeated
	dead     int             // deliveries that ended as dead letters
	dropped  []string        // taken, and neither recorded nor unknown

	committed map[string]place // outgoing events, by id
	left      map[string]int   // how often each left
	latest    map[string]int   // by group: the place of the last one that left
	kinds     map[string]int   // outgoing events, by detail-type

	inside bool      // a delivery is being handled
	began  time.Time // when the function at work started, in real time
	walls  []time.Duration
}

// place is where an outgoing event stands in the order of commits.
type place struct {
	n     int
	group string
}

func newWatch(s *story, store catalog.Store) *watch {
	return &watch{
		Store: store, story: s, expected: map[string]bool{}, recorded: map[string]bool{}, committed: map[string]place{},
		left: map[string]int{}, latest: map[string]int{}, kinds: map[string]int{},
	}
}

// expect notes that an event was put: the functions of its routes must take it.
func (w *watch) expect(env events.Envelope) {
	switch env.Source {
	case events.SourceCommerce:
		w.expected[events.FunctionProvision+"/"+env.ID] = true
	default:
		w.expected[events.FunctionWatchKeys+"/"+env.ID] = true
	}
}

// handling starts the clock of one delivery.
func (w *watch) handling() { w.inside, w.began = true, time.Now() }

// handled takes note of how a delivery ended.
func (w *watch) handled(d cell.Delivery) {
	w.inside = false
	if d.Function == events.FunctionAuditKeys {
		return // it reads files; the story's books are of events
	}
	id := d.Function + "/" + d.Event.ID
	switch code := coded.Of(d.Err); {
	case d.Err == nil && w.recorded[id]:
		w.acked++
	case d.Err == nil:
		w.acked++
		if _, err := events.Parse(d.Event); errors.Is(err, events.ErrUnknown) {
			w.unknown++
			delete(w.expected, id)
			return
		}
		w.dropped = append(w.dropped, id)
	case code == coded.Invalid, code == coded.Conflict:
		w.dead++
		delete(w.expected, id)
	default:
		w.retried++
	}
}

// Get implements catalog.Store. A probe starts by reading its key's record.
func (w *watch) Get(ctx context.Context, key catalog.Key) (catalog.Item, error) {
	if !w.inside && strings.HasPrefix(key.Part, "key#") {
		w.began = time.Now()
	}
	return w.Store.Get(ctx, key)
}

// Commit implements catalog.Store.
func (w *watch) Commit(ctx context.Context, tx catalog.Tx) error {
	err := w.Store.Commit(ctx, tx)
	if errors.Is(err, catalog.ErrSeen) {
		w.seen++
	}
	if err != nil {
		return err
	}
	if tx.Seen != nil {
		w.recorded[tx.Seen.ID] = true
	}
	for _, m := range tx.Outbox {
		w.committed[m.ID] = place{len(w.committed) + 1, m.Group}
		w.keyNews(m)
	}
	return nil
}

var (
	lockedMark   = []byte(`"detail-type":"` + events.TypeKeyLocked + `"`)
	unlockedMark = []byte(`"detail-type":"` + events.TypeKeyUnlocked + `"`)
)

// keyNews sees a lock or an unlock at the moment that it is committed.
func (w *watch) keyNews(m catalog.Message) {
	locked := bytes.Contains(m.Body, lockedMark)
	if !locked && !bytes.Contains(m.Body, unlockedMark) {
		return
	}
	wall := time.Since(w.began)
	var env struct{ Detail events.KeyEvent }
	if err := json.Unmarshal(m.Body, &env); err != nil {
		w.story.fail("reading an outgoing event", err)
		return
	}
	if !locked {
		w.story.keyUnlocked(env.Detail.KeyARN)
		return
	}
	w.walls = append(w.walls, wall)
	w.story.keyLocked(env.Detail.KeyARN, wall)
}

// sent sees an event that left through the outbox.
func (w *watch) sent(env events.Envelope) {
	w.left[env.ID]++
	w.kinds[env.DetailType]++
	var n news
	if err := json.Unmarshal(env.Detail, &n); err != nil {
		w.story.fail("reading an outgoing event", err)
		return
	}
	at := w.committed[env.ID]
	w.story.hold(eventsOut, at.n > w.latest[at.group], "%s of %s overtook a later one, or left twice, or was never committed", env.DetailType, at.group)
	w.latest[at.group] = at.n
	w.story.notes.take(env, n)
}

// lost counts the events that went in and are not accounted for, and those
// that were committed and did not leave.
func (w *watch) lost() int {
	n := len(w.dropped)
	for id := range w.expected {
		if !w.recorded[id] {
			n++
		}
	}
	for id := range w.committed {
		if w.left[id] == 0 {
			n++
		}
	}
	return n
}
