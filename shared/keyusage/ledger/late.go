package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// A digest has the hours of the last four looked at. A log file that is read after
// that, when an outage is over, from the dead letters or since it was mended, may
// prove hours at which nobody would look again. So the hour in which it was
// delivered is noted before it is marked as read, and the hours that it may be of
// are looked at when the reading that noted it has ended, whatever became of it.

// LaneLate holds the hours that are to be looked at again. All are in one
// partition, and so in one shard.
const LaneLate catalog.Lane = "late"

const (
	latePart = "late"
	// lateAfter is how long after its delivery a log file is read late. A digest that
	// names it ends within the hour after, and the hours that it may keep from being
	// proved begin in the two hours and a quarter before; the first of them is looked
	// at until four hours after it began.
	lateAfter  = 90 * time.Minute
	lateBefore = 2 * time.Hour // the hours around that of the delivery that are looked at
	lateBehind = 2 * time.Hour
	lateMost   = keepFiles - 30*24*time.Hour // what was read of the other files of older hours may be forgotten
	lateWait   = maxAlive + 5*time.Minute
	lateAgain  = 10 * time.Minute // after a look that failed, or whose process died; less than maxAlive
	lateHours  = 5                // looked at in one look of Settle
	latePasses = 100              // after which one that cannot be looked at is tried less often
	lateSeldom = 24 * time.Hour   // after a look that failed so often
)

// lateHour is the item of an hour of log files of which some were read late.
type lateHour struct {
	Bucket string    `json:"bucket"`
	Prefix string    `json:"prefix"` // of the log files' keys
	At     time.Time `json:"at"`
	Passes int       `json:"passes,omitempty"` // looks that began
}

func (h *lateHour) key() catalog.Key {
	sum := sha256.Sum256([]byte(h.Bucket + "\x00" + h.Prefix))
	return catalog.Key{Part: latePart, Sort: hex.EncodeToString(sum[:])}
}

// noteLate notes the hour of a log file that is read late, before it is marked as
// read.
func (l *Ledger) noteLate(ctx context.Context, bucket, key string) error {
	at, ok := deliveredAt(key)
	now := l.Clock.Now()
	if age := now.Sub(at); l.PublicKeys == nil || !ok || age < lateAfter || age > lateMost {
		return nil
	}
	h := lateHour{Bucket: bucket, Prefix: hourPrefix(key), At: at.Truncate(time.Hour)}
	var err error
	for range maxTries {
		it, e := l.Store.Get(ctx, h.key())
		if e != nil && !errors.Is(e, catalog.ErrNotFound) {
			return e
		}
		if wait := it.DueAt.Sub(now); e == nil && wait > maxAlive && wait <= 2*lateWait {
			return nil // whoever looks then, sees this reading
		}
		if err = l.putLate(ctx, &h, it.Version, now.Add(lateWait)); !errors.Is(err, catalog.ErrConflict) {
			return err
		}
	}
	return coded.Wrap(coded.Retryable, err, "noting that %s was read late", key)
}

func (l *Ledger) putLate(ctx context.Context, h *lateHour, version int64, due time.Time) error {
	body, err := json.Marshal(h)
	if err != nil {
		return coded.Wrap(coded.Internal, err, "encoding %s", h.key())
	}
	put := catalog.Put{Item: catalog.Item{Key: h.key(), Body: body, Lane: LaneLate, DueAt: due}, IfVersion: version}
	return l.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{put}})
}

// proveLate looks at hours again of which log files were read late, for a part of
// the time that its caller has. What fails holds up nothing else; the error is the
// first one.
func (l *Ledger) proveLate(ctx context.Context) (failed error) {
	if l.PublicKeys == nil {
		return nil
	}
	due, err := l.Store.Due(ctx, LaneLate, catalog.ShardOf(latePart), l.Clock.Now(), lateHours)
	if err != nil || len(due) == 0 {
		return err
	}
	trails, err := l.seenTrails(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, l.Config.Turn/3)
	defer cancel()
	for _, d := range due {
		if ctx.Err() != nil {
			break // the others are due still
		}
		err := l.late(ctx, d.Key, trails)
		if err != nil && !errors.Is(err, catalog.ErrConflict) && !errors.Is(err, catalog.ErrNotFound) {
			failed = cmp.Or(failed, err)
		}
	}
	return failed
}

// late looks at the hours around one in which a file was delivered that was read
// late, for each trail that it may be of. That it looks is noted first, so that no
// other does, and the hour is due later whatever becomes of the look. A conflict
// means that another is at it, or that another file was noted.
func (l *Ledger) late(ctx context.Context, key catalog.Key, trails []seenTrail) error {
	it, err := l.Store.Get(ctx, key)
	if err != nil {
		return err
	}
	var h lateHour
	if err := json.Unmarshal(it.Body, &h); err != nil {
		return coded.Wrap(coded.Internal, err, "reading %s", it.Key)
	}
	now := l.Clock.Now()
	if it.DueAt.After(now) {
		return nil
	}
	wait := lateAgain
	if h.Passes >= latePasses {
		if now.Sub(h.At) > lateMost {
			return l.dropLate(ctx, key, it.Version)
		}
		wait = lateSeldom
	}
	h.Passes++
	if err := l.putLate(ctx, &h, it.Version, now.Add(wait)); err != nil {
		return err
	}
	if err := l.proveAround(ctx, &h, trails); err != nil {
		return err
	}
	return l.dropLate(ctx, key, it.Version+1)
}

func (l *Ledger) dropLate(ctx context.Context, key catalog.Key, version int64) error {
	return l.Store.Commit(ctx, catalog.Tx{Deletes: []catalog.Check{{Key: key, IfVersion: version}}})
}

func (l *Ledger) proveAround(ctx context.Context, h *lateHour, trails []seenTrail) error {
	for _, t := range trails {
		if !t.Trail.Holds(h.Bucket, h.Prefix) {
			continue
		}
		if _, err := l.prove(ctx, t.Trail, h.At.Add(-lateBefore), h.At.Add(lateBehind), ""); err != nil {
			return err
		}
	}
	return nil
}
