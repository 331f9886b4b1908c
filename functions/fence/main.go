// Fence makes, fences and unfences databases and roles inside instances, from
// within their VPC, for the functions that step databases.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/inside"
	"latchkey/shared/inside/postgres"
	"latchkey/shared/inside/rdsca"
	"latchkey/shared/secrets"
)

func main() { function.Start(deployment.FunctionFence, build) }

func build(_ context.Context, env function.Env[function.None]) (function.Handler, error) {
	roots, err := rdsca.Pool(env.Region)
	if err != nil {
		return nil, err
	}
	host := postgres.New(
		postgres.Config{Roots: roots, Domain: env.Region + ".rds.amazonaws.com", Master: deployment.MasterUser},
		postgres.IAM(env.Region, env.AWS.Credentials), secrets.New(secretsmanager.NewFromConfig(env.AWS), 0))
	return function.Call(env.Host, func(ctx context.Context, req inside.Request) (inside.Answer, error) {
		answer := inside.Handle(ctx, host, req)
		if err := answer.Err(); err != nil {
			env.Log.WarnContext(ctx, "not done", "op", req.Op, "instance", req.Login.InstanceID, "error", err)
		}
		return answer, nil
	}), nil
}
