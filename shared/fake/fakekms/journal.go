package fakekms

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"

	"latchkey/shared/fake"
)

// Kinds of objects in the journal.
const (
	kindKey   = "kms-key"
	kindGrant = "kms-grant"
	kindStore = "kms-store"
	kindMeta  = "kms-meta"
)

func (k *KMS) dirty(key *key)         { k.keep(kindKey, key.ARN, key) }
func (k *KMS) dirtyGrant(g *grant)    { k.keep(kindGrant, g.ID, g) }
func (k *KMS) dirtyStore(s *store)    { k.keep(kindStore, s.ID, s) }
func (k *KMS) forget(kind, id string) { k.keep(kind, id, nil) }

// keep notes that an object changed; save writes it.
func (k *KMS) keep(kind, id string, v any) {
	if k.journal == fake.NoJournal {
		return
	}
	k.changes = append(k.changes, change{kind, id, v})
}

// change is an object to write; v nil deletes it.
type change struct {
	kind, id string
	v        any
}

// save writes the objects that changed, each once, as they are now.
func (k *KMS) save() error {
	if len(k.changes) == 0 {
		return nil
	}
	last := map[[2]string]int{}
	for i, c := range k.changes {
		last[[2]string{c.kind, c.id}] = i
	}
	out := []fake.Change{{Kind: kindMeta, ID: "seq", V: strconv.AppendUint(nil, k.seq, 10)}}
	for i, c := range k.changes {
		if last[[2]string{c.kind, c.id}] != i {
			continue
		}
		w := fake.Change{Kind: c.kind, ID: c.id}
		if c.v != nil {
			var err error
			if w.V, err = json.Marshal(c.v); err != nil {
				return fmt.Errorf("saving %s %s: %w", c.kind, c.id, err)
			}
		}
		out = append(out, w)
	}
	k.changes = k.changes[:0]
	return fake.Apply(k.journal, out)
}

// load reads the journal.
func (k *KMS) load() error {
	steps := []struct {
		kind string
		each func(id string, v []byte) error
	}{
		{kindMeta, func(_ string, v []byte) (err error) {
			k.seq, err = strconv.ParseUint(string(v), 10, 64)
			return err
		}},
		{kindStore, func(_ string, v []byte) error {
			var s store
			err := json.Unmarshal(v, &s)
			k.stores[s.ID] = &s
			return err
		}},
		{kindKey, k.loadKey},
		{kindGrant, func(_ string, v []byte) error {
			var g grant
			err := json.Unmarshal(v, &g)
			if key := k.keys[g.KeyARN]; key != nil && err == nil {
				k.add(key, &g)
			}
			return err
		}},
	}
	for _, s := range steps {
		if err := k.journal.Load(s.kind, s.each); err != nil {
			return fmt.Errorf("%s: %w", s.kind, err)
		}
	}
	for _, key := range k.keys {
		sort.Slice(key.grants, func(i, j int) bool { return key.grants[i].Seq < key.grants[j].Seq })
	}
	for _, g := range k.grants {
		if g.GoneSeq != 0 {
			k.gone = append(k.gone, g)
		}
	}
	sort.Slice(k.gone, func(i, j int) bool { return k.gone[i].GoneSeq < k.gone[j].GoneSeq })
	return nil
}

func (k *KMS) loadKey(id string, v []byte) error {
	loaded := &key{byGrantee: map[string][]*grant{}}
	if err := json.Unmarshal(v, loaded); err != nil {
		return err
	}
	if len(loaded.Versions) == 0 {
		return fmt.Errorf("key %s has no version", id)
	}
	for i := range loaded.Versions {
		p, err := compile(loaded.Versions[i].Policy, loaded.ARN)
		if err != nil {
			return fmt.Errorf("key %s: %w", id, err)
		}
		loaded.Versions[i].policy = p
	}
	k.keys[loaded.ARN] = loaded
	for _, what := range []dueKind{dueDeletion, dueExpiration, dueRotation, dueTransient} {
		k.schedule(loaded, what)
	}
	return nil
}
