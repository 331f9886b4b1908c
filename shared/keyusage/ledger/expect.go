package ledger

import (
	"slices"
	"strings"

	"latchkey/shared/keyusage"
)

// inRegion returns the ARN of a multi-Region key's replica in another Region:
// all have the same id. [KMS guide, Multi-Region keys]
func inRegion(arn, region string) string {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || !strings.HasPrefix(parts[5], "key/mrk-") {
		return arn
	}
	parts[3] = region
	return strings.Join(parts, ":")
}

// services are the AWS services whose own calls are expected: RDS uses the key
// of an instance by its grant. [RDS guide, AWS KMS key management]
var services = []string{"rds.amazonaws.com"}

// Expects implements keyusage.Directory.
func (d *directory) Expects(_ keyusage.Key, by keyusage.Principal) bool {
	if len(d.l.Config.Known) == 0 || by.Service() && slices.Contains(services, by.ID) {
		return true
	}
	return slices.ContainsFunc(d.l.Config.Known, func(known string) bool {
		if begin, star := strings.CutSuffix(known, "*"); star {
			return strings.HasPrefix(by.ID, begin)
		}
		return by.ID == known
	})
}
