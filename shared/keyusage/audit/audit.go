// Package audit wires the ledger of key use for the function audit-keys: what
// CloudTrail delivers goes in, and what a tenant's keys were used for comes out.
package audit

import (
	"context"
	"errors"
	"log/slog"

	"latchkey/events"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/delivery"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/cell"
	"latchkey/shared/function/logging"
	"latchkey/shared/function/settings"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/publickeys"
	"latchkey/shared/metric"
	"latchkey/shared/objects/s3"
)

// New returns the ledger of the function's Region.
func New(h function.Host, s settings.Audit) (*ledger.Ledger, error) {
	records, err := cell.NewReader(h, settings.Context{Account: s.Account, Table: s.Table, PlatformKey: s.PlatformKey})
	if err != nil {
		return nil, err
	}
	return ledger.New(ledger.Deps{
		Store:   dynamodb.New(h.AWS, s.Table, h.Clock),
		Objects: s3.New(s3.NewClient(h.AWS), s3.Config{Account: s.Account}),
		Records: records, PublicKeys: publickeys.New(h.AWS, h.Clock), Clock: h.Clock, Metrics: h.Metrics, Log: h.Log,
		Config: ledger.Config{
			Account: s.Account, Region: h.Region, LedgerBucket: s.LedgerBucket, TrailBucket: s.TrailBucket,
			PlatformKey: s.PlatformKey, Known: s.KnownPrincipals, AnyPrincipal: s.AnyPrincipal, Retired: s.Retired,
			Turn: deployment.AuditTimeout, MaxReport: maxReport,
		},
	})
}

// Handler takes in the files that CloudTrail puts into its bucket, and answers
// the HTTP API.
func Handler(h function.Host, l *ledger.Ledger) function.Handler {
	return function.Either(map[function.Origin]function.Handler{
		function.FromQueue: function.Queue(h, func(ctx context.Context, env events.Envelope) error { return file(ctx, h, l, env) }),
		function.FromHTTP: function.HTTP(h, function.Routes{
			deployment.Endpoint{Method: "GET", Path: "/tenants/{tenant}/key-usage"}: func(ctx context.Context, r function.Request) (function.Response, error) {
				return answer(ctx, l, r)
			},
		}),
	})
}

// file takes in one object. An event of another kind, or of another bucket, is
// counted and acknowledged.
func file(ctx context.Context, h function.Host, l *ledger.Ledger, env events.Envelope) error {
	delivery.Count(ctx, h.Metrics, metric.EventsIn)
	detail, err := events.Parse(env)
	created, ok := detail.(*events.ObjectCreated)
	if errors.Is(err, events.ErrUnknown) || err == nil && (!ok || created.Bucket.Name != l.Config.TrailBucket) {
		h.Metrics.Count(metric.Unknown, 1)
		return nil
	}
	if err != nil {
		delivery.Count(ctx, h.Metrics, metric.Broken)
		return err
	}
	ctx = logging.With(ctx, slog.String("object", created.Object.Key))
	res, err := l.Ingest(ctx, created.Bucket.Name, created.Object.Key)
	h.Log.InfoContext(ctx, "read", "content", res.Content, "again", res.Again, "records", res.Totals.Records, "uses", res.Totals.Uses,
		"broken", res.Totals.BrokenRecords, "outputs", res.Outputs, "findings", res.Findings, "hours", res.Hours)
	return err
}
