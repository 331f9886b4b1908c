// Snapshot takes the snapshots that are due and deletes those whose time is up.
package main

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/shared/deployment"
	"latchkey/shared/fleet/rds"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/settings"
	"latchkey/shared/reconcile"
)

func main() { function.Start(deployment.FunctionSnapshot, build) }

func build(_ context.Context, env function.Env[settings.Plane]) (function.Handler, error) {
	_, backups := rds.New(sdk.NewFromConfig(env.AWS), rds.Config{})
	plane, err := cell.New(env.Host, env.Config, reconcile.Ports{Backups: backups}, reconcile.Snapshots)
	if err != nil {
		return nil, err
	}
	return cell.Sweep(env.Host, plane, cell.Sweeping{
		Lanes: reconcile.SnapshotLanes(), Each: reconcile.Sweeping{PerShard: 10, AtOnce: 4},
	}), nil
}
