package fakerds

import (
	"context"
	"maps"
	"slices"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// snap is a manual snapshot. Exported fields are kept in the journal.
type snap struct {
	entry `json:"-"`

	ID         string
	InstanceID string
	ResourceID string // DbiResourceId of the instance it was taken of
	Spec       database.Spec
	Status     string
	KeyARN     string
	Grant      string // of a copy, while it is made
	CopyOf     string // the snapshot that it is a copy of, or empty
	CreatedAt  time.Time
	DoneAt     time.Time
	Tags       map[string]string
	History    []op // of the instance, until the snapshot was taken
}

func (s *snap) record() (kind, id string) { return kindSnapshot, s.ID }

// progress returns percentProgress: it grows evenly while the snapshot is made.
func (s *snap) progress(now time.Time) int {
	switch {
	case s.Status == snapAvailable:
		return 100
	case s.Status == snapFailed || !now.After(s.CreatedAt):
		return 0
	}
	return min(99, int(100*now.Sub(s.CreatedAt)/(s.DoneAt.Sub(s.CreatedAt)+1)))
}

func (s *snap) describe(now time.Time) snapshot.Description {
	return snapshot.Description{
		SnapshotID: s.ID, InstanceID: s.InstanceID, ResourceID: s.ResourceID, Status: s.Status, KMSKeyARN: s.KeyARN,
		CreatedAt: s.CreatedAt, Progress: s.progress(now), Tags: maps.Clone(s.Tags),
	}
}

// addSnapshot takes in a new snapshot.
func (r *RDS) addSnapshot(s *snap) {
	r.insertSnapshot(s)
	r.touch(s)
}

// insertSnapshot puts a snapshot in the indexes and the queue.
func (r *RDS) insertSnapshot(s *snap) {
	s.entry.id = "snapshot/" + s.ID
	r.snapshots[s.ID] = s
	ids := r.bySource[s.InstanceID]
	if at, found := slices.BinarySearch(ids, s.ID); !found {
		r.bySource[s.InstanceID] = slices.Insert(ids, at, s.ID)
	}
	if s.Status == snapCreating {
		r.queue.set(s, s.DoneAt)
	}
}

// fire ends the making of a snapshot. It fails if the key cannot be used any more.
func (s *snap) fire(ctx context.Context, r *RDS, at time.Time) time.Time {
	s.Status = snapAvailable
	if s.CopyOf != "" {
		r.finishCopy(ctx, s, at)
		return zeroTime
	}
	if i := r.instances[s.InstanceID]; i != nil && i.ResourceID == s.ResourceID && r.tryKey(ctx, i) == keyLost {
		s.Status = snapFailed
		return zeroTime
	}
	r.emitSnapshot(s, eventSnapshotCreated, at)
	return zeroTime
}
