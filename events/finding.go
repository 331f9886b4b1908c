package events

import "time"

// FindingEvent is the detail of Key Usage Finding: something about the use of a
// key that an auditor would want to know. There is one for each finding and day,
// and another, with a number at the end of its id, each time that it has ten times
// the uses that it was told with.
type FindingEvent struct {
	Version   string     `json:"version"`
	ID        string     `json:"id"` // of the event; see Outgoing
	Kind      string     `json:"kind"`
	Severity  string     `json:"severity"`
	TenantID  string     `json:"tenantId,omitempty"` // the key's
	Database  string     `json:"databaseId,omitempty"`
	KeyARN    string     `json:"keyArn,omitempty"` // as CloudTrail names it, where the key has no record
	Operation string     `json:"operation"`
	Principal string     `json:"principal"`
	Outcome   string     `json:"outcome"`
	ErrorCode string     `json:"errorCode,omitempty"`
	Foreign   string     `json:"foreignTenant,omitempty"` // whom the encryption context names
	Region    string     `json:"wrongRegion,omitempty"`
	First     time.Time  `json:"firstAt"`
	Last      time.Time  `json:"lastAt"`
	Count     int64      `json:"count"`
	RevokedAt *time.Time `json:"revokedAt,omitempty"` // of use after revocation
	Sentence  string     `json:"sentence"`
	Evidence  []string   `json:"evidence"` // ids of CloudTrail events, the earliest
	File      string     `json:"file"`     // the log file that showed it
	At        time.Time  `json:"at"`
}

// Stamp implements Outgoing.
func (e *FindingEvent) Stamp(id string, at time.Time) { e.Version, e.ID, e.At = DetailVersion, id, at }

// Subject implements Outgoing.
func (e *FindingEvent) Subject() string { return first(e.TenantID, first(e.KeyARN, e.ID)) }
