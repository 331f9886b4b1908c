// Package rds gives the rules about databases and snapshots the real Amazon RDS.
//
// Fleet makes, looks at, stops, starts, restores and deletes PostgreSQL
// instances; Backups does the same for manual snapshots. Every name is given by
// the caller and deterministic, so that RDS itself refuses what a repeated call
// would make twice. Nothing is made without the ownership tag.
//
// Errors that RDS answered are *database.ServiceError. Any other error (a
// time-out, a broken connection, a request that is refused before it is sent)
// says nothing about the instance.
package rds

import (
	"context"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/shared/aws/awserror"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
	"latchkey/shared/snapshot"
)

// What every instance has, whoever its tenant is.
const (
	Engine         = "postgres"
	MasterUsername = deployment.MasterUser
	// DefaultCA signs the server certificates that clients verify; it is valid
	// for 40 years. [RDS guide, Using SSL/TLS to encrypt a connection to a DB instance]
	DefaultCA = "rds-ca-rsa2048-g1"
	// DefaultStorageType needs no provisioned IOPS below 400 GiB.
	// [RDS guide, Amazon RDS DB instance storage]
	DefaultStorageType = "gp3"
)

// DefaultTimeout bounds one call with its retries.
const DefaultTimeout = 20 * time.Second

// pageSize is the most that the Describe calls give. [RDS API reference, DescribeDBInstances]
const pageSize = 100

// Config holds what all instances of a cell share.
type Config struct {
	SecurityGroupIDs []string      // of the VPC; empty: the VPC's default group
	CA               string        // of the server certificates; empty: DefaultCA
	StorageType      string        // empty: DefaultStorageType
	Timeout          time.Duration // of one call with its retries; 0: DefaultTimeout
}

// Fleet is the instances of one Region.
type Fleet struct {
	client *sdk.Client
	cfg    Config
}

// Backups is the manual snapshots of one Region.
type Backups struct {
	client  *sdk.Client
	timeout time.Duration
}

var (
	_ database.Fleet    = (*Fleet)(nil)
	_ database.Restorer = (*Fleet)(nil)
	_ snapshot.Backups  = (*Backups)(nil)
)

// New returns the instances and the snapshots of the client's Region.
func New(client *sdk.Client, cfg Config) (*Fleet, *Backups) {
	if cfg.CA == "" {
		cfg.CA = DefaultCA
	}
	if cfg.StorageType == "" {
		cfg.StorageType = DefaultStorageType
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &Fleet{client: client, cfg: cfg}, &Backups{client: client, timeout: cfg.Timeout}
}

// within bounds the time of one call and classifies its error.
func within(ctx context.Context, timeout time.Duration, operation string, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return awserror.RDS(operation, do(ctx))
}

func (f *Fleet) call(ctx context.Context, operation string, do func(context.Context) error) error {
	return within(ctx, f.cfg.Timeout, operation, do)
}

func (b *Backups) call(ctx context.Context, operation string, do func(context.Context) error) error {
	return within(ctx, b.timeout, operation, do)
}
