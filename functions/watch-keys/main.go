// Watch-keys observes signals about keys, of whatever source. The commit that it
// makes of one is the lock.
package main

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/kms"

	"latchkey/events"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/settings"
	"latchkey/shared/keys/kms"
	"latchkey/shared/reconcile"
)

func main() { function.Start(events.FunctionWatchKeys, build) }

func build(_ context.Context, env function.Env[settings.Plane]) (function.Handler, error) {
	ports := reconcile.Ports{Keys: kms.New(sdk.NewFromConfig(env.AWS), kms.Config{PlatformAccount: env.Config.Account})}
	plane, err := cell.New(env.Host, env.Config, ports, reconcile.Keys)
	if err != nil {
		return nil, err
	}
	return cell.Events(env.Host, plane), nil
}
