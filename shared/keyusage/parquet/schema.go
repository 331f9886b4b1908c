package parquet

import (
	"time"

	"github.com/google/uuid"
	pq "github.com/parquet-go/parquet-go"
)

// Row is the schema: one use of a key. A text that is not known is empty; the
// shared event id is null. The tenant is in the partition.
type Row struct {
	Time          time.Time `parquet:"time,timestamp(millisecond),delta"`
	EventID       uuid.UUID `parquet:"event_id,uuid,uncompressed"`                 // of CloudTrail's record
	SharedEventID uuid.UUID `parquet:"shared_event_id,uuid,optional,uncompressed"` // the same in every account that the call was logged in
	Operation     string    `parquet:"operation,dict"`                             // eventName; of a ReEncrypt, ReEncryptFrom or ReEncryptTo
	Class         string    `parquet:"class,dict"`                                 // crypto, manage, read, other
	Outcome       string    `parquet:"outcome,dict"`                               // allowed, denied, …
	ErrorCode     string    `parquet:"error_code,dict"`                            // empty: success
	KeyARN        string    `parquet:"key_arn,dict"`                               // of the key's record
	KeyMaterialID string    `parquet:"key_material_id,dict"`
	KeyKnown      bool      `parquet:"key_known"`          // the key has a record
	Principal     string    `parquet:"principal,dict"`     // role, user or service, without its session
	Via           string    `parquet:"principal_via,dict"` // service that called for it
	Provider      string    `parquet:"principal_provider,dict"`
	Session       string    `parquet:"session,dict"` // of an assumed role
	Database      string    `parquet:"database,dict"`
	Purpose       string    `parquet:"purpose,dict"`
	Foreign       string    `parquet:"foreign_tenant,dict"` // another tenant, whom the context names
	Bare          bool      `parquet:"without_context"`
	ContextNames  string    `parquet:"context_names,dict"` // of the encryption context, sorted, with commas
	Region        string    `parquet:"region,dict"`
	WrongRegion   bool      `parquet:"wrong_region"`
	Account       string    `parquet:"recipient_account,dict"`
	SourceIP      string    `parquet:"source_ip,dict"` // or the service that called
}

// The columns, by their place in Row.
const (
	colTime = iota
	colEventID
	colSharedEventID
	colOperation
	colClass
	colOutcome
	colErrorCode
	colKeyARN
	colKeyMaterialID
	colKeyKnown
	colPrincipal
	colVia
	colProvider
	colSession
	colDatabase
	colPurpose
	colForeign
	colBare
	colContextNames
	colRegion
	colWrongRegion
	colAccount
	colSourceIP
	columns
)

var schema = pq.SchemaOf(Row{})
