package fakerds

import (
	"maps"
	"slices"
	"time"

	"latchkey/shared/database"
)

// specParams is a spec in CloudTrail's words.
func specParams(s database.Spec) map[string]any {
	p := map[string]any{
		"dBInstanceIdentifier":     s.InstanceID,
		"dBInstanceClass":          s.Class,
		"allocatedStorage":         s.StorageGiB,
		"engine":                   "postgres",
		"storageEncrypted":         true,
		"multiAZ":                  s.MultiAZ,
		"backupRetentionPeriod":    s.BackupRetentionDays,
		"deletionProtection":       s.DeletionProtection,
		"publiclyAccessible":       s.PubliclyAccessible,
		"manageMasterUserPassword": s.MasterSecretKeyARN != "",
		"tags":                     tagParams(s.Tags),
	}
	for name, value := range map[string]string{
		"engineVersion":            s.EngineVersion,
		"kmsKeyId":                 s.KMSKeyARN,
		"masterUserSecretKmsKeyId": s.MasterSecretKeyARN,
		"dBSubnetGroupName":        s.SubnetGroup,
		"dBParameterGroupName":     s.ParameterGroup,
	} {
		if value != "" {
			p[name] = value
		}
	}
	return p
}

// restoreParams is a spec in CloudTrail's words, as the adapter restores it:
// without what a restore takes from its source. [RDS API reference,
// RestoreDBInstanceFromDBSnapshot, RestoreDBInstanceToPointInTime]
func restoreParams(s database.Spec) map[string]any {
	p := specParams(s)
	for _, name := range []string{"allocatedStorage", "engineVersion", "storageEncrypted", "kmsKeyId", "manageMasterUserPassword", "masterUserSecretKmsKeyId"} {
		delete(p, name)
	}
	return p
}

// tagParams is a set of tags in CloudTrail's words.
func tagParams(tags map[string]string) []map[string]string {
	list := make([]map[string]string, 0, len(tags))
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, map[string]string{"key": k, "value": tags[k]})
	}
	return list
}

// response is the part of an instance that calls answer with.
func (i *instance) response() map[string]any {
	m := map[string]any{
		"dBInstanceIdentifier":  i.Spec.InstanceID,
		"dbiResourceId":         i.ResourceID,
		"dBInstanceClass":       i.Spec.Class,
		"dBInstanceStatus":      i.Status,
		"engine":                "postgres",
		"allocatedStorage":      i.Spec.StorageGiB,
		"backupRetentionPeriod": i.Spec.BackupRetentionDays,
		"multiAZ":               i.Spec.MultiAZ,
		"storageEncrypted":      true,
		"kmsKeyId":              i.Spec.KMSKeyARN,
		"deletionProtection":    i.Spec.DeletionProtection,
		"availabilityZone":      i.AZ,
	}
	if i.Spec.EngineVersion != "" {
		m["engineVersion"] = i.Spec.EngineVersion
	}
	if !i.CreatedAt.IsZero() {
		m["instanceCreateTime"] = i.CreatedAt.Format(trailTime)
	}
	return m
}

// trailTime is how RDS writes times in CloudTrail.
const trailTime = "Jan 2, 2006 3:04:05 PM"

// response is the part of a snapshot that calls answer with.
func (s *snap) response() map[string]any {
	return map[string]any{
		"dBSnapshotIdentifier": s.ID,
		"dBInstanceIdentifier": s.InstanceID,
		"dbiResourceId":        s.ResourceID,
		"status":               s.Status,
		"percentProgress":      s.progress(s.CreatedAt),
		"encrypted":            true,
		"kmsKeyId":             s.KeyARN,
		"snapshotType":         "manual",
		"snapshotCreateTime":   s.CreatedAt.In(time.UTC).Format(trailTime),
		"tagList":              tagParams(s.Tags),
	}
}
