package stack

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	bolt "go.etcd.io/bbolt"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/coded"
	"latchkey/shared/reconcile"
)

// keepSent is how many outgoing events the log keeps.
const keepSent = 100_000

var (
	bucketSent    = []byte("sent")     // number → event
	bucketSentIDs = []byte("sent-ids") // id → number
)

// SentLog is the log of the events that left through the outbox, each once, in
// the order of leaving. It stands for the consumers on the bus: like them it
// drops a second copy by its id.
type SentLog struct {
	db   *bolt.DB
	keep int

	mu      sync.Mutex
	changed chan struct{}
}

func openSentLog(db *bolt.DB, keep int) (*SentLog, error) {
	err := db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketSent, bucketSentIDs} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("opening the log of outgoing events: %w", err)
	}
	return &SentLog{db: db, keep: keep, changed: make(chan struct{})}, nil
}

// append adds the events that are not there yet.
func (l *SentLog) append(envs []events.Envelope) error {
	err := l.db.Update(func(tx *bolt.Tx) error {
		log, ids := tx.Bucket(bucketSent), tx.Bucket(bucketSentIDs)
		for _, env := range envs {
			if ids.Get([]byte(env.ID)) != nil {
				continue
			}
			body, err := env.Marshal()
			if err != nil {
				return err
			}
			n, err := log.NextSequence()
			if err != nil {
				return err
			}
			if err := log.Put(number(n), body); err != nil {
				return err
			}
			if err := ids.Put([]byte(env.ID), number(n)); err != nil {
				return err
			}
		}
		return l.trim(log, ids)
	})
	if err != nil {
		return coded.Wrap(coded.Retryable, err, "writing the log of outgoing events")
	}
	l.mu.Lock()
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	return nil
}

// trim drops the oldest events beyond what is kept.
func (l *SentLog) trim(log, ids *bolt.Bucket) error {
	newest := log.Sequence()
	c := log.Cursor()
	for k, v := c.First(); k != nil; k, v = c.First() {
		if binary.BigEndian.Uint64(k)+uint64(l.keep) > newest {
			return nil
		}
		var env struct{ ID string }
		if err := json.Unmarshal(v, &env); err != nil {
			return err
		}
		if err := ids.Delete([]byte(env.ID)); err != nil {
			return err
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

// List returns up to limit events after a number, 0 for the first.
func (l *SentLog) List(after uint64, limit int) (api.SentPage, error) {
	out := api.SentPage{Items: []api.Sent{}, After: after}
	err := l.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketSent).Cursor()
		for k, v := c.Seek(number(after + 1)); k != nil && len(out.Items) < limit; k, v = c.Next() {
			s := api.Sent{Seq: binary.BigEndian.Uint64(k)}
			if err := json.Unmarshal(v, &s.Event); err != nil {
				return fmt.Errorf("outgoing event %d: %w", s.Seq, err)
			}
			out.Items, out.After = append(out.Items, s), s.Seq
		}
		return nil
	})
	return out, err
}

// Await is List, but where there is nothing yet it waits until there is, or
// until ctx ends, and then returns an empty page.
func (l *SentLog) Await(ctx context.Context, after uint64, limit int) (api.SentPage, error) {
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		page, err := l.List(after, limit)
		if err != nil || len(page.Items) > 0 {
			return page, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return page, nil
		}
	}
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// outbox is the catalog with the log behind its outbox: a message leaves the
// outbox only after it is in the log, or was put aside for good. A kill in
// between makes it come again, and the log has it already.
type outbox struct {
	*embedded.File
	log   *SentLog
	taken map[string]events.Envelope // sent, and not yet in the log
}

// take is told of every event on its way out.
func (o *outbox) take(env events.Envelope) { o.taken[env.ID] = env }

// Published implements catalog.Outbox.
func (o *outbox) Published(ctx context.Context, sent ...catalog.Message) error {
	envs := make([]events.Envelope, 0, len(sent))
	for _, m := range sent {
		if env, ok := o.taken[m.ID]; ok {
			envs = append(envs, env)
		} else if err := o.putAside(ctx, m); err != nil {
			return err
		}
	}
	if len(envs) > 0 {
		if err := o.log.append(envs); err != nil {
			return err
		}
	}
	for _, m := range sent {
		delete(o.taken, m.ID)
	}
	return o.File.Published(ctx, sent...)
}

// putAside requires that a message which was not sent is kept elsewhere.
func (o *outbox) putAside(ctx context.Context, m catalog.Message) error {
	_, err := o.Get(ctx, reconcile.AsideKey(m))
	if errors.Is(err, catalog.ErrNotFound) {
		return coded.New(coded.Internal, "event %s leaves the outbox without having been sent or put aside", m.ID)
	}
	return err
}
