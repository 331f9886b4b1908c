package faketrail

import (
	"encoding/base32"
	"encoding/json"
	"strings"

	"latchkey/shared/fake"
)

// eventVersion is the version of the record format. [CloudTrail guide, CloudTrail record contents]
const eventVersion = "1.09"

// Record is one CloudTrail record of a management event.
type Record struct {
	EventVersion        string         `json:"eventVersion"`
	UserIdentity        UserIdentity   `json:"userIdentity"`
	EventTime           string         `json:"eventTime"` // RFC 3339, whole seconds, UTC
	EventSource         string         `json:"eventSource"`
	EventName           string         `json:"eventName"`
	AWSRegion           string         `json:"awsRegion"`
	SourceIPAddress     string         `json:"sourceIPAddress"`
	UserAgent           string         `json:"userAgent"`
	ErrorCode           string         `json:"errorCode,omitempty"`
	ErrorMessage        string         `json:"errorMessage,omitempty"`
	RequestParameters   map[string]any `json:"requestParameters"`
	ResponseElements    map[string]any `json:"responseElements"`
	AdditionalEventData map[string]any `json:"additionalEventData,omitempty"`
	RequestID           string         `json:"requestID,omitempty"`
	EventID             string         `json:"eventID"`
	ReadOnly            bool           `json:"readOnly"`
	Resources           []Resource     `json:"resources,omitempty"`
	EventType           string         `json:"eventType"`
	ManagementEvent     bool           `json:"managementEvent"`
	RecipientAccountID  string         `json:"recipientAccountId"`
	SharedEventID       string         `json:"sharedEventID,omitempty"`
	ServiceEventDetails map[string]any `json:"serviceEventDetails,omitempty"`
	EventCategory       string         `json:"eventCategory"`
}

// UserIdentity says who called.
type UserIdentity struct {
	Type           string          `json:"type,omitempty"`
	PrincipalID    string          `json:"principalId,omitempty"`
	ARN            string          `json:"arn,omitempty"`
	AccountID      string          `json:"accountId,omitempty"`
	AccessKeyID    string          `json:"accessKeyId,omitempty"`
	UserName       string          `json:"userName,omitempty"`
	SessionContext *SessionContext `json:"sessionContext,omitempty"`
	InvokedBy      string          `json:"invokedBy,omitempty"`
}

// SessionContext says of which role a session is.
type SessionContext struct {
	SessionIssuer SessionIssuer     `json:"sessionIssuer"`
	Attributes    map[string]string `json:"attributes"`
}

// SessionIssuer is the role of a session.
type SessionIssuer struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
	ARN         string `json:"arn"`
	AccountID   string `json:"accountId"`
	UserName    string `json:"userName"`
}

// JSON returns the record as CloudTrail writes it. It panics on a Call whose
// maps hold what JSON cannot, which is a defect of the twin that made it.
func (r Record) JSON() json.RawMessage {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return b
}

// record makes the record that one account gets; ids are set by the caller.
func record(c Call, recipient, caller string) Record {
	r := Record{
		EventVersion: eventVersion, EventTime: c.At.UTC().Format("2006-01-02T15:04:05Z"),
		EventSource: c.Source, EventName: c.Name, AWSRegion: c.Region,
		ErrorCode: c.ErrorCode, ErrorMessage: c.ErrorMessage,
		RequestParameters: c.Request, ResponseElements: c.Response, AdditionalEventData: c.Additional,
		ReadOnly: c.ReadOnly, Resources: c.Resources, EventType: "AwsApiCall",
		ManagementEvent: true, RecipientAccountID: recipient, ServiceEventDetails: c.ServiceDetails,
		EventCategory: "Management", SourceIPAddress: "203.0.113.10", UserAgent: "aws-sdk-go-v2/1.30.0 lang/go",
	}
	if r.ErrorCode == "AccessDeniedException" {
		r.ErrorCode = "AccessDenied"
	}
	if r.ErrorCode != "" {
		r.ResponseElements = nil
	}
	r.UserIdentity = identity(c, recipient, caller)
	if by := r.UserIdentity.InvokedBy; by != "" {
		r.SourceIPAddress, r.UserAgent = by, by
	}
	if c.Caller == "" {
		r.EventType = "AwsServiceEvent"
	}
	return r
}

// identity says who called, as the recipient's account may know it: another
// account sees only the caller's account and principal id. [CloudTrail guide,
// CloudTrail userIdentity element]
func identity(c Call, recipient, caller string) UserIdentity {
	if c.Caller == "" {
		return UserIdentity{AccountID: caller, InvokedBy: "AWS Internal"}
	}
	if !strings.HasPrefix(c.Caller, "arn:") {
		return UserIdentity{Type: "AWSService", InvokedBy: c.Caller}
	}
	u := ofARN(c.Caller)
	u.InvokedBy = c.InvokedBy
	if recipient != caller {
		return UserIdentity{Type: "AWSAccount", PrincipalID: u.PrincipalID, AccountID: caller, InvokedBy: c.InvokedBy}
	}
	if u.SessionContext != nil {
		u.SessionContext.Attributes = map[string]string{
			"creationDate":     c.At.UTC().Format("2006-01-02T15:00:00Z"),
			"mfaAuthenticated": "false",
		}
	}
	return u
}

// ofARN returns the identity of a principal: a root user, an IAM user, or a
// session of a role (an IAM role's own ARN stands for a session named latchkey).
func ofARN(arn string) UserIdentity {
	account := accountOf(arn)
	kind, name, _ := strings.Cut(arn[strings.LastIndexByte(arn, ':')+1:], "/")
	session := "latchkey"
	switch kind {
	case "root":
		return UserIdentity{Type: "Root", PrincipalID: account, ARN: arn, AccountID: account, AccessKeyID: uniqueID("ASIA", arn)}
	case "user":
		return UserIdentity{Type: "IAMUser", PrincipalID: uniqueID("AIDA", arn), ARN: arn, AccountID: account,
			AccessKeyID: uniqueID("AKIA", arn), UserName: name[strings.LastIndexByte(name, '/')+1:]}
	case "assumed-role":
		if role, s, ok := strings.Cut(name, "/"); ok {
			name, session = role, s
		}
	}
	path := name
	name = name[strings.LastIndexByte(name, '/')+1:]
	role := "arn:aws:iam::" + account + ":role/" + path
	id := uniqueID("AROA", role)
	return UserIdentity{
		Type: "AssumedRole", PrincipalID: id + ":" + session, AccountID: account, AccessKeyID: uniqueID("ASIA", arn),
		ARN: "arn:aws:sts::" + account + ":assumed-role/" + name + "/" + session,
		SessionContext: &SessionContext{SessionIssuer: SessionIssuer{
			Type: "Role", PrincipalID: id, ARN: role, AccountID: account, UserName: name}},
	}
}

// uniqueID returns an id of IAM's form: a prefix for the kind and 17 more
// characters that follow from the ARN.
func uniqueID(prefix, arn string) string {
	h := uint64(14695981039346656037)
	for i := 0; i < len(arn); i++ {
		h = (h ^ uint64(arn[i])) * 1099511628211
	}
	var raw [16]byte
	for i := range 8 {
		raw[i], raw[8+i] = byte(h>>(8*i)), byte(fake.Mix(h)>>(8*i))
	}
	return prefix + base32.StdEncoding.EncodeToString(raw[:])[:17]
}
