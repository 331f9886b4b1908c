package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// A record may come in two files, and its tenant, key or database be recorded
// between them: then it is under no tenant by the first file, and under its
// tenant by the second. So the first is read again. A log file's item says what
// the directory did not know while it was read; when something is known for the
// first time, it is noted (as met), and once no reading can be under way that had
// an older answer, the files of the last days that missed it are read again.

const (
	meetAfter  = keepNone + maxAlive // until when a reading may go by an older answer
	meetDays   = 3                   // whose files are read again
	meetFiles  = 10                  // that are read again at a time
	meetPasses = 100                 // with a failure, after which what cannot be read again is left
	maxMissed  = 100                 // names in a file's item; more are anyMissed
	maxPages   = 20                  // of files that missed something, for one thing at a time
	anyMissed  = "*"
)

// missedName is a thing that was asked for, as it is in File.Missed.
func missedName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}

// missedBy returns what the directory missed, if uses are under no tenant.
func (a *attempt) missedBy() []string {
	if !slices.ContainsFunc(a.kept, func(o output) bool { return o.Tenant == "" }) {
		return nil
	}
	if len(a.dir.missed) > maxMissed {
		return []string{anyMissed}
	}
	names := make([]string, 0, len(a.dir.missed))
	for name := range maps.Keys(a.dir.missed) {
		names = append(names, missedName(name))
	}
	slices.Sort(names)
	return names
}

// misses reports whether a file was read without knowing what was met at a time.
// A reading that ended once no older answer was in use knew it, even if it missed
// too much else to say so.
func (f *File) misses(name string, met time.Time) bool {
	return f.ReadAt.Before(met.Add(meetAfter)) && (slices.Contains(f.Missed, name) || slices.Contains(f.Missed, anyMissed))
}

// missedIndex is the value in the kind index under which the files of a day that
// missed something are found.
func missedIndex(readAt time.Time) string { return "missed/" + readAt.UTC().Format(time.DateOnly) }

// met is the item of a thing that the directory has known once.
type met struct {
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
	Passes int       `json:"passes,omitempty"`
	Done   bool      `json:"done,omitempty"` // the files that missed it were read again
	// Day and After are the page of the files that is the next to be read again.
	Day   time.Time `json:"day,omitzero"`
	After string    `json:"after,omitempty"`
}

const metPart = "met#"

// meet notes that something is known, the first time.
func (l *Ledger) meet(ctx context.Context, name string) error {
	l.mu.Lock()
	known := l.met[name]
	l.mu.Unlock()
	if known {
		return nil
	}
	key := catalog.Key{Part: metPart + name, Sort: "."}
	_, err := l.Store.Get(ctx, key)
	if errors.Is(err, catalog.ErrNotFound) {
		now := l.Clock.Now()
		err = l.putMet(ctx, key, met{Name: name, At: now}, 0, now.Add(meetAfter))
		if errors.Is(err, catalog.ErrConflict) {
			err = nil // another has noted it
		}
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.met == nil || len(l.met) >= maxKept {
		l.met = map[string]bool{}
	}
	l.met[name] = true
	return nil
}

func (l *Ledger) putMet(ctx context.Context, key catalog.Key, m met, version int64, due time.Time) error {
	body, err := json.Marshal(m)
	if err != nil {
		return coded.Wrap(coded.Internal, err, "encoding %s", key)
	}
	it := catalog.Item{Key: key, Body: body}
	if !m.Done {
		it.Lane, it.DueAt = LaneHeld, due
	}
	return l.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it, IfVersion: version}}})
}
