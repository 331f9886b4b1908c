package rds_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/conformance"
	"latchkey/shared/database"
	"latchkey/shared/fleet/fleettest"
	"latchkey/shared/snapshot"
)

var _ fleettest.World = (*world)(nil)

// Fleet implements fleettest.World.
func (w *world) Fleet() database.Fleet { return w.fleet }

// Restorer implements fleettest.World.
func (w *world) Restorer() database.Restorer { return w.fleet }

// Backups implements fleettest.World.
func (w *world) Backups() snapshot.Backups { return w.backups }

// enabled are keys of this process's moto, which takes its time to make one; each
// world takes those of the worlds before it.
var enabled []string

// Key implements fleettest.World.
func (w *world) Key(ctx context.Context) (string, error) {
	if w.taken == len(enabled) {
		out, err := w.keys.CreateKey(ctx, &awskms.CreateKeyInput{})
		if err != nil {
			return "", err
		}
		enabled = append(enabled, aws.ToString(out.KeyMetadata.Arn))
	}
	w.taken++
	return enabled[w.taken-1], nil
}

// Disable implements fleettest.World.
func (w *world) Disable(ctx context.Context, arn string) error {
	enabled, w.taken = nil, 0
	_, err := w.keys.DisableKey(ctx, &awskms.DisableKeyInput{KeyId: aws.String(arn[len(arn)-36:])}) // moto takes no ARN
	return err
}

// Settle implements fleettest.World: in moto everything is done at once.
func (w *world) Settle(context.Context) error { return nil }

// Now implements fleettest.World.
func (w *world) Now() time.Time { return time.Now() }

// motoCannot is what moto 5.2.1 does not do as RDS does.
var motoCannot = []conformance.Exception{
	{Case: "Create/standby", Shows: `in ""`, Reason: "moto tells no SecondaryAvailabilityZone"},
	{Case: "Create/AWS managed key", Shows: "default_kms_key_id", Reason: "moto names the AWS managed key without an ARN"},
	{Case: "Create/takes time", Shows: "at once available", Reason: "in moto an instance is made at once"},
	{Case: "Stop/takes time", Shows: "is stopped", Reason: "in moto an instance stops at once"},
	{Case: "Delete/takes time", Shows: database.CodeInstanceNotFound, Reason: "in moto an instance is gone at once"},
	{Case: "Delete/and create", Shows: "has the resource id", Reason: "moto has one DbiResourceId for all instances"},
	{Case: "Snapshot/takes time", Shows: "at once available", Reason: "in moto a snapshot is made at once"},
	{Case: "Snapshot/progress", Shows: "available at 0 %", Reason: "moto tells no PercentProgress"},
	{Case: "Snapshot/stopped", Shows: "got no error", Reason: "moto takes snapshots of stopped instances"},
	{Case: "Copy/takes time", Shows: "at once available", Reason: "in moto a snapshot is made at once"},
	{Case: "List/page size", Shows: `next ""`, Reason: "moto gives all snapshots on one page"},
	{Case: "Restore/takes time", Shows: "is available", Reason: "in moto an instance is made at once"},
	{Case: "Restore/one zone", Shows: "Multi-AZ true, protected true", Reason: "moto restores with the source's settings where false is asked for"},
	{Case: "Restore/resource id", Shows: "has its source's", Reason: "moto has one DbiResourceId for all instances"},
	{Case: "PointInTime/one zone", Shows: "Multi-AZ true, protected true", Reason: "moto restores with the source's settings where false is asked for"},
	{Case: "PointInTime/resource id", Shows: "has its source's", Reason: "moto has one DbiResourceId for all instances"},
	{Case: "PointInTime/too late", Shows: "got no error", Reason: "moto does not look at the time"},
	{Case: "PointInTime/too early", Shows: "got no error", Reason: "moto does not look at the time"},
	{Case: "Refused/retention", Shows: "got no error", Reason: "moto does not check the parameter"},
	{Case: "Refused/storage", Shows: "got no error", Reason: "moto does not check the parameter"},
	{Case: "Refused/class", Shows: "got no error", Reason: "moto does not check the parameter"},
	{Case: "Refused/unknown key", Shows: "got no error", Reason: "moto's RDS does not ask its KMS"},
	{Case: "Refused/disabled key", Shows: "got no error", Reason: "moto's RDS does not ask its KMS"},
	{Case: "Stop/disabled key", Shows: "got no error", Reason: "moto's RDS does not ask its KMS"},
	{Case: "Snapshot/disabled key", Shows: "is available", Reason: "moto's RDS does not ask its KMS"},
	{Case: "Copy/disabled key", Shows: "got no error", Reason: "moto's RDS does not ask its KMS"},
	{Case: "Copy/disabled source key", Shows: "got no error", Reason: "moto's RDS does not ask its KMS"},
	{Case: "Restore/disabled key", Shows: "got no error", Reason: "moto's RDS does not ask its KMS"},
	{Case: "Password/restored", Shows: "has the secret", Reason: "moto's restored instances keep their source's master password managed"},
	{Case: "Password/another key", Shows: "got no error", Reason: "moto changes the key of a managed secret"},
	{Case: "PointInTime/disabled key", Shows: "got no error", Reason: "moto's RDS does not ask its KMS"},
}

// TestFleet_Moto passes the suite on moto, but for what that cannot do.
func TestFleet_Moto(t *testing.T) {
	mototest.Require(t, mototest.Tool)
	fleettest.Run(t, func(t *testing.T) fleettest.World { return empty(t) }, motoCannot...)
}
