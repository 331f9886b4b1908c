package emulator

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/inside"
)

// Local answers invocations of a function in its place, in this process.
type Local func(ctx context.Context, payload []byte) (answer []byte, failed string, err error)

// FenceOn is a local substitute for the function fence. Its callers are the real
// ones, over Lambda's Invoke; what it does is the host's.
func FenceOn(host inside.Host) Local {
	return func(ctx context.Context, payload []byte) ([]byte, string, error) {
		var req inside.Request
		if err := json.Unmarshal(payload, &req); err != nil {
			return nil, "", coded.Wrap(coded.Invalid, err, "the request to fence")
		}
		answer, err := json.Marshal(inside.Handle(ctx, host, req))
		return answer, "", err
	}
}

// Remembered stands for the insides of the instances: an emulator of RDS has no
// PostgreSQL behind its endpoints. It keeps what it was asked for and refuses
// what could not be done, and runs no SQL.
type Remembered struct {
	mu        sync.Mutex
	databases map[string]Inside // by instance/database
	bootstrap map[string]bool   // instances whose fencing role was made
}

// Inside is what is remembered of one database.
type Inside struct {
	Instance, Database, Role string
	Fenced                   bool
}

var _ inside.Host = (*Remembered)(nil)

// NewRemembered returns insides without databases.
func NewRemembered() *Remembered {
	return &Remembered{databases: map[string]Inside{}, bootstrap: map[string]bool{}}
}

// All returns every database that is there.
func (r *Remembered) All() []Inside {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Inside
	for _, k := range slices.Sorted(maps.Keys(r.databases)) {
		out = append(out, r.databases[k])
	}
	return out
}

// Bootstrap implements inside.Host. It wants a secret and does not read it.
func (r *Remembered) Bootstrap(_ context.Context, at database.Login, secretARN string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if secretARN == "" {
		return coded.New(coded.Invalid, "instance %s has no master secret", at.InstanceID)
	}
	r.bootstrap[at.InstanceID] = true
	return nil
}

// Prepare implements database.Inside: an instance needs Bootstrap first.
func (r *Remembered) Prepare(_ context.Context, at database.Login) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.bootstrap[at.InstanceID] {
		return coded.Wrap(coded.Pending, inside.ErrNoFenceRole, "instance %s", at.InstanceID)
	}
	r.databases[at.InstanceID+"/"+at.Database] = Inside{Instance: at.InstanceID, Database: at.Database, Role: at.Role}
	return nil
}

// Fence implements database.Inside.
func (r *Remembered) Fence(_ context.Context, at database.Login) error { return r.set(at, true) }

// Unfence implements database.Inside.
func (r *Remembered) Unfence(_ context.Context, at database.Login) error { return r.set(at, false) }

// Verify implements database.Inside.
func (r *Remembered) Verify(_ context.Context, at database.Login) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d, ok := r.databases[at.InstanceID+"/"+at.Database]; !ok || d.Fenced {
		return coded.New(coded.Pending, "database %s of %s does not let its role in", at.Database, at.InstanceID)
	}
	return nil
}

// Drop implements database.Inside.
func (r *Remembered) Drop(_ context.Context, at database.Login) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.databases, at.InstanceID+"/"+at.Database)
	return nil
}

func (r *Remembered) set(at database.Login, fenced bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.databases[at.InstanceID+"/"+at.Database]
	if !ok {
		return coded.New(coded.NotFound, "instance %s has no database %s", at.InstanceID, at.Database)
	}
	d.Fenced = fenced
	r.databases[at.InstanceID+"/"+at.Database] = d
	return nil
}
