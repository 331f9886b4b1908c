package deployment

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Bounds of what an installation chooses. The infrastructure refuses at synthesis
// what the functions would refuse at their start.
const (
	// UnreachableMin leaves KMS time for a few errors in a row: a shorter limit
	// would lock tenants for them.
	UnreachableMin = 5 * time.Minute
	UnreachableMax = 24 * time.Hour

	ShardCapacityMax = 1000 // databases on one shard

	// [RDS guide, Amazon RDS DB instance storage: gp3 for PostgreSQL]
	StorageGiBMin = 20
	StorageGiBMax = 65536

	// TrailPrefixMax is CloudTrail's, and the slash. [CloudTrail API reference,
	// CreateTrail, S3KeyPrefix]
	TrailPrefixMax = 200 + 1

	// EnvironmentMax is how many bytes the variables of a function may have as
	// JSON. [Lambda guide, Lambda quotas; the message of Lambda's refusal shows
	// the JSON that it measured]
	EnvironmentMax = 4096
)

// Forms of what an installation chooses, as regular expressions for a whole text.
const (
	// EngineForm is that of a version of PostgreSQL: EngineMajor, or one of its
	// minor versions.
	EngineForm = EngineMajor + `(\.[1-9][0-9]?)?`
	// PrincipalForm is that of a principal that may use tenants' keys: an ARN or the
	// beginning of one that ends in *, or the name of a service.
	PrincipalForm = `arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[^,\s$]+|[a-z0-9.-]+\.amazonaws\.com`
)

// retiredTrail is the form that ParseRetiredTrail takes, but for hours that there
// are none of.
const retiredTrail = `^[0-9]{12}/[a-z0-9-]+/[a-z0-9-]+/[A-Za-z0-9._-]+@[0-9T-]+$`

// ParseRetiredTrail parses a trail that was ended on purpose and the first hour
// (UTC) that is proved without it:
// "111122223333/us-west-2/us-east-1/management@2026-03-01T20", which is account,
// Region of the events, home Region and name. It returns what is before the @, and
// the hour.
func ParseRetiredTrail(s string) (trail string, since time.Time, err error) {
	trail, hour, _ := strings.Cut(s, "@")
	if !regexp.MustCompile(retiredTrail).MatchString(s) {
		return "", time.Time{}, fmt.Errorf("%q is not a trail and an hour", s)
	}
	if since, err = time.Parse("2006-01-02T15", hour); err != nil {
		return "", time.Time{}, fmt.Errorf("the hour of %q: %w", s, err)
	}
	return trail, since, nil
}
