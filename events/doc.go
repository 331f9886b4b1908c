// Package events is Latchkey's contract with the world: every event that comes
// in or goes out as a Go type, with a hand-written JSON Schema and samples of
// real shape, and the one routing table that says which function receives what.
//
// An event travels in an Envelope, the JSON that EventBridge delivers.
// ParseEnvelope reads one; Parse turns its detail into the Go type of its Kind:
//
//	env, err := events.ParseEnvelope(body)
//	if err != nil { … }              // coded.Invalid: dead-letter queue
//	detail, err := events.Parse(env)
//	switch {
//	case errors.Is(err, events.ErrUnknown): // count and acknowledge
//	case err != nil:                        // coded.Invalid, names the field
//	}
//	switch d := detail.(type) {
//	case *events.TenantCreated: …
//	}
//
// New makes an outgoing event and refuses one that breaks its own schema.
// Routes and Table.Match are the routing table: the CDK app makes EventBridge
// rules of it and the embedded bus matches with it.
//
// To add a kind: a Go file with the type, a schema in schemas/ (of the keywords
// that package events/schema knows; a test names any other), a sample in
// samples/, one line in the table in kinds.go, then go generate ./events.
package events

//go:generate go run latchkey/events/gendoc -out ../docs/events.md
