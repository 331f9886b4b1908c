package fake

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Journal keeps a twin's objects on disk. A twin saves the objects that a call
// changed before it answers, so that what was answered survives kill -9.
// Kinds and ids must not be empty. Methods are safe for concurrent use.
type Journal interface {
	// Save stores v under kind and id, over what was there.
	Save(kind, id string, v []byte) error
	// Delete removes an object; one that is not there is no error.
	Delete(kind, id string) error
	// Load calls each with every object of a kind, in order of id, and stops at
	// the first error, which it returns. v is valid until each returns.
	Load(kind string, each func(id string, v []byte) error) error
}

// Change is one write of a batch: V nil deletes.
type Change struct {
	Kind, ID string
	V        []byte
}

// Batcher is a Journal that can write several changes in one transaction.
type Batcher interface {
	// Apply writes all changes or none.
	Apply(changes []Change) error
}

// Apply writes changes to j, in one transaction if j is a Batcher, else one by one.
func Apply(j Journal, changes []Change) error {
	if b, ok := j.(Batcher); ok {
		return b.Apply(changes)
	}
	for _, c := range changes {
		var err error
		if c.V == nil {
			err = j.Delete(c.Kind, c.ID)
		} else {
			err = j.Save(c.Kind, c.ID, c.V)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// NoJournal keeps nothing.
var NoJournal Journal = noJournal{}

type noJournal struct{}

func (noJournal) Save(string, string, []byte) error             { return nil }
func (noJournal) Delete(string, string) error                   { return nil }
func (noJournal) Load(string, func(string, []byte) error) error { return nil }
func (noJournal) Apply([]Change) error                          { return nil }

// BoltJournal is a Journal in a bbolt file, each kind in a bucket of its own.
type BoltJournal struct {
	db     *bolt.DB
	prefix string
	owned  bool
}

// NewJournal returns a journal in an open database; the names of its buckets
// are "<prefix>/<kind>".
func NewJournal(db *bolt.DB, prefix string) *BoltJournal {
	return &BoltJournal{db: db, prefix: prefix}
}

// OpenJournal opens or makes the file at path. It fails after two seconds
// when another process holds the file.
func OpenJournal(path string) (*BoltJournal, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: 2 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("opening journal %s: %w", path, err)
	}
	return &BoltJournal{db: db, prefix: "journal", owned: true}, nil
}

// Close closes the file, if OpenJournal opened it.
func (j *BoltJournal) Close() error {
	if !j.owned {
		return nil
	}
	return j.db.Close()
}

// Save implements Journal.
func (j *BoltJournal) Save(kind, id string, v []byte) error {
	if v == nil {
		v = []byte{}
	}
	return j.Apply([]Change{{kind, id, v}})
}

// Delete implements Journal.
func (j *BoltJournal) Delete(kind, id string) error { return j.Apply([]Change{{kind, id, nil}}) }

// Apply implements Batcher.
func (j *BoltJournal) Apply(changes []Change) error {
	err := j.db.Update(func(tx *bolt.Tx) error {
		for _, c := range changes {
			b, err := tx.CreateBucketIfNotExists(j.bucket(c.Kind))
			if err != nil {
				return err
			}
			if c.V == nil {
				err = b.Delete([]byte(c.ID))
			} else {
				err = b.Put([]byte(c.ID), c.V)
			}
			if err != nil {
				return fmt.Errorf("%s %q: %w", c.Kind, c.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing journal: %w", err)
	}
	return nil
}

// Load implements Journal. each must not call the journal.
func (j *BoltJournal) Load(kind string, each func(id string, v []byte) error) error {
	return j.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(j.bucket(kind))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error { return each(string(k), v) })
	})
}

func (j *BoltJournal) bucket(kind string) []byte { return []byte(j.prefix + "/" + kind) }
