package snapshot

import (
	"context"
	"time"
)

// Backups is what the rules need of RDS snapshots. When RDS answered with an
// error, methods return a *database.ServiceError with one of the codes named here.
type Backups interface {
	// Create starts a manual snapshot; DBSnapshotAlreadyExists if the name is taken,
	// InvalidDBInstanceState if the instance cannot be read now, SnapshotQuotaExceeded.
	Create(ctx context.Context, instanceID, snapshotID string, tags map[string]string) error
	// Describe returns a snapshot, or DBSnapshotNotFound.
	Describe(ctx context.Context, snapshotID string) (Description, error)
	// List returns one page of the manual snapshots of an instance.
	List(ctx context.Context, instanceID, marker string) (snapshots []Description, next string, err error)
	// Copy starts a copy under another key, in the same Region.
	Copy(ctx context.Context, sourceID, targetID, kmsKeyARN string, tags map[string]string) error
	// Delete removes a manual snapshot.
	Delete(ctx context.Context, snapshotID string) error
}

// Description is what DescribeDBSnapshots says of a snapshot.
type Description struct {
	SnapshotID string
	InstanceID string
	ResourceID string // DbiResourceId of the instance it was taken of
	Status     string // creating, available, failed, deleting
	KMSKeyARN  string
	CreatedAt  time.Time
	Progress   int // percent
	Tags       map[string]string
}
