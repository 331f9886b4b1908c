package directory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
)

// Place says where a tenant is.
type Place struct {
	TenantID string       `json:"tenantId"`
	Realm    events.Realm `json:"realm"`
	Region   string       `json:"region"`
	PlacedAt time.Time    `json:"placedAt"`
	// Destroyed frees the host names; the entry itself stays.
	Destroyed bool `json:"destroyed,omitempty"`
}

// host says which tenant a host name leads to.
type host struct {
	TenantID string `json:"tenantId"`
}

// only is the sort key of an item that is alone in its partition.
const only = "."

func tenantKey(id string) catalog.Key { return catalog.Key{Part: "tenant#" + id, Sort: only} }
func hostKey(name string) catalog.Key { return catalog.Key{Part: "host#" + name, Sort: only} }

// Tenant returns the place of a tenant, or coded.NotFound.
func (d *Directory) Tenant(ctx context.Context, id string) (Place, error) {
	p, version, err := load[Place](ctx, d.Store, tenantKey(id))
	if err == nil && version == 0 {
		err = coded.New(coded.NotFound, "no tenant is called %s", id)
	}
	return p, err
}

// Host returns the place of the tenant that a host name leads to, or coded.NotFound.
func (d *Directory) Host(ctx context.Context, name string) (Place, error) {
	h, version, err := load[host](ctx, d.Store, hostKey(name))
	if err != nil {
		return Place{}, err
	}
	if version == 0 {
		return Place{}, coded.New(coded.NotFound, "no tenant has the host name %s", name)
	}
	return d.Tenant(ctx, h.TenantID)
}

// load reads a record and its version; 0: there is none.
func load[T any](ctx context.Context, s catalog.Store, key catalog.Key) (rec T, version int64, err error) {
	it, err := s.Get(ctx, key)
	if errors.Is(err, catalog.ErrNotFound) {
		return rec, 0, nil
	}
	if err != nil {
		return rec, 0, err
	}
	if err := json.Unmarshal(it.Body, &rec); err != nil {
		return rec, 0, fmt.Errorf("reading %s: %w", key.Part, err)
	}
	return rec, it.Version, nil
}

// put returns the write of a record that is at a version now.
func put(key catalog.Key, rec any, tenantID string, version int64) (catalog.Put, error) {
	body, err := encode(rec)
	if err != nil {
		return catalog.Put{}, fmt.Errorf("writing %s: %w", key.Part, err)
	}
	return catalog.Put{Item: catalog.Item{Key: key, Body: body, Indexes: catalog.Indexes{Tenant: tenantID}}, IfVersion: version}, nil
}

// encode leaves <, > and & as they are, unlike json.Marshal: escaped, a kept event
// would have up to six times its bytes, here and when it is sent on.
func encode(rec any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(rec); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
