package embedded

import (
	"context"
	"errors"
	"slices"
	"sync"

	"go.etcd.io/bbolt"

	"latchkey/shared/catalog"
)

// groupMax is the most changes that share one write to the disk.
const groupMax = 128

// change is one change of the file, waiting for its group.
type change struct {
	ctx  context.Context
	run  func(*fileLayer) error
	err  error         // the outcome, once done is closed
	done chan struct{} // closed when the outcome is on the disk
}

// changeQueue holds the changes that no group has taken yet, in order of arrival.
type changeQueue struct {
	mu      sync.Mutex
	waiting []*change
}

func (q *changeQueue) add(c *change) {
	q.mu.Lock()
	q.waiting = append(q.waiting, c)
	q.mu.Unlock()
}

// take removes the first changes, up to groupMax.
func (q *changeQueue) take() []*change {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), groupMax)
	group := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return group
}

// withdraw removes a change that no group has taken, and reports whether it did.
func (q *changeQueue) withdraw(c *change) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, c)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	return i >= 0
}

// change queues run, and returns when its outcome is on the disk. Whoever holds
// the writer's token commits all that is queued, so that callers that arrive
// during one write share the next. A change is not begun after ctx has ended;
// one that was begun is waited for.
func (f *File) change(ctx context.Context, run func(*fileLayer) error) error {
	c := &change{ctx: ctx, run: run, done: make(chan struct{})}
	f.queue.add(c)
	for {
		select {
		case <-c.done:
			return c.err
		case f.writer <- struct{}{}:
			f.commitGroup(f.queue.take())
			<-f.writer
		case <-ctx.Done():
			if f.queue.withdraw(c) {
				return ctx.Err()
			}
			<-c.done
			return c.err
		}
	}
}

// commitGroup runs the changes in one transaction of the file. A change that is
// refused has written nothing, so the others of its group stand.
func (f *File) commitGroup(group []*change) {
	if len(group) == 0 {
		return
	}
	failed := guard(f.path, func() error {
		err := f.db.Update(func(tx *bbolt.Tx) error {
			l := &fileLayer{tx: tx}
			for _, c := range group {
				if c.err = c.ctx.Err(); c.err != nil {
					continue
				}
				if c.err = c.run(l); c.err != nil && !refusal(c.err) {
					return c.err
				}
			}
			if !l.wrote {
				return errNothingWritten
			}
			return nil
		})
		if errors.Is(err, errNothingWritten) {
			return nil
		}
		return err
	})
	for _, c := range group {
		if failed != nil {
			c.err = failed
		}
		close(c.done)
	}
}

// errNothingWritten makes bbolt drop a transaction instead of syncing it.
var errNothingWritten = errors.New("nothing written")

// refusal reports whether err says that a change's condition did not hold.
func refusal(err error) bool {
	return errors.Is(err, catalog.ErrConflict) || errors.Is(err, catalog.ErrSeen)
}
