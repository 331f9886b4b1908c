package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"
)

// snapshot is a Record copied to strings, so that it can be kept and compared.
type snapshot map[string]string

func (s snapshot) text(name string, b []byte) {
	if b != nil {
		s[name] = string(b)
	}
}

func (s snapshot) pairs(name string, pairs []Pair) {
	last := map[string]string{}
	for _, p := range pairs {
		delete(last, string(p.Name))
		if p.Value != nil {
			last[string(p.Name)] = string(p.Value)
		}
	}
	s.set(name, last)
}

func (s snapshot) set(name string, m map[string]string) {
	var lines []string
	for k, v := range m {
		lines = append(lines, fmt.Sprintf("%q=%q", k, v))
	}
	sort.Strings(lines)
	s[name] = strings.Join(lines, ",")
}

func snap(r *Record) snapshot {
	s := snapshot{"raw": string(r.Raw)}
	s.text("eventID", r.EventID)
	s.text("eventTime", r.EventTime)
	s.text("eventName", r.EventName)
	s.text("eventType", r.EventType)
	s.text("eventCategory", r.Category)
	s.text("errorMessage", r.ErrorMessage)
	s.text("awsRegion", r.Region)
	s.text("sourceIPAddress", r.SourceIP)
	s.text("errorCode", r.ErrorCode)
	s.text("recipientAccountId", r.Recipient)
	s.text("sharedEventID", r.SharedEvent)
	s.text("responseElements.keyId", r.ResponseKeyID)
	s.text("additionalEventData.keyMaterialId", r.KeyMaterialID)
	s.text("userIdentity.type", r.Identity.Type)
	s.text("userIdentity.principalId", r.Identity.PrincipalID)
	s.text("userIdentity.arn", r.Identity.ARN)
	s.text("userIdentity.accountId", r.Identity.AccountID)
	s.text("userIdentity.invokedBy", r.Identity.InvokedBy)
	s.text("userIdentity.identityProvider", r.Identity.Provider)
	s.text("userIdentity.onBehalfOf.userId", r.Identity.OnBehalfOf)
	s.text("userIdentity.sessionContext.sessionIssuer.arn", r.Identity.IssuerARN)
	s.text("userIdentity.sessionContext.webIdFederationData.federatedProvider", r.Identity.Federation)
	s.text("requestParameters.keyId", r.Request.KeyID)
	s.text("requestParameters.sourceKeyId", r.Request.SourceKeyID)
	s.text("requestParameters.destinationKeyId", r.Request.DestinationKeyID)
	s.pairs("requestParameters.encryptionContext", r.Request.Context)
	s.pairs("requestParameters.sourceEncryptionContext", r.Request.SourceContext)
	s.pairs("requestParameters.destinationEncryptionContext", r.Request.DestinationContext)
	s.pairs("requestParameters.constraints.encryptionContextEquals", r.Request.GrantEquals)
	s.pairs("requestParameters.constraints.encryptionContextSubset", r.Request.GrantSubset)
	for i, arn := range r.Resources {
		s[fmt.Sprintf("resources.%d", i)] = string(arn)
	}
	return s
}

// textMembers are the paths of Record's texts; reference looks each up.
var textMembers = []string{
	"eventID", "eventTime", "eventName", "eventType", "eventCategory", "errorMessage", "awsRegion", "sourceIPAddress", "errorCode",
	"recipientAccountId", "sharedEventID", "responseElements.keyId", "additionalEventData.keyMaterialId",
	"userIdentity.type", "userIdentity.principalId", "userIdentity.arn", "userIdentity.accountId",
	"userIdentity.invokedBy", "userIdentity.identityProvider", "userIdentity.onBehalfOf.userId",
	"userIdentity.sessionContext.sessionIssuer.arn",
	"userIdentity.sessionContext.webIdFederationData.federatedProvider",
	"requestParameters.keyId", "requestParameters.sourceKeyId", "requestParameters.destinationKeyId",
}

// reference reads one record with encoding/json; nil if it is none of KMS.
func reference(raw json.RawMessage) snapshot {
	top, isObject := object(raw)
	if source, _ := str(top["eventSource"]); !isObject || source != Source {
		return nil
	}
	s := snapshot{"raw": string(raw)}
	for _, path := range textMembers {
		names := strings.Split(path, ".")
		m := top
		for _, name := range names[:len(names)-1] {
			m, _ = object(m[name])
		}
		if v, ok := str(m[names[len(names)-1]]); ok {
			s[path] = v
		}
	}
	request, _ := object(top["requestParameters"])
	for _, name := range []string{"encryptionContext", "sourceEncryptionContext", "destinationEncryptionContext"} {
		s.set("requestParameters."+name, textsOf(request[name]))
	}
	constraints, _ := object(request["constraints"])
	for _, name := range []string{"encryptionContextEquals", "encryptionContextSubset"} {
		s.set("requestParameters.constraints."+name, textsOf(constraints[name]))
	}
	var list []json.RawMessage
	_ = json.Unmarshal(top["resources"], &list)
	n := 0
	for _, e := range list {
		m, _ := object(e)
		if arn, ok := str(m["ARN"]); ok {
			s[fmt.Sprintf("resources.%d", n)] = arn
			n++
		}
	}
	return s
}

func textsOf(raw json.RawMessage) map[string]string {
	m, _ := object(raw)
	texts := map[string]string{}
	for k, v := range m {
		if t, ok := str(v); ok {
			texts[k] = t
		}
	}
	return texts
}

func object(raw json.RawMessage) (m map[string]json.RawMessage, ok bool) {
	err := json.Unmarshal(raw, &m)
	return m, err == nil && m != nil
}

func str(raw json.RawMessage) (string, bool) {
	var p *string
	if err := json.Unmarshal(raw, &p); err != nil || p == nil {
		return "", false
	}
	return *p, true
}

// referenceFile reads a document with encoding/json.
func referenceFile(doc []byte) (list []snapshot, records int, ok bool) {
	top, isObject := object(doc)
	raw, found := top["Records"]
	var all []json.RawMessage
	if !isObject || !found || json.Unmarshal(raw, &all) != nil {
		return nil, 0, false
	}
	for _, r := range all {
		if s := reference(r); s != nil {
			list = append(list, s)
		}
	}
	return list, len(all), true
}

// collect scans a document; small reads make records straddle them.
func collect(t testing.TB, s *Scanner, doc []byte) ([]snapshot, Result, error) {
	t.Helper()
	var got []snapshot
	res, err := s.File(context.Background(), "test.json", bytes.NewReader(doc), func(r *Record) error {
		if want := doc; bytes.HasPrefix(doc, []byte{0x1f, 0x8b}) == false &&
			!bytes.HasPrefix(want[r.Offset:], r.Raw) {
			t.Errorf("record at offset %d is not at its offset", r.Offset)
		}
		got = append(got, snap(r))
		return nil
	})
	return got, res, err
}

// trickle gives a few bytes at a time.
type trickle struct {
	r io.Reader
	n int
}

func (t trickle) Read(p []byte) (int, error) { return t.r.Read(p[:min(len(p), t.n)]) }

func same(t testing.TB, got, want []snapshot) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records of KMS, encoding/json finds %d", len(got), len(want))
	}
	for i := range got {
		for k := range want[i] {
			if got[i][k] != want[i][k] {
				t.Errorf("record %d: %s = %q, encoding/json finds %q", i, k, got[i][k], want[i][k])
			}
		}
		for k, v := range got[i] {
			if _, has := want[i][k]; !has {
				t.Errorf("record %d: %s = %q, encoding/json finds none", i, k, v)
			}
		}
	}
}
