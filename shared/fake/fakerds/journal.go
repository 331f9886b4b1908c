package fakerds

import (
	"encoding/json"
	"fmt"
	"slices"

	"latchkey/shared/coded"
	"latchkey/shared/fake"
)

// Kinds of objects in the journal.
const (
	kindInstance = "rds-instance"
	kindSnapshot = "rds-snapshot"
)

// touch reschedules a thing that was changed and marks it to be saved.
func (r *RDS) touch(t timed) {
	e := t.place()
	if i, ok := t.(*instance); ok && !e.gone {
		at, _ := i.due()
		r.queue.set(t, at)
	}
	if r.cfg.Journal == nil || e.dirty || e.gone {
		return
	}
	e.dirty = true
	r.dirty = append(r.dirty, t)
}

// forget takes a thing out of the queue and the journal.
func (r *RDS) forget(t timed) {
	r.queue.set(t, zeroTime)
	t.place().gone = true
	if r.cfg.Journal != nil {
		kind, id := t.record()
		r.removed = append(r.removed, fake.Change{Kind: kind, ID: id})
	}
}

// save writes what was changed. What could not be written is tried again with
// the next call.
func (r *RDS) save() error {
	if len(r.dirty) == 0 && len(r.removed) == 0 {
		return nil
	}
	changes := slices.Clone(r.removed)
	for _, t := range r.dirty {
		if t.place().gone {
			continue
		}
		body, err := json.Marshal(t)
		if err != nil {
			return coded.Wrap(coded.Internal, err, "encoding the state of the RDS twin")
		}
		kind, id := t.record()
		changes = append(changes, fake.Change{Kind: kind, ID: id, V: body})
	}
	if err := fake.Apply(r.cfg.Journal, changes); err != nil {
		return coded.Wrap(coded.Internal, err, "saving the state of the RDS twin")
	}
	for _, t := range r.dirty {
		t.place().dirty = false
	}
	r.dirty, r.removed = r.dirty[:0], r.removed[:0]
	return nil
}

// load reads the journal. Every key is looked at once afterwards, since a change
// may have been missed.
func (r *RDS) load() error {
	if r.cfg.Journal == nil {
		return nil
	}
	err := r.cfg.Journal.Load(kindInstance, func(id string, v []byte) error {
		i := &instance{}
		if err := json.Unmarshal(v, i); err != nil {
			return fmt.Errorf("instance %s: %w", id, err)
		}
		i.Content.rebuild()
		r.insert(i)
		return nil
	})
	if err != nil {
		return err
	}
	err = r.cfg.Journal.Load(kindSnapshot, func(id string, v []byte) error {
		s := &snap{}
		if err := json.Unmarshal(v, s); err != nil {
			return fmt.Errorf("snapshot %s: %w", id, err)
		}
		r.insertSnapshot(s)
		return nil
	})
	for key := range r.byKey {
		r.KeyChanged(key)
	}
	return err
}
