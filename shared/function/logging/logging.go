// Package logging writes a function's log: one JSON object for each record, on
// one line, with the function's name and all that the context knows.
//
// The context carries what a record is about, so that code deep inside need not
// know: the request and trace of the invocation, the id of the event, the tenant
// and the key. Use the …Context methods of slog.
package logging

import (
	"context"
	"io"
	"log/slog"
	"slices"
)

// Names of the attributes that a context carries.
const (
	Function = "function"
	Request  = "requestId" // of the invocation
	Trace    = "traceId"   // X-Ray's
	Event    = "eventId"
	Message  = "messageId" // SQS's
	Tenant   = "tenant"
	Key      = "key" // ARN
)

// attributes is the key of a context's attributes.
type attributes struct{}

// With returns a context whose log records carry the attributes too. An
// attribute with an empty string is left out; a name that the context has
// already is replaced.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	all := slices.Clone(of(ctx))
	for _, a := range attrs {
		if a.Value.Kind() == slog.KindString && a.Value.String() == "" {
			continue
		}
		all = slices.DeleteFunc(all, func(b slog.Attr) bool { return b.Key == a.Key })
		all = append(all, a)
	}
	return context.WithValue(ctx, attributes{}, all)
}

func of(ctx context.Context) []slog.Attr {
	all, _ := ctx.Value(attributes{}).([]slog.Attr)
	return all
}

// New returns the logger of a function.
func New(w io.Writer, level slog.Level, function string) *slog.Logger {
	return slog.New(handler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})}).With(Function, function)
}

// handler adds a context's attributes to each record.
type handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if all := of(ctx); len(all) > 0 {
		r = r.Clone()
		r.AddAttrs(all...)
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
