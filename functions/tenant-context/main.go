// Tenant-context answers whether a tenant may be served, and with what.
package main

import (
	"context"

	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/settings"
)

func main() { function.Start(deployment.FunctionTenantContext, build) }

func build(_ context.Context, env function.Env[settings.Context]) (function.Handler, error) {
	plane, err := cell.NewReader(env.Host, env.Config)
	if err != nil {
		return nil, err
	}
	return cell.Context(env.Host, plane), nil
}
