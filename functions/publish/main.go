// Publish puts the outbox's events on the cell's bus, in order within each
// subject.
package main

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"latchkey/shared/bus/eventbridge"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/settings"
)

func main() { function.Start(deployment.FunctionPublish, build) }

func build(_ context.Context, env function.Env[settings.Publish]) (function.Handler, error) {
	bus := eventbridge.New(sdk.NewFromConfig(env.AWS), eventbridge.Config{Bus: env.Config.Bus})
	plane := cell.NewPublisher(env.Host, env.Config)
	return function.Either(map[function.Origin]function.Handler{
		function.FromStream: cell.Publish(env.Host, plane, bus),
		function.FromClock:  cell.PublishAll(env.Host, plane, bus),
	}), nil
}
