package report

import (
	"time"

	"latchkey/shared/keyusage"
)

// Version is the version of Report's shape. A member that is added does not
// change it; one that is renamed or removed does.
const Version = 1

// Report is what a ledger says.
type Report struct {
	Version int       `json:"version"`
	Title   string    `json:"title"`
	MadeAt  time.Time `json:"made_at"`
	Tenant  string    `json:"tenant,omitempty"` // the only tenant it is about, or empty
	From    time.Time `json:"from,omitzero"`    // the asked time, or the first hour with a use
	Until   time.Time `json:"until,omitzero"`   // exclusive
	Totals  Totals    `json:"totals"`
	Input   *Input    `json:"input,omitempty"` // what was read; absent where the report is about a part of it
	// RulesOff are the kinds of findings that were not looked for, by the choice of
	// whoever runs the ledger: that there is none of them says nothing.
	RulesOff []string `json:"rules_off,omitempty"`

	Keys       List[Key]     `json:"keys"`
	Users      List[User]    `json:"users"`
	Operations List[Share]   `json:"operations"`
	Principals List[Share]   `json:"principals"`
	Tenants    List[Share]   `json:"tenants"`
	Databases  List[Share]   `json:"databases"`
	Purposes   List[Share]   `json:"purposes"`
	Outcomes   List[Share]   `json:"outcomes"`
	Denied     List[Refusal] `json:"denied"`
	Kinds      []KindCount   `json:"finding_kinds"` // of all findings, the gravest first
	Findings   List[Finding] `json:"findings"`
	Hours      List[Hour]    `json:"hours"` // the latest; in order; those without a use are left out

	Timeline List[Change] `json:"timeline"`
	Proof    *Proof       `json:"proof,omitempty"` // absent: log files were not validated
}

// List is the first rows of a list, and how much of it is not among them.
type List[T any] struct {
	Rows     []T    `json:"rows"`
	More     int    `json:"more"`      // rows left out
	MoreUses uint64 `json:"more_uses"` // uses in them, where rows count uses
}

// Totals are the sums.
type Totals struct {
	Uses       uint64 `json:"uses"`       // one for a record, two for a ReEncrypt
	Attributed uint64 `json:"attributed"` // of those, with a known purpose
	Denied     uint64 `json:"denied"`
	Keys       int    `json:"keys"`
	Principals int    `json:"principals"`
	Findings   int    `json:"findings"`
	// Unlisted counts uses that come under a finding for which the ledger had no
	// room (keyusage.Rules.MaxFindings). Findings does not count them.
	Unlisted uint64 `json:"unlisted_findings"`
}

// Input is what the ledger was given.
type Input struct {
	Files         int64 `json:"files"`
	BrokenFiles   int64 `json:"broken_files"`
	Records       int64 `json:"records"`     // of all services, repeated ones too
	KMSRecords    int64 `json:"kms_records"` // of KMS, each once
	BrokenRecords int64 `json:"broken_records"`
	Duplicates    int64 `json:"duplicates"` // records of KMS that came again
	Bytes         int64 `json:"bytes"`      // decompressed
}

// Tally counts uses.
type Tally struct {
	Uses   uint64    `json:"uses"`
	Denied uint64    `json:"denied"`
	First  time.Time `json:"first"` // the hour of the first use
	Last   time.Time `json:"last"`  // the hour of the last one
}

// Share is the uses that have one thing in common. An empty name means that
// there is none: a call without a key, a key without a tenant.
type Share struct {
	Name string `json:"name"`
	Tally
}

// Key is the use of one key. Its lists are short.
type Key struct {
	ARN    string `json:"arn"` // empty: calls that name no key
	Tenant string `json:"tenant,omitempty"`
	Tally
	Principals List[Share] `json:"principals"`
	Operations List[Share] `json:"operations"`
	Purposes   List[Share] `json:"purposes"`
	Materials  List[Share] `json:"materials"` // key material ids: more than one after a rotation
}

// User is the use of one key by one principal for one purpose.
type User struct {
	Key       string           `json:"key"`
	Principal string           `json:"principal"`
	Purpose   keyusage.Purpose `json:"purpose"`
	Tenant    string           `json:"tenant,omitempty"`
	Database  string           `json:"database,omitempty"`
	Tally
	Operations List[Share] `json:"operations"`
}

// Refusal is calls that were denied for one reason.
type Refusal struct {
	Key       string `json:"key"`
	Principal string `json:"principal"`
	Operation string `json:"operation"`
	ErrorCode string `json:"error_code"`
	Tally
}

// Hour is the uses of one hour. Uses = allowed + denied + other.
type Hour struct {
	Start  time.Time `json:"start"`
	Uses   uint64    `json:"uses"`
	Denied uint64    `json:"denied"`
	Other  uint64    `json:"other"` // the key was unusable, the call throttled, a dry run, or failed
}

// Change is one entry of a key's history.
type Change struct {
	At     time.Time `json:"at"`
	Key    string    `json:"key"`
	From   string    `json:"from,omitempty"` // phase; empty where it did not change
	To     string    `json:"to"`
	Locked bool      `json:"locked"` // whether the phase To refuses the key's tenants
	Cause  string    `json:"cause,omitempty"`
	Source string    `json:"source,omitempty"`
	Event  string    `json:"event,omitempty"` // id of the event that told of it
	Detail string    `json:"detail,omitempty"`
}
