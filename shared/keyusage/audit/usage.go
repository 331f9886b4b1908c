package audit

import (
	"context"
	"net/http"
	"time"

	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/usage"
)

// What is left of the API's time for the start of the function and the way back,
// and of an answer's bytes for what stands around its body.
const (
	spareTime  = 5 * time.Second
	spareBytes = 64 << 10
)

// maxReport bounds the rollups in memory for one report: some 500 MB of the
// function's 1,024.
const maxReport = 500_000

// desk is the ledger's desk behind Lambda and API Gateway.
func desk(l *ledger.Ledger) usage.Desk {
	return usage.Desk{Ledger: l, Bytes: deployment.MaxAnswer - spareBytes, Time: deployment.APITimeout - spareTime}
}

// answer answers the HTTP API as far as it waits, and as much as it takes.
func answer(ctx context.Context, l *ledger.Ledger, r function.Request) (function.Response, error) {
	q, err := usage.Read(r.Path["tenant"], r.Query, l.Clock.Now())
	if err != nil {
		return function.Response{}, err
	}
	a, err := desk(l).Answer(ctx, q)
	if err != nil {
		return function.Response{}, err
	}
	return function.Response{Status: http.StatusOK, Body: function.Raw{ContentType: a.ContentType, Text: string(a.Body)}}, nil
}
