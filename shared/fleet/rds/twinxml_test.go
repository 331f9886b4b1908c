package rds

import (
	"encoding/xml"
	"net"
	"strconv"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// xmlTag and the types below are RDS's answers, in its names. [RDS API
// reference, DBInstance, DBSnapshot]
type (
	xmlTag      struct{ Key, Value string }
	xmlEndpoint struct {
		Address string
		Port    int
	}
	xmlSecret   struct{ SecretArn string }
	xmlInstance struct {
		XMLName                                         xml.Name `xml:"DBInstance"`
		DBInstanceIdentifier, DbiResourceId             string
		DBInstanceStatus, KmsKeyId                      string
		Endpoint                                        *xmlEndpoint
		MasterUserSecret                                *xmlSecret
		MultiAZ, StorageEncrypted, DeletionProtection   bool
		SecondaryAvailabilityZone, LatestRestorableTime string `xml:",omitempty"`
		BackupRetentionPeriod                           int
		InstanceCreateTime                              string
		Tags                                            []xmlTag `xml:"TagList>Tag"`
	}
	xmlSnapshot struct {
		XMLName                                    xml.Name `xml:"DBSnapshot"`
		DBSnapshotIdentifier, DBInstanceIdentifier string
		DbiResourceId, Status, KmsKeyId            string
		PercentProgress                            int
		SnapshotCreateTime                         string
		Tags                                       []xmlTag `xml:"TagList>Tag"`
	}
)

func xmlTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func xmlTags(tags map[string]string) (out []xmlTag) {
	for k, v := range tags {
		out = append(out, xmlTag{k, v})
	}
	return out
}

func instanceXML(i database.Instance) xmlInstance {
	out := xmlInstance{
		DBInstanceIdentifier: i.InstanceID, DbiResourceId: i.ResourceID, DBInstanceStatus: i.Status, KmsKeyId: i.KMSKeyARN, MultiAZ: i.MultiAZ,
		SecondaryAvailabilityZone: i.SecondaryAZ, StorageEncrypted: i.StorageEncrypted, DeletionProtection: i.DeletionProtection,
		BackupRetentionPeriod: i.BackupRetentionDays, LatestRestorableTime: xmlTime(i.LatestRestorableTime),
		InstanceCreateTime: xmlTime(i.CreatedAt), Tags: xmlTags(i.Tags),
	}
	if host, port, err := net.SplitHostPort(i.Endpoint); err == nil {
		n, _ := strconv.Atoi(port)
		out.Endpoint = &xmlEndpoint{host, n}
	}
	if i.MasterSecretARN != "" {
		out.MasterUserSecret = &xmlSecret{i.MasterSecretARN}
	}
	return out
}

func snapshotXML(d snapshot.Description) xmlSnapshot {
	return xmlSnapshot{DBSnapshotIdentifier: d.SnapshotID, DBInstanceIdentifier: d.InstanceID, DbiResourceId: d.ResourceID, Status: d.Status,
		KmsKeyId: d.KMSKeyARN, PercentProgress: d.Progress, SnapshotCreateTime: xmlTime(d.CreatedAt), Tags: xmlTags(d.Tags)}
}

// snapshots is a page of them.
type snapshots struct {
	XMLName xml.Name      `xml:"DBSnapshots"`
	All     []xmlSnapshot `xml:"DBSnapshot"`
}
