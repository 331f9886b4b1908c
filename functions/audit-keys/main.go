// Audit-keys reads CloudTrail's files into the ledger of key use as S3 receives
// them, and answers what a tenant's keys were used for.
package main

import (
	"context"

	"latchkey/events"
	"latchkey/shared/function"
	"latchkey/shared/function/settings"
	"latchkey/shared/keyusage/audit"
)

func main() { function.Start(events.FunctionAuditKeys, build) }

func build(_ context.Context, env function.Env[settings.Audit]) (function.Handler, error) {
	ledger, err := audit.New(env.Host, env.Config)
	if err != nil {
		return nil, err
	}
	return audit.Handler(env.Host, ledger), nil
}
