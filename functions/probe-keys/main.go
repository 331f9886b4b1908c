// Probe-keys looks at every key that is due for it: each of them at least every
// five minutes.
package main

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/kms"

	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/settings"
	"latchkey/shared/keys/kms"
	"latchkey/shared/reconcile"
)

func main() { function.Start(deployment.FunctionProbeKeys, build) }

func build(_ context.Context, env function.Env[settings.Plane]) (function.Handler, error) {
	ports := reconcile.Ports{Keys: kms.New(sdk.NewFromConfig(env.AWS), kms.Config{PlatformAccount: env.Config.Account})}
	plane, err := cell.New(env.Host, env.Config, ports, reconcile.Keys)
	if err != nil {
		return nil, err
	}
	return cell.Sweep(env.Host, plane, cell.Sweeping{
		Lanes: reconcile.KeyLanes(), Each: reconcile.Sweeping{PerShard: 50, AtOnce: 16}, Before: plane.RegisterPlatformKeys,
	}), nil
}
