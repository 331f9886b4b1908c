package events

import "time"

// DetailVersion is the version of the details that we send and of the
// commerce and operator details that we accept.
const DetailVersion = "1"

// SiteEvent is the detail of Site Created and Site Closed.
type SiteEvent struct {
	Version  string    `json:"version"`
	ID       string    `json:"id"` // of the event; see Outgoing
	TenantID string    `json:"tenantId"`
	Hosts    []string  `json:"hosts"`
	Region   string    `json:"region"`
	Reason   string    `json:"reason,omitempty"`
	At       time.Time `json:"at"`
}

// TenantEvent is the detail of Tenant Active, Tenant Removed and Tenant Parked.
type TenantEvent struct {
	Version  string    `json:"version"`
	ID       string    `json:"id"` // of the event; see Outgoing
	TenantID string    `json:"tenantId"`
	Region   string    `json:"region,omitempty"`
	Realm    Realm     `json:"realm,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	At       time.Time `json:"at"`
}

// ProductEvent is the detail of Product Ready, Product Changed and Product Removed.
type ProductEvent struct {
	Version       string            `json:"version"`
	ID            string            `json:"id"` // of the event; see Outgoing
	TenantID      string            `json:"tenantId"`
	Product       string            `json:"product"`
	Active        bool              `json:"active"`
	Suspended     bool              `json:"suspended"`
	License       *License          `json:"license,omitempty"`
	Configuration map[string]string `json:"configuration,omitempty"`
	Groups        []string          `json:"groups,omitempty"`
	Reason        string            `json:"reason,omitempty"`
	At            time.Time         `json:"at"`
}

// DatabaseEvent is the detail of the Database … events.
type DatabaseEvent struct {
	Version          string     `json:"version"`
	ID               string     `json:"id"` // of the event; see Outgoing
	DatabaseID       string     `json:"databaseId"`
	TenantID         string     `json:"tenantId,omitempty"`
	Product          string     `json:"product,omitempty"`
	KeyARN           string     `json:"keyArn,omitempty"`
	InstanceID       string     `json:"instanceId,omitempty"` // DBInstanceIdentifier
	ResourceID       string     `json:"resourceId,omitempty"` // DbiResourceId
	Phase            string     `json:"phase"`
	Reason           string     `json:"reason,omitempty"`
	RecoverableUntil *time.Time `json:"recoverableUntil,omitempty"`
	Evidence         []string   `json:"evidence,omitempty"`
	DataLossSeconds  *int64     `json:"dataLossSeconds,omitempty"`
	At               time.Time  `json:"at"`
}

// KeyEvent is the detail of the Key … events.
type KeyEvent struct {
	Version          string     `json:"version"`
	ID               string     `json:"id"` // of the event; see Outgoing
	TenantID         string     `json:"tenantId,omitempty"`
	KeyARN           string     `json:"keyArn"`
	Phase            string     `json:"phase"`
	Reason           string     `json:"reason,omitempty"`
	Cause            string     `json:"cause,omitempty"`  // what was done to the key: DisableKey, …
	Source           string     `json:"source,omitempty"` // which signal said so
	SignalAt         *time.Time `json:"signalAt,omitempty"`
	RecoverableUntil *time.Time `json:"recoverableUntil,omitempty"`
	Missing          []string   `json:"missing,omitempty"`   // permissions or properties that the preflight missed
	Statement        string     `json:"statement,omitempty"` // policy statement to add, as JSON text
	Evidence         []string   `json:"evidence,omitempty"`
	At               time.Time  `json:"at"`
}

// SnapshotEvent is the detail of Snapshot Created, Deleted and Failed.
type SnapshotEvent struct {
	Version    string     `json:"version"`
	ID         string     `json:"id"` // of the event; see Outgoing
	SnapshotID string     `json:"snapshotId"`
	DatabaseID string     `json:"databaseId"`
	TenantID   string     `json:"tenantId,omitempty"`
	Purpose    string     `json:"purpose"`
	KeyARN     string     `json:"keyArn,omitempty"`
	DeleteAt   *time.Time `json:"deleteAt,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	At         time.Time  `json:"at"`
}

// RestoreEvent is the detail of Restore Started and Restore Completed.
type RestoreEvent struct {
	Version          string     `json:"version"`
	ID               string     `json:"id"` // of the event; see Outgoing
	DatabaseID       string     `json:"databaseId"`
	TenantID         string     `json:"tenantId,omitempty"`
	KeyARN           string     `json:"keyArn,omitempty"`
	InstanceID       string     `json:"instanceId"`                 // the new instance
	SourceInstanceID string     `json:"sourceInstanceId,omitempty"` // the lost one
	SnapshotID       string     `json:"snapshotId,omitempty"`       // restored from a snapshot, or
	RestoreTo        *time.Time `json:"restoreTo,omitempty"`        // to this point in time
	DataLossSeconds  *int64     `json:"dataLossSeconds,omitempty"`
	Reason           string     `json:"reason,omitempty"`
	At               time.Time  `json:"at"`
}

// WarningEvent is the detail of Revocation Warning: one per key and day, however
// many databases it has.
type WarningEvent struct {
	Version          string    `json:"version"`
	ID               string    `json:"id"` // of the event; see Outgoing
	TenantID         string    `json:"tenantId,omitempty"`
	KeyARN           string    `json:"keyArn"`
	Day              int       `json:"day"` // days since the clock started
	RecoverableUntil time.Time `json:"recoverableUntil"`
	Databases        int64     `json:"databases,omitempty"`
	Message          string    `json:"message"`
	Reason           string    `json:"reason,omitempty"`
	At               time.Time `json:"at"`
}
