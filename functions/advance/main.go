// Advance steps the records that RDS's events are about, and those that another
// record's change made due, which it hears of from the table's stream.
package main

import (
	"context"

	"latchkey/events"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/cell/fleet"
	"latchkey/shared/function/settings"
)

func main() { function.Start(events.FunctionAdvance, build) }

func build(ctx context.Context, env function.Env[settings.Fleet]) (function.Handler, error) {
	plane, err := fleet.New(ctx, env.Host, env.Config)
	if err != nil {
		return nil, err
	}
	return function.Either(map[function.Origin]function.Handler{
		function.FromQueue:  cell.Events(env.Host, plane),
		function.FromStream: cell.Written(env.Host, plane),
	}), nil
}
