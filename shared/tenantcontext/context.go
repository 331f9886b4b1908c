package tenantcontext

import (
	"time"

	"latchkey/events"
)

// Context is what a service needs to serve one tenant's product. It is shared
// between callers: nobody may change it.
type Context struct {
	TenantID      string            `json:"tenantId"`
	Product       string            `json:"product"`
	Region        string            `json:"region"`
	Endpoint      string            `json:"endpoint"` // host:port of the instance
	Database      string            `json:"database"`
	Role          string            `json:"role"` // login role inside the database
	License       events.License    `json:"license"`
	Configuration map[string]string `json:"configuration,omitempty"`
	Groups        []string          `json:"groups,omitempty"`
}

// Entry is all that is known of one tenant, as Memory takes it in.
type Entry struct {
	TenantID string    `json:"tenantId"`
	Hosts    []string  `json:"hosts,omitempty"`
	Phase    string    `json:"phase"` // tenant.Phase
	Region   string    `json:"region,omitempty"`
	KeyARN   string    `json:"keyArn,omitempty"` // of the tenant's own key; empty: it brought none
	Products []Product `json:"products,omitempty"`
}

// Product is one product in an Entry.
type Product struct {
	Name          string            `json:"name"`
	Active        bool              `json:"active,omitempty"`
	Suspended     bool              `json:"suspended,omitempty"`
	License       events.License    `json:"license"`
	Configuration map[string]string `json:"configuration,omitempty"`
	Groups        []string          `json:"groups,omitempty"`
	DatabasePhase string            `json:"databasePhase,omitempty"` // database.Phase
	Endpoint      string            `json:"endpoint,omitempty"`
	Database      string            `json:"database,omitempty"`
	Role          string            `json:"role,omitempty"`
}

// Decide answers for one product of the entry, given its key's phase, and
// returns the context where it allows.
func (e Entry) Decide(product, keyPhase string, now time.Time) (*Context, Decision) {
	in := e.input()
	in.KeyPhase, in.Now = keyPhase, now
	for _, p := range e.Products {
		if p.Name != product {
			continue
		}
		p.fill(&in)
		d := Decide(in)
		if !d.Allow {
			return nil, d
		}
		return p.context(e), d
	}
	return nil, Decide(in)
}

func (e Entry) input() Input {
	return Input{TenantPhase: e.Phase, UsesKey: e.KeyARN != ""}
}

func (p Product) fill(in *Input) {
	in.HasProduct, in.Active, in.Suspended = true, p.Active, p.Suspended
	in.DatabasePhase = p.DatabasePhase
	if p.License.ExpiresAt != nil {
		in.LicenseExpires = *p.License.ExpiresAt
	}
}

func (p Product) context(e Entry) *Context {
	return &Context{
		TenantID: e.TenantID, Product: p.Name, Region: e.Region,
		Endpoint: p.Endpoint, Database: p.Database, Role: p.Role,
		License: p.License, Configuration: p.Configuration, Groups: p.Groups,
	}
}
