package secrets

import "log/slog"

// hidden is what is shown in place of a secret.
const hidden = "[hidden]"

// Value is a secret. However it is printed, logged or marshalled, the secret
// does not show; only Reveal returns it.
type Value struct{ secret string }

// NewValue returns a value that holds the secret.
func NewValue(secret string) Value { return Value{secret} }

// Reveal returns the secret, for the one call that needs it.
func (v Value) Reveal() string { return v.secret }

// Empty reports whether there is no secret.
func (v Value) Empty() bool { return v.secret == "" }

// String hides the secret from fmt.
func (Value) String() string { return hidden }

// GoString hides the secret from %#v.
func (Value) GoString() string { return hidden }

// LogValue hides the secret from slog.
func (Value) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret from JSON and the like.
func (Value) MarshalText() ([]byte, error) { return []byte(hidden), nil }
