// Route sends commerce events from the entry to the cell of their tenant.
package main

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"latchkey/shared/bus/eventbridge"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/deployment"
	"latchkey/shared/directory"
	"latchkey/shared/function"
	"latchkey/shared/function/settings"
)

func main() { function.Start(deployment.FunctionRoute, build) }

func build(_ context.Context, env function.Env[settings.Route]) (function.Handler, error) {
	cells := map[string]directory.Bus{}
	for region, arn := range env.Config.Cells {
		client := sdk.NewFromConfig(env.AWS, func(o *sdk.Options) { o.Region = region })
		cells[region] = eventbridge.New(client, eventbridge.Config{Bus: arn})
	}
	d, err := directory.New(directory.Deps{
		Store: dynamodb.New(env.AWS, env.Config.Table, env.Clock), Clock: env.Clock, Cells: cells,
		Metrics: env.Metrics, CommerceSource: env.Config.CommerceSource, Log: env.Log,
	})
	if err != nil {
		return nil, err
	}
	return function.Queue(env.Host, d.Route), nil
}
