package snapshot

import (
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/database"
)

// retire deletes a snapshot whose time is over, unless something holds it.
func (s *stepper) retire() (time.Duration, error) {
	rec := &s.next
	if s.now.Before(rec.DeleteAt) {
		return rec.DeleteAt.Sub(s.now), nil
	}
	rec.Held = s.protect.Hold()
	if rec.Held != "" {
		rec.HeldAt = s.now
		return heldEvery, nil
	}
	return s.remove()
}

// remove deletes the snapshot in RDS, if it is ours.
func (s *stepper) remove() (time.Duration, error) {
	rec := &s.next
	d, err := s.aws.Describe(s.ctx, rec.ID)
	switch {
	case code(err) == database.CodeSnapshotNotFound:
		return s.gone()
	case err != nil:
		return 0, s.fault("describing", err)
	case !rec.owns(d):
		rec.Held, rec.HeldAt = "the snapshot of this name is not ours: it is left alone", s.now
		return heldEvery, nil
	}
	if phase, _ := PhaseOf(d.Status); phase == PhaseDeleting {
		rec.Phase = PhaseDeleting
		return pollEvery, nil
	}
	switch err := s.aws.Delete(s.ctx, rec.ID); {
	case code(err) == database.CodeSnapshotNotFound:
		return s.gone()
	case code(err) == database.CodeSnapshotState:
		if rec.Phase == PhaseFailed {
			return heldEvery, nil // RDS promises to delete available ones only [RDS API reference, DeleteDBSnapshot]
		}
		return retryEvery, nil // it is being copied or restored from
	case err != nil:
		return 0, s.fault("deleting", err)
	}
	rec.Phase = PhaseDeleting
	return pollEvery, nil
}

// awaitGone looks whether the snapshot is gone.
func (s *stepper) awaitGone() (time.Duration, error) {
	_, err := s.aws.Describe(s.ctx, s.next.ID)
	switch {
	case code(err) == database.CodeSnapshotNotFound:
		return s.gone()
	case err != nil:
		return 0, s.fault("describing", err)
	}
	return pollEvery, nil
}

func (s *stepper) gone() (time.Duration, error) {
	s.next.Phase, s.next.Held, s.next.HeldAt = PhaseDeleted, "", time.Time{}
	s.emit(events.TypeSnapshotDeleted)
	return 0, nil
}

// tags mark the snapshot as ours.
func (rec Record) tags() map[string]string {
	tags := map[string]string{database.TagOwner: database.Owner, database.TagDatabase: rec.DatabaseID}
	if rec.TenantID != "" {
		tags[database.TagTenant] = rec.TenantID
	}
	if rec.KeyARN != "" {
		tags[database.TagKey] = rec.KeyARN
	}
	return tags
}

// owns reports whether the real snapshot is the record's.
func (rec Record) owns(d Description) bool {
	return d.Tags[database.TagOwner] == database.Owner && d.Tags[database.TagDatabase] == rec.DatabaseID
}

// emit tells of the snapshot as it now is.
func (s *stepper) emit(detailType string) {
	rec := s.next
	e := &events.SnapshotEvent{
		SnapshotID: rec.ID, DatabaseID: rec.DatabaseID, TenantID: rec.TenantID,
		Purpose: string(rec.Purpose), KeyARN: rec.KeyARN, Reason: cut(rec.Reason),
	}
	if !rec.DeleteAt.IsZero() {
		at := rec.DeleteAt
		e.DeleteAt = &at
	}
	s.out = append(s.out, events.Draft{DetailType: detailType, Detail: e})
}

// maxReason bounds an event's reason, in bytes, well below what its schema allows.
const maxReason = 500

// cut shortens a reason that is too long, at the border of a character.
func cut(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "") + "…"
}
