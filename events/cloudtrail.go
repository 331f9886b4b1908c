package events

import (
	"encoding/json"
	"strings"
	"time"

	"latchkey/shared/coded"
)

// CloudTrailRecord holds the members that CloudTrail records of all services
// have. [CloudTrail guide, Record contents]
type CloudTrailRecord struct {
	EventVersion       string          `json:"eventVersion"`
	UserIdentity       UserIdentity    `json:"userIdentity"`
	EventTime          time.Time       `json:"eventTime"`
	EventSource        string          `json:"eventSource"`
	EventName          string          `json:"eventName"`
	AWSRegion          string          `json:"awsRegion"`
	SourceIPAddress    string          `json:"sourceIPAddress,omitempty"`
	UserAgent          string          `json:"userAgent,omitempty"`
	ErrorCode          string          `json:"errorCode,omitempty"`
	ErrorMessage       string          `json:"errorMessage,omitempty"`
	ResponseElements   json.RawMessage `json:"responseElements,omitempty"`
	RequestID          string          `json:"requestID,omitempty"`
	EventID            string          `json:"eventID"`
	ReadOnly           bool            `json:"readOnly,omitempty"`
	EventType          string          `json:"eventType,omitempty"`
	RecipientAccountID string          `json:"recipientAccountId,omitempty"`
	SharedEventID      string          `json:"sharedEventID,omitempty"`
	Resources          []Resource      `json:"resources,omitempty"`
}

// UserIdentity says who made a call. [CloudTrail guide, userIdentity element]
type UserIdentity struct {
	Type        string `json:"type,omitempty"` // IAMUser, AssumedRole, AWSService, AWSAccount, …
	PrincipalID string `json:"principalId,omitempty"`
	ARN         string `json:"arn,omitempty"`
	AccountID   string `json:"accountId,omitempty"`
	InvokedBy   string `json:"invokedBy,omitempty"` // rds.amazonaws.com for RDS's own calls
}

// Resource is one entry of a record's resources.
type Resource struct {
	AccountID string `json:"accountId,omitempty"`
	Type      string `json:"type,omitempty"`
	ARN       string `json:"ARN,omitempty"`
}

// detailTypes maps a record's eventType to the detail-type under which
// EventBridge delivers it. [EventBridge guide, Events from AWS services via
// CloudTrail]
var detailTypes = map[string]string{
	"AwsApiCall":           TypeCloudTrailCall,
	"AwsServiceEvent":      "AWS Service Event via CloudTrail",
	"AwsConsoleAction":     "AWS Console Action via CloudTrail",
	"AwsConsoleSignIn":     "AWS Console Sign In via CloudTrail",
	"AwsCloudTrailInsight": "AWS Insight via CloudTrail",
}

// WrapCloudTrail returns the event that EventBridge delivers for a CloudTrail
// record: source aws.<service>, detail-type by the record's eventType, time,
// id and region of the record. account is the account whose bus it comes from;
// empty: the record's recipientAccountId.
//
// A record that is not JSON, or lacks eventSource, eventTime or eventID, is
// coded.Invalid with the Field.
func WrapCloudTrail(record json.RawMessage, account string) (Envelope, error) {
	var r struct {
		EventSource, EventType, EventID, AWSRegion, RecipientAccountID string
		EventTime                                                      time.Time
	}
	if err := json.Unmarshal(record, &r); err != nil {
		return Envelope{}, &coded.Error{Code: coded.Invalid, Field: "detail", Message: "is not a CloudTrail record",
			Hint: "give one element of Records", Err: err}
	}
	service, ok := strings.CutSuffix(r.EventSource, ".amazonaws.com")
	if !ok || service == "" {
		return Envelope{}, coded.Field("detail.eventSource", "CloudTrail writes <service>.amazonaws.com", "%s names no service", show(r.EventSource))
	}
	detailType, ok := detailTypes[r.EventType]
	if !ok {
		detailType = TypeCloudTrailCall // records before version 1.02 have no eventType
	}
	if account == "" {
		account = r.RecipientAccountID
	}
	env := Envelope{Version: "0", ID: r.EventID, DetailType: detailType, Source: "aws." + service, Account: account,
		Time: r.EventTime.UTC(), Region: r.AWSRegion, Resources: []string{}, Detail: record}
	if err := env.check(); err != nil {
		return Envelope{}, err
	}
	return env, nil
}
