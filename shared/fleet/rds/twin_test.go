package rds

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/fleet/fleettest"
	"latchkey/shared/snapshot"
)

// front gives the embedded twin the wire format of RDS.
type front struct{ *fleettest.Twin }

// answer calls the twin and writes its answer as RDS does.
func (f front) answer(r *http.Request, call url.Values) (int, string, error) {
	if err := r.Context().Err(); err != nil {
		return 0, "", err
	}
	out, err := f.do(r, call)
	var service *database.ServiceError
	switch {
	case errors.As(err, &service):
		return http.StatusBadRequest, "<ErrorResponse><Error><Type>Sender</Type><Code>" + service.Code + "</Code><Message>no</Message></Error></ErrorResponse>", nil
	case err != nil:
		return 0, "", err
	}
	body, err := xml.Marshal(out)
	return http.StatusOK, wrap(call.Get("Action"), string(body)), err
}

// do makes the call of an action that reads.
func (f front) do(r *http.Request, call url.Values) (any, error) {
	ctx, id := r.Context(), call.Get("DBInstanceIdentifier")
	switch call.Get("Action") {
	case describeInstances:
		i, err := f.Fleet().Describe(ctx, id)
		return struct {
			XMLName xml.Name      `xml:"DBInstances"`
			All     []xmlInstance `xml:"DBInstance"`
		}{All: []xmlInstance{instanceXML(i)}}, err
	case describeSnapshots:
		if id != "" {
			return f.list(r, id, call.Get("Marker"))
		}
		d, err := f.Backups().Describe(ctx, call.Get("DBSnapshotIdentifier"))
		return snapshots{All: []xmlSnapshot{snapshotXML(d)}}, err
	}
	return struct{ XMLName xml.Name }{xml.Name{Local: "Done"}}, f.change(r, call)
}

func (f front) list(r *http.Request, instanceID, marker string) (any, error) {
	page, next, err := f.Backups().List(r.Context(), instanceID, marker)
	out := []any{snapshots{}, struct {
		XMLName xml.Name `xml:"Marker"`
		Text    string   `xml:",chardata"`
	}{Text: next}}
	all := snapshots{}
	for _, d := range page {
		all.All = append(all.All, snapshotXML(d))
	}
	out[0] = all
	return out, err
}

// change makes the call of an action that changes something.
func (f front) change(r *http.Request, call url.Values) error {
	ctx, id, snap := r.Context(), call.Get("DBInstanceIdentifier"), call.Get("DBSnapshotIdentifier")
	switch action := call.Get("Action"); action {
	case "CreateDBInstance":
		return f.Fleet().Create(ctx, specOf(call, id))
	case "StartDBInstance":
		return f.Fleet().Start(ctx, id)
	case "StopDBInstance":
		return f.Fleet().Stop(ctx, id)
	case "ModifyDBInstance":
		if call.Get("ManageMasterUserPassword") == "true" {
			return f.Restorer().ManagePassword(ctx, id, call.Get("MasterUserSecretKmsKeyId"))
		}
		return f.Fleet().Unprotect(ctx, id)
	case "DeleteDBInstance":
		return f.Fleet().Delete(ctx, id)
	case "RestoreDBInstanceFromDBSnapshot":
		return f.Restorer().RestoreSnapshot(ctx, snap, specOf(call, id))
	case "RestoreDBInstanceToPointInTime":
		at, err := time.Parse(time.RFC3339Nano, call.Get("RestoreTime"))
		if latest := call.Get("UseLatestRestorableTime") == "true"; latest == (err == nil) {
			return fmt.Errorf("either a time or the latest: %v", call)
		}
		return f.Restorer().RestoreToTime(ctx, call.Get("SourceDBInstanceIdentifier"), at, specOf(call, call.Get("TargetDBInstanceIdentifier")))
	case "CreateDBSnapshot":
		return f.Backups().Create(ctx, id, snap, tagsOf(call))
	case "CopyDBSnapshot":
		return f.Backups().Copy(ctx, call.Get("SourceDBSnapshotIdentifier"), call.Get("TargetDBSnapshotIdentifier"), call.Get("KmsKeyId"), tagsOf(call))
	case "DeleteDBSnapshot":
		return f.Backups().Delete(ctx, snap)
	default:
		return &database.ServiceError{Operation: action, Code: "InvalidAction"}
	}
}

func specOf(call url.Values, id string) database.Spec {
	number := func(name string) int { n, _ := strconv.Atoi(call.Get(name)); return n }
	return database.Spec{
		InstanceID: id, Class: call.Get("DBInstanceClass"), StorageGiB: number("AllocatedStorage"), EngineVersion: call.Get("EngineVersion"),
		KMSKeyARN: call.Get("KmsKeyId"), MasterSecretKeyARN: call.Get("MasterUserSecretKmsKeyId"), MultiAZ: call.Get("MultiAZ") == "true",
		BackupRetentionDays: number("BackupRetentionPeriod"), DeletionProtection: call.Get("DeletionProtection") == "true",
		PubliclyAccessible: call.Get("PubliclyAccessible") == "true", SubnetGroup: call.Get("DBSubnetGroupName"),
		ParameterGroup: call.Get("DBParameterGroupName"), Tags: tagsOf(call),
	}
}

func tagsOf(call url.Values) map[string]string {
	tags := map[string]string{}
	for n := 1; call.Has(fmt.Sprintf("Tags.Tag.%d.Key", n)); n++ {
		tags[call.Get(fmt.Sprintf("Tags.Tag.%d.Key", n))] = call.Get(fmt.Sprintf("Tags.Tag.%d.Value", n))
	}
	return tags
}

// overWire is a twin whose ports are the adapters, over the wire format.
type overWire struct {
	*fleettest.Twin
	fleet   *Fleet
	backups *Backups
}

func (w *overWire) Fleet() database.Fleet       { return w.fleet }
func (w *overWire) Restorer() database.Restorer { return w.fleet }
func (w *overWire) Backups() snapshot.Backups   { return w.backups }

// TestFleet_Twin passes the whole suite where RDS answers as the twin does, in
// RDS's wire format: states, refusals and pages that moto does not have.
func TestFleet_Twin(t *testing.T) {
	fleettest.Run(t, func(t *testing.T) fleettest.World {
		w := &overWire{Twin: fleettest.NewTwin(t)}
		w.fleet, w.backups = (&server{answer: front{w.Twin}.answer}).adapters(t, 0)
		return w
	})
}
