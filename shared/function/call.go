package function

import (
	"context"
	"encoding/json"
	"log/slog"

	"latchkey/shared/coded"
	"latchkey/shared/function/logging"
)

// Call answers a function that invokes this one and waits. What a caller should
// act on belongs in Out: an error fails the invocation, and all that reaches the
// caller of it is its text. [Lambda guide, Go function errors]
func Call[In, Out any](h Host, answer func(context.Context, In) (Out, error)) Handler {
	return func(ctx context.Context, payload json.RawMessage) (out any, err error) {
		var in In
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, coded.Wrap(coded.Invalid, err, "the request has the wrong form")
		}
		if t, ok := any(in).(interface{ Tenant() string }); ok {
			ctx = logging.With(ctx, slog.String(logging.Tenant, t.Tenant()))
		}
		err = guarded(func() (err error) { out, err = answer(ctx, in); return err })
		return out, err
	}
}
