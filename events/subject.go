package events

import "time"

// Subject is what every commerce event carries: whom it is about, and its
// place in the order of that tenant's events.
type Subject struct {
	Version  string `json:"version"` // "1"
	TenantID string `json:"tenantId"`
	Sequence int64  `json:"sequence"` // grows with each event of the tenant; gaps are allowed
}

// About returns the subject itself: a method that all commerce events have.
func (s Subject) About() Subject { return s }

// TenantEventIn is any of the seven commerce events.
type TenantEventIn interface{ About() Subject }

// License is what a tenant may use of a product.
type License struct {
	Edition   string     `json:"edition"`
	Seats     int        `json:"seats"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"` // nil: does not expire
	Apps      []string   `json:"apps,omitempty"`      // licensed apps
}

func (l *License) normalize() {
	if l.ExpiresAt != nil {
		t := l.ExpiresAt.UTC()
		l.ExpiresAt = &t
	}
}
