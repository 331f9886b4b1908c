// Provision applies commerce events to tenants.
package main

import (
	"context"

	"latchkey/events"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/settings"
	"latchkey/shared/reconcile"
)

func main() { function.Start(events.FunctionProvision, build) }

func build(_ context.Context, env function.Env[settings.Plane]) (function.Handler, error) {
	plane, err := cell.New(env.Host, env.Config, reconcile.Ports{}, reconcile.Tenants)
	if err != nil {
		return nil, err
	}
	return cell.Events(env.Host, plane), nil
}
