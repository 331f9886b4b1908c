// Sweep steps the tenants and databases that are due, and measures how late they
// are and how many wait for a person.
package main

import (
	"context"

	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/cell/fleet"
	"latchkey/shared/function/settings"
	"latchkey/shared/reconcile"
)

func main() { function.Start(deployment.FunctionSweep, build) }

func build(ctx context.Context, env function.Env[settings.Fleet]) (function.Handler, error) {
	plane, err := fleet.New(ctx, env.Host, env.Config)
	if err != nil {
		return nil, err
	}
	return cell.Sweep(env.Host, plane, cell.Sweeping{
		Lanes: reconcile.SweepLanes(), Each: reconcile.Sweeping{PerShard: 25, AtOnce: 8}, Before: plane.MeasureParked,
	}), nil
}
