package events

import (
	"encoding/json"
	"errors"
	"strings"

	"latchkey/events/schema"
	"latchkey/shared/coded"
)

// ErrVersion is the cause of the error for a detail whose version is not
// supported.
var ErrVersion = errors.New("events: unsupported version of the detail")

// decode checks a detail against the kind's schema and reads it. What the
// schema saw is what is read: the detail is encoded again in between, so that
// repeated members cannot mean two things.
func (k Kind) decode(detail json.RawMessage) (any, error) {
	inst, err := schema.Decode(detail)
	if err != nil {
		return nil, &coded.Error{Code: coded.Invalid, Field: "detail", Message: "is not JSON", Hint: "put the event's own data into a JSON object", Err: err}
	}
	members, ok := inst.(map[string]any)
	if !ok {
		return nil, coded.Field("detail", "put the event's own data into a JSON object", "is not an object")
	}
	if err := k.precheck(members); err != nil {
		return nil, err
	}
	if err := k.check(inst); err != nil {
		return nil, err
	}
	canonical, err := json.Marshal(members)
	if err != nil {
		return nil, &coded.Error{Code: coded.Invalid, Field: "detail", Message: "cannot be encoded", Hint: "send plain JSON", Err: err}
	}
	v := k.New()
	if err := json.Unmarshal(canonical, v); err != nil {
		return nil, decodeError(err)
	}
	if n, ok := v.(interface{ normalize() }); ok {
		n.normalize()
	}
	return v, nil
}

// decodeError is for what the schema lets through and Go does not, such as an
// integer written as 1e3.
func decodeError(cause error) error {
	field := "detail"
	var t *json.UnmarshalTypeError
	if errors.As(cause, &t) && t.Field != "" {
		f := strings.TrimPrefix(strings.TrimPrefix(t.Field, "Subject."), "CloudTrailRecord.")
		field = "detail." + f
	}
	return &coded.Error{Code: coded.Invalid, Field: field, Message: "has the wrong form", Hint: "write numbers as plain integers", Err: cause}
}

// validate holds the rules that a schema cannot express.
func (k Kind) validate(detail any, env Envelope) error {
	switch d := detail.(type) {
	case interface{ Validate() error }:
		return d.Validate()
	case interface{ ValidateIn(Envelope) error }:
		return d.ValidateIn(env)
	}
	return nil
}
