package ledger_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"latchkey/events"
)

const (
	ours        = "arn:aws:iam::" + account + ":role/latchkey-us-east-1-*"
	proberRole  = "arn:aws:iam::" + account + ":role/latchkey-us-east-1-probe-keys"
	strangeRole = "arn:aws:iam::" + account + ":role/stranger"
)

// call is a record of KMS, as text.
type call struct {
	n         int // its event id
	at        time.Time
	who       string // userIdentity
	operation string
	key       string // ARN in resources; empty: none
	request   string // requestParameters; empty: a context that says nothing
	errorCode string
	errorText string
}

func eventID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func (c call) String() string {
	request := c.request
	if request == "" {
		request = `{"encryptionContext":{"a":"b"}}`
	}
	s := fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":%s,"eventTime":%q,"eventSource":"kms.amazonaws.com","eventName":%q,"awsRegion":%q,`+
		`"sourceIPAddress":"192.0.2.1","requestParameters":%s,"eventID":%q,"eventType":"AwsApiCall","recipientAccountId":%q`,
		c.who, c.at.Format(time.RFC3339), c.operation, region, request, eventID(c.n), account)
	if c.key != "" {
		s += fmt.Sprintf(`,"resources":[{"accountId":%q,"type":"AWS::KMS::Key","ARN":%q}]`, account, c.key)
	}
	if c.errorCode != "" {
		s += fmt.Sprintf(`,"errorCode":%q,"errorMessage":%q`, c.errorCode, c.errorText)
	}
	return s + "}"
}

func document(calls ...call) []byte {
	var all []string
	for _, c := range calls {
		all = append(all, c.String())
	}
	return []byte(`{"Records":[` + strings.Join(all, ",") + `]}`)
}

// service is the identity of an AWS service, or of what AWS does by itself.
func service(name string) string { return fmt.Sprintf(`{"type":"AWSService","invokedBy":%q}`, name) }

// session is the identity of a role's session, through a service or not.
func session(role, via string) string {
	name := role[strings.LastIndexByte(role, '/')+1:]
	s := fmt.Sprintf(`{"type":"AssumedRole","principalId":"AROA:s","arn":"arn:aws:sts::%s:assumed-role/%s/s","accountId":%q,`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA","arn":%q,"accountId":%q}}`, account, name, account, role, account)
	if via != "" {
		s += fmt.Sprintf(`,"invokedBy":%q`, via)
	}
	return s + "}"
}

// findings are what was told, one a line: kind, operation, principal, count.
func findings(list []*events.FindingEvent) string {
	var lines []string
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("%s %s %s %d", f.Kind, f.Operation, f.Principal, f.Count))
	}
	return strings.Join(lines, "\n")
}

// fileItem is the partition of a log file's item.
func fileItem(key string) string {
	sum := sha256.Sum256([]byte(trail + "\x00" + key))
	return "trailfile#" + hex.EncodeToString(sum[:])
}
