// Package fleettest is the contract of database.Fleet, database.Restorer and
// snapshot.Backups as a suite: what RDS and its embedded twin must both answer,
// one case per sentence. An implementation's own test calls Run.
//
// The answers are those that the RDS API reference lists for each operation, and
// of the RDS guide where a case names it. Nothing is asked for that takes the
// passing of days: how RDS loses a key is the twin's own matter.
package fleettest

import (
	"context"
	"slices"
	"testing"
	"time"

	"latchkey/shared/conformance"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// Region is where the instances are.
const Region = "eu-central-1"

// Groups that exist in every World.
const (
	SubnetGroup    = "latchkey-private"
	ParameterGroup = "latchkey-tls"
)

// World is what the cases arrange beside the ports, for one Region without
// instances and snapshots. What an implementation cannot arrange it answers with
// an error, which is an exception of its own.
type World interface {
	// Fleet, Restorer and Backups are the ports, as a principal that the key
	// policies allow all that RDS needs.
	Fleet() database.Fleet
	Restorer() database.Restorer
	Backups() snapshot.Backups
	// Key makes a key of this Region, and Disable disables it.
	Key(ctx context.Context) (arn string, err error)
	Disable(ctx context.Context, arn string) error
	// Settle lets time pass until nothing is under way, and an hour at least where
	// time can be moved.
	Settle(ctx context.Context) error
	// Now is the time as RDS sees it.
	Now() time.Time
}

// Run runs the suite.
func Run(t *testing.T, open func(t *testing.T) World, exceptions ...conformance.Exception) {
	t.Helper()
	conformance.Run(t, func(t *testing.T) *suite { return start(t, open(t)) }, slices.Concat(createCases, refusalCases(), operateCases,
		deleteCases, snapshotCases, listCases, copyCases, restoreCases, pointInTimeCases, passwordCases, endCases()), exceptions...)
}

type one = conformance.Case[*suite]

// suite is a World with its ports and two keys.
type suite struct {
	World
	fleet            database.Fleet
	restorer         database.Restorer
	backups          snapshot.Backups
	tenant, platform string // keys
}

func start(t *testing.T, w World) *suite {
	t.Helper()
	s := &suite{World: w, fleet: w.Fleet(), restorer: w.Restorer(), backups: w.Backups()}
	for _, into := range []*string{&s.tenant, &s.platform} {
		arn, err := w.Key(ctx)
		if err != nil {
			t.Fatal(err)
		}
		*into = arn
	}
	return s
}

// Design is an instance as the rules ask for one.
func Design(id, tenantKey, platformKey string) database.Spec {
	return database.Spec{
		InstanceID: id, Class: "db.m7g.large", StorageGiB: 50, EngineVersion: "16.4", KMSKeyARN: tenantKey,
		MasterSecretKeyARN: platformKey, MultiAZ: true, BackupRetentionDays: 30, DeletionProtection: true,
		SubnetGroup: SubnetGroup, ParameterGroup: ParameterGroup,
		Tags: map[string]string{database.TagOwner: database.Owner, database.TagTenant: "acme",
			database.TagDatabase: "acme/" + id, database.TagKey: tenantKey},
	}
}
