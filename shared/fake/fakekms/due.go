package fakekms

import (
	"container/heap"
	"time"

	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
)

// defaultRotationDays is the period of automatic rotation. [KMS guide, Rotating AWS KMS keys]
const defaultRotationDays = 365

// due is a moment at which something happens to a key by itself. Entries are not
// taken out when a key changes its mind: an entry whose time is no longer the
// key's is skipped.
type due struct {
	at   time.Time
	arn  string
	what dueKind
}

type dueKind uint8

const (
	dueDeletion dueKind = iota
	dueExpiration
	dueRotation
	dueTransient
)

// of returns the time that the key has for a kind, or zero.
func (d due) of(key *key) time.Time {
	switch d.what {
	case dueDeletion:
		return key.DeletionDate
	case dueExpiration:
		return key.ValidTo
	case dueRotation:
		return key.NextRotation
	}
	return key.TransientUntil
}

type dueHeap []due

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	if h[i].arn != h[j].arn {
		return h[i].arn < h[j].arn
	}
	return h[i].what < h[j].what
}
func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)   { *h = append(*h, x.(due)) }
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	*h = (*h)[:last]
	return d
}

func (k *KMS) schedule(key *key, what dueKind) {
	d := due{arn: key.ARN, what: what}
	if d.at = d.of(key); !d.at.IsZero() {
		heap.Push(&k.due, d)
	}
}

// Tick lets everything happen that is due at or before now: deletions,
// expirations, rotations, and the end of transient states. Calls do the same
// with the time of their clock, so a late Tick changes no answer.
func (k *KMS) Tick(now time.Time) error {
	k.mu.Lock()
	k.settle(now)
	err := k.save()
	after := k.after
	k.after = nil
	k.mu.Unlock()
	for _, f := range after {
		f()
	}
	return err
}

// NextAt returns when something is next due.
func (k *KMS) NextAt() (time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.due) > 0 {
		if key := k.keys[k.due[0].arn]; key != nil && k.due[0].of(key).Equal(k.due[0].at) {
			return k.due[0].at, true
		}
		heap.Pop(&k.due)
	}
	return time.Time{}, false
}

// settle does what is due, in order of time.
func (k *KMS) settle(now time.Time) {
	for len(k.due) > 0 && !k.due[0].at.After(now) {
		d := heap.Pop(&k.due).(due)
		key := k.keys[d.arn]
		if key == nil || !d.of(key).Equal(d.at) {
			continue
		}
		switch d.what {
		case dueDeletion:
			k.delete(key, d.at)
		case dueExpiration:
			k.expire(key, d.at)
		case dueRotation:
			k.rotateOnSchedule(key, d.at)
		case dueTransient:
			key.Transient, key.TransientUntil = "", time.Time{}
			k.touch(key, d.at)
		}
	}
}

// delete removes a key, its grants and its place among its replicas.
func (k *KMS) delete(key *key, at time.Time) {
	delete(k.keys, key.ARN)
	k.forget(kindKey, key.ARN)
	for _, g := range key.grants {
		if k.grants[g.ID] == g {
			delete(k.grants, g.ID)
			k.forget(kindGrant, g.ID)
		}
	}
	k.happened(key, EventDeletion, "DeleteKey", at)
	if primary := k.keys[key.Primary]; primary != nil && primary != key {
		primary.Replicas = without(primary.Replicas, key.ARN)
		if len(primary.Replicas) == 0 && primary.DeletionDays > 0 {
			primary.DeletionDate = at.AddDate(0, 0, primary.DeletionDays)
			primary.DeletionDays = 0
			k.schedule(primary, dueDeletion)
		}
		k.touch(primary, at)
	}
	k.notify(key.ARN)
}

// expire takes away imported material whose time is over.
func (k *KMS) expire(key *key, at time.Time) {
	key.ValidTo = time.Time{}
	if len(key.Materials) > 0 {
		key.current().Missing = true
	}
	k.touch(key, at)
	k.happened(key, EventExpiration, "DeleteExpiredKeyMaterial", at)
}

// happened emits KMS's own event and CloudTrail's record of what KMS did by itself.
func (k *KMS) happened(key *key, detailType, name string, at time.Time) {
	e := Event{
		ID:         fake.UUID(fake.Mix(k.seed^hash(detailType+key.ARN)), fake.Mix(uint64(at.UnixNano()))),
		DetailType: detailType, Account: key.Account, Region: key.Region, KeyARN: key.ARN, KeyID: key.ID, At: at,
	}
	k.after = append(k.after, func() {
		if k.trail.Wanted(e.Account) {
			c := faketrail.Call{Source: source, Name: name, Region: e.Region, At: at, Owner: e.Account,
				Resources: resources(e.KeyARN)}
			if name != "DeleteKey" {
				c.ServiceDetails = map[string]any{"keyId": e.KeyID}
			}
			k.trail.Record(c)
		}
		if k.events != nil {
			k.events(e)
		}
	})
}

func without(list []string, drop string) []string {
	var out []string
	for _, s := range list {
		if s != drop {
			out = append(out, s)
		}
	}
	return out
}
