package tenantcontext

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/shared/coded"
)

// Memory is a directory of contexts in memory, by tenant id and by host name.
// All methods are safe for concurrent use. The zero value is not usable: NewMemory.
//
// Memory keeps no versions: its one writer puts entries and key phases in the
// order in which their records changed.
type Memory struct {
	mu      sync.RWMutex
	tenants map[string]*tenantEntry
	hosts   map[string]*tenantEntry
	keys    map[string]*keyCell
}

// keyCell is the one place of a key's phase; every tenant of the key points to it.
type keyCell struct {
	phase atomic.Pointer[string]
}

func (c *keyCell) load() string {
	if c == nil {
		return ""
	}
	if p := c.phase.Load(); p != nil {
		return *p
	}
	return ""
}

// tenantEntry is an Entry made ready for reading; it never changes once published.
type tenantEntry struct {
	id       string
	hosts    []string
	key      *keyCell
	unknown  Input // of a product that the tenant does not have
	products map[string]prepared
}

type prepared struct {
	input   Input
	context *Context
}

// NewMemory returns an empty directory.
func NewMemory() *Memory {
	return &Memory{
		tenants: map[string]*tenantEntry{},
		hosts:   map[string]*tenantEntry{},
		keys:    map[string]*keyCell{},
	}
}

// Put adds a tenant or replaces all that was known of it. A host that belongs
// to another tenant is a coded.Conflict, and nothing is changed: a host must
// never lead to somebody else's data.
func (m *Memory) Put(e Entry) error {
	next := prepare(e)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range next.hosts {
		if other, ok := m.hosts[h]; ok && other.id != e.TenantID {
			err := coded.New(coded.Conflict, "host %s belongs to another tenant", h)
			err.Field, err.Hint = "hosts", "remove the host from the other tenant first"
			return err
		}
	}
	m.forget(e.TenantID)
	if e.KeyARN != "" {
		next.key = m.cell(e.KeyARN)
	}
	m.tenants[e.TenantID] = next
	for _, h := range next.hosts {
		m.hosts[h] = next
	}
	return nil
}

// Remove forgets a tenant and its hosts; an unknown one is no error.
func (m *Memory) Remove(tenantID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(tenantID)
}

// SetKey tells the phase of a key (customerkey.Phase). It takes the same time
// however many tenants the key has, and the next Context of each of them sees
// it. The key may be one that no tenant uses yet.
func (m *Memory) SetKey(keyARN, phase string) {
	m.mu.RLock()
	c, ok := m.keys[keyARN]
	m.mu.RUnlock()
	if !ok {
		m.mu.Lock()
		c = m.cell(keyARN)
		m.mu.Unlock()
	}
	c.phase.Store(&phase)
}

// Context returns the context of a tenant's product, and the decision. The
// context is nil unless the decision allows. It allocates nothing.
func (m *Memory) Context(tenantOrHost, product string, now time.Time) (*Context, Decision) {
	m.mu.RLock()
	t, ok := m.tenants[tenantOrHost]
	if !ok {
		t, ok = m.hosts[tenantOrHost]
	}
	m.mu.RUnlock()
	if !ok {
		return nil, Unknown()
	}
	p, ok := t.products[product]
	if !ok {
		p.input = t.unknown
	}
	p.input.KeyPhase, p.input.Now = t.key.load(), now
	d := Decide(p.input)
	if !d.Allow {
		return nil, d
	}
	return p.context, d
}

// Len returns the number of tenants.
func (m *Memory) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.tenants)
}

// cell returns a key's cell, made if need be. The caller holds mu.
func (m *Memory) cell(keyARN string) *keyCell {
	c, ok := m.keys[keyARN]
	if !ok {
		c = &keyCell{}
		m.keys[keyARN] = c
	}
	return c
}

// forget drops a tenant and its hosts. The caller holds mu.
func (m *Memory) forget(tenantID string) {
	old, ok := m.tenants[tenantID]
	if !ok {
		return
	}
	delete(m.tenants, tenantID)
	for _, h := range old.hosts {
		delete(m.hosts, h)
	}
}

// prepare copies what it keeps, so that the caller may go on changing e.
func prepare(e Entry) *tenantEntry {
	t := &tenantEntry{
		id: e.TenantID, hosts: slices.Clone(e.Hosts), unknown: e.input(),
		products: make(map[string]prepared, len(e.Products)),
	}
	for _, p := range e.Products {
		in := t.unknown
		p.fill(&in)
		p.Configuration = maps.Clone(p.Configuration)
		p.Groups = slices.Clone(p.Groups)
		p.License.Apps = slices.Clone(p.License.Apps)
		t.products[p.Name] = prepared{input: in, context: p.context(e)}
	}
	return t
}
