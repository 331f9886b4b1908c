package cell

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/fake/faketrail/delivery"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/objects"
)

// Ledger makes a cell keep a ledger of key use: the twin of CloudTrail delivers
// the log files and digests of the platform's account to a bucket, and the
// function audit-keys reads them.
type Ledger struct {
	Objects objects.Store // of both buckets
	// Wants says which calls the trail records; nil: all that the account gets.
	Wants func(faketrail.Call) bool
	Every time.Duration // between two log files of a Region; 0: CloudTrail's five minutes
	// Unvalidated leaves out the digests: no hour is proved then.
	Unvalidated bool
	// Known are the principals beside Role that may use tenants' keys; see
	// ledger.Config.Known.
	Known []string
}

// Buckets returns the names of the trail's and the ledger's bucket of a cell.
func Buckets(account, region string) (trail, ledgers string) {
	tail := "-" + account + "-" + region
	return deployment.Prefix + "-trail" + tail, deployment.Prefix + "-ledger" + tail
}

// s3Late bounds how long S3's events take. [S3 guide, Amazon S3 Event
// Notifications: typically seconds]
const s3Late = 5 * time.Second

// auditor is the trail, its bucket, and the function that reads it.
type auditor struct {
	cell   *Cell
	bucket string // the trail's
	trail  *delivery.Delivery
	random *fake.Rand // of its own: a cell draws the same with a ledger and without
}

// audit makes the cell's ledger. store is the plane's.
func (c *Cell) audit(store catalog.Store) error {
	cfg := c.cfg.Ledger
	if cfg == nil {
		return nil
	}
	trail, bucket := Buckets(c.cfg.Account, c.cfg.Regions[0])
	a := &auditor{cell: c, bucket: trail, random: fake.NewRand(bootSeed(c.cfg), "ledger")}
	var err error
	a.trail, err = delivery.Start(c.Trail, a, delivery.Config{
		Bucket: trail, Account: c.cfg.Account, Name: deployment.Prefix, HomeRegion: c.cfg.Regions[0], Seed: bootSeed(c.cfg),
		Every: cfg.Every, Validate: !cfg.Unvalidated, Wants: cfg.Wants, Journal: c.cfg.Journal,
	}, c.Clock.Now())
	if err != nil {
		return err
	}
	deps := ledger.Deps{
		Store: store, Objects: faultyObjects(cfg.Objects, c.plan), Records: c.Plane, Clock: c.Clock, Metrics: c.Counts, Log: c.cfg.Log,
		Config: ledger.Config{Account: c.cfg.Account, Region: c.cfg.Regions[0], TrailBucket: trail, LedgerBucket: bucket,
			Writes: 1, // one after the other, as a seed plays them
			Ours:   Role(c.cfg.Account), Known: cfg.Known},
	}
	if !cfg.Unvalidated {
		deps.PublicKeys = a.trail
	}
	if c.Ledger, err = ledger.New(deps); err != nil {
		return err
	}
	c.auditor = a
	return nil
}

// PutObject implements delivery.Bucket: S3 keeps the object, and tells the bus.
func (a *auditor) PutObject(ctx context.Context, key string, body []byte, metadata map[string]string) error {
	o := a.cell.cfg.Ledger.Objects
	info, err := o.Put(ctx, a.bucket, key, body, objects.Options{ContentType: "application/json", Metadata: metadata})
	if err != nil {
		return err
	}
	cfg := a.cell.cfg
	detail, err := json.Marshal(events.ObjectCreated{
		Version: "0", Bucket: events.S3Bucket{Name: a.bucket}, Object: events.S3Object{Key: key, Size: info.Size, ETag: info.ETag},
		Requester: "cloudtrail.amazonaws.com", Reason: "PutObject",
	})
	if err != nil {
		return err
	}
	_, err = a.cell.bus.put(events.Envelope{
		Version: "0", ID: a.random.UUID(), DetailType: events.TypeS3ObjectCreated, Source: events.SourceS3, Account: cfg.Account,
		Time: a.cell.Clock.Now(), Region: cfg.Regions[0], Resources: []string{"arn:aws:s3:::" + a.bucket}, Detail: detail,
	}, time.Second+time.Duration(a.random.Int64N(int64(s3Late))))
	return err
}

// handle is the function audit-keys.
func (a *auditor) handle(ctx context.Context, env events.Envelope) error {
	detail, err := events.Parse(env)
	if err != nil {
		return err
	}
	created, ok := detail.(*events.ObjectCreated)
	if !ok {
		return coded.New(coded.Internal, "function %s has no way with event %q", events.FunctionAuditKeys, env.DetailType)
	}
	_, err = a.cell.Ledger.Ingest(ctx, created.Bucket.Name, created.Object.Key)
	return err
}

// audits delivers what CloudTrail has to deliver now.
func (c *Cell) audits(ctx context.Context, now time.Time) error {
	if c.auditor == nil {
		return nil
	}
	if next, ok := c.auditor.trail.NextAt(); !ok || next.After(now) {
		return nil
	}
	if err := c.auditor.trail.Tick(ctx, now); err != nil {
		return fmt.Errorf("delivering the trail: %w", err)
	}
	return nil
}

// gathered saves the records of the calls that were just made.
func (c *Cell) gathered() error {
	if c.auditor == nil {
		return nil
	}
	return c.auditor.trail.Save()
}

// handle invokes a function.
func (c *Cell) handle(ctx context.Context, function string, env events.Envelope) error {
	if function == events.FunctionAuditKeys && c.auditor != nil {
		return c.auditor.handle(ctx, env)
	}
	return c.Plane.Handle(ctx, function, env)
}

// served leaves out the routes to functions that this cell does not have.
func (b *bus) served(routes []events.Route) []events.Route {
	if b.cell.cfg.Ledger != nil {
		return routes
	}
	return slices.DeleteFunc(routes, func(r events.Route) bool { return r.Function == events.FunctionAuditKeys })
}
