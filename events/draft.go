package events

import "time"

// Draft is an event that the rules want sent; its id, time and version are
// filled in when it is committed to the outbox.
type Draft struct {
	DetailType string
	Detail     Outgoing
}

// Outgoing is the detail of an event that we send.
type Outgoing interface {
	// Stamp sets the detail's version, the event's id and the time of the change
	// it tells of. The id is in the detail because EventBridge gives each copy of
	// an event an id of its own: by detail.id a consumer drops the second one.
	Stamp(id string, at time.Time)
	// Subject returns what the event is about, for messages that must stay in
	// order: the tenant where there is one, else the key.
	Subject() string
}

func (e *SiteEvent) Stamp(id string, at time.Time)     { e.Version, e.ID, e.At = DetailVersion, id, at }
func (e *TenantEvent) Stamp(id string, at time.Time)   { e.Version, e.ID, e.At = DetailVersion, id, at }
func (e *ProductEvent) Stamp(id string, at time.Time)  { e.Version, e.ID, e.At = DetailVersion, id, at }
func (e *DatabaseEvent) Stamp(id string, at time.Time) { e.Version, e.ID, e.At = DetailVersion, id, at }
func (e *KeyEvent) Stamp(id string, at time.Time)      { e.Version, e.ID, e.At = DetailVersion, id, at }
func (e *SnapshotEvent) Stamp(id string, at time.Time) { e.Version, e.ID, e.At = DetailVersion, id, at }
func (e *RestoreEvent) Stamp(id string, at time.Time)  { e.Version, e.ID, e.At = DetailVersion, id, at }
func (e *WarningEvent) Stamp(id string, at time.Time)  { e.Version, e.ID, e.At = DetailVersion, id, at }

func (e *SiteEvent) Subject() string     { return e.TenantID }
func (e *TenantEvent) Subject() string   { return e.TenantID }
func (e *ProductEvent) Subject() string  { return e.TenantID }
func (e *DatabaseEvent) Subject() string { return first(e.TenantID, e.DatabaseID) }
func (e *KeyEvent) Subject() string      { return first(e.TenantID, e.KeyARN) }
func (e *SnapshotEvent) Subject() string { return first(e.TenantID, e.DatabaseID) }
func (e *RestoreEvent) Subject() string  { return first(e.TenantID, e.DatabaseID) }
func (e *WarningEvent) Subject() string  { return first(e.TenantID, e.KeyARN) }

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
