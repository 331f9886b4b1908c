package events

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"

	"latchkey/events/schema"
	"latchkey/shared/coded"
)

// MaxEventBytes is the largest event that is accepted, envelope and all.
// [EventBridge guide, PutEvents entry size: 256 KB]
const MaxEventBytes = 256 << 10

// Envelope is an event as EventBridge delivers it. [EventBridge guide, Events]
type Envelope struct {
	Version    string          `json:"version"` // always "0"
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account,omitempty"` // of the origin, also where forwarded; empty on some emulators
	Time       time.Time       `json:"time"`
	Region     string          `json:"region,omitempty"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"` // a JSON object
}

var accountForm = schema.NewForm(`^[0-9]{12}$`)

// ParseEnvelope reads one event and checks its envelope, not its detail.
// Member names are matched exactly; members it does not know are ignored.
//
// Every error is coded.Invalid with the Field at fault and a Hint; Field is
// "event" where the document as a whole is wrong.
func ParseEnvelope(b []byte) (Envelope, error) {
	var env Envelope
	if len(b) > MaxEventBytes {
		return env, coded.Field("event", "send a reference to large data instead of the data",
			"the event has %d bytes; at most %d are accepted", len(b), MaxEventBytes)
	}
	members, err := object(b)
	if err != nil {
		return env, err
	}
	for _, m := range []struct {
		name string
		into any
	}{
		{"version", &env.Version}, {"id", &env.ID}, {"detail-type", &env.DetailType}, {"source", &env.Source},
		{"account", &env.Account}, {"time", &env.Time}, {"region", &env.Region}, {"resources", &env.Resources},
	} {
		raw, ok := members[m.name]
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, m.into); err != nil {
			return Envelope{}, envelopeType(m.name, err)
		}
	}
	env.Time = env.Time.UTC()
	env.Detail = members["detail"]
	if err := env.check(); err != nil {
		return Envelope{}, err
	}
	return env, nil
}

// object reads exactly one JSON object.
func object(b []byte) (map[string]json.RawMessage, error) {
	const hint = "send one EventBridge event as a JSON object"
	dec := json.NewDecoder(bytes.NewReader(b))
	var members map[string]json.RawMessage
	if err := dec.Decode(&members); err != nil {
		return nil, &coded.Error{Code: coded.Invalid, Field: "event", Message: "not a JSON object", Hint: hint, Err: err}
	}
	if members == nil {
		return nil, coded.Field("event", hint, "null is not an event")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, coded.Field("event", hint, "there is more after the end of the JSON object")
	}
	return members, nil
}

func envelopeType(field string, cause error) error {
	hint := "give a string"
	switch field {
	case "time":
		hint = "give an RFC 3339 time such as 2026-01-31T10:15:00Z"
	case "resources":
		hint = "give a list of ARNs"
	}
	return &coded.Error{Code: coded.Invalid, Field: field, Message: "has the wrong form", Hint: hint, Err: cause}
}

// check holds what is required of the members.
func (e *Envelope) check() error {
	if e.Version != "0" {
		return coded.Field("version", `EventBridge's envelope version is "0"; the version of our own details is detail.version`,
			"envelope version %q is not known", e.Version)
	}
	for _, m := range []struct{ name, value string }{{"id", e.ID}, {"source", e.Source}, {"detail-type", e.DetailType}} {
		if strings.TrimSpace(m.value) == "" {
			return coded.Field(m.name, "every event has one", "is missing")
		}
	}
	if e.Time.IsZero() {
		return coded.Field("time", "give an RFC 3339 time such as 2026-01-31T10:15:00Z", "is missing")
	}
	if y := e.Time.Year(); y < 1970 || y > 9999 {
		return coded.Field("time", "give an RFC 3339 time such as 2026-01-31T10:15:00Z", "the year %d is out of range", y)
	}
	if e.Account != "" && !accountForm.MatchString(e.Account) {
		return coded.Field("account", "give the 12 digits of an AWS account id, or leave it out", "%q is not an account id", e.Account)
	}
	if d := bytes.TrimSpace(e.Detail); len(d) == 0 || d[0] != '{' {
		return coded.Field("detail", "put the event's own data into a JSON object", "is missing or is not an object")
	}
	return nil
}

// Marshal returns the event as EventBridge delivers it. An error means that
// Detail is not JSON or Time is out of JSON's range; neither happens to an
// Envelope from ParseEnvelope or New.
func (e Envelope) Marshal() ([]byte, error) {
	if e.Resources == nil {
		e.Resources = []string{}
	}
	b, err := json.Marshal(e)
	if err != nil {
		return nil, coded.Wrap(coded.Internal, err, "encoding event %s", e.ID)
	}
	return b, nil
}
