package delivery

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
)

// Kinds of objects in the journal.
const (
	kindRecord = "trail-record" // by docID
	kindChain  = "trail-chain"  // by Region
	kindSigner = "trail-signer" // the private key
)

const signerID = "signer"

// docID orders the records of a Region as they came.
func docID(region string, seq uint64) string { return fmt.Sprintf("%s/%020d", region, seq) }

// keep notes a change; v nil deletes.
func (d *Delivery) keep(kind, id string, v []byte) {
	if d.cfg.Journal == fake.NoJournal {
		return
	}
	d.changes = append(d.changes, fake.Change{Kind: kind, ID: id, V: v})
}

// Save writes what was gathered and delivered since the last time. Records of
// calls after it are lost if the process is killed before the next one.
func (d *Delivery) Save() error {
	if d.cfg.Journal == fake.NoJournal {
		return nil
	}
	for name, r := range d.regions {
		if !r.dirty {
			continue
		}
		v, err := json.Marshal(r.chain)
		if err != nil {
			return fmt.Errorf("saving the trail of %s: %w", name, err)
		}
		d.keep(kindChain, name, v)
		r.dirty = false
	}
	if len(d.changes) == 0 {
		return nil
	}
	if err := fake.Apply(d.cfg.Journal, d.changes); err != nil {
		return err // they are written with the next ones
	}
	d.changes = d.changes[:0]
	return nil
}

// load reads the journal.
func (d *Delivery) load() error {
	for _, step := range []struct {
		kind string
		each func(id string, v []byte) error
	}{
		{kindSigner, func(_ string, v []byte) (err error) {
			d.signer, err = parseSigner(v)
			return err
		}},
		{kindChain, func(name string, v []byte) error {
			r := &region{}
			d.regions[name] = r
			return json.Unmarshal(v, &r.chain)
		}},
		{kindRecord, d.loadRecord},
	} {
		if err := d.cfg.Journal.Load(step.kind, step.each); err != nil {
			return fmt.Errorf("%s: %w", step.kind, err)
		}
	}
	return nil
}

func (d *Delivery) loadRecord(id string, v []byte) error {
	name, number, _ := strings.Cut(id, "/")
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return err
	}
	var rec faketrail.Record
	if err := json.Unmarshal(v, &rec); err != nil {
		return err
	}
	r := d.regions[name]
	if r == nil {
		return fmt.Errorf("record %s is of a Region that is not there", id)
	}
	d.seq = max(d.seq, seq)
	r.docs = append(r.docs, doc{id: id, at: rec.EventTime, body: append([]byte(nil), v...)})
	return nil
}
