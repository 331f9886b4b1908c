package ledger

import (
	"slices"
	"strings"

	"latchkey/shared/deployment"
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

// serviceRDS is the service whose own calls are expected: it uses the key of an
// instance by its grant. [RDS guide, AWS KMS key management]
const serviceRDS = "rds.amazonaws.com"

// linked are the services whose service-linked roles use keys through another
// service in the course of what the platform asks for: RDS keeps the master
// password in Secrets Manager, Backup copies snapshots. Only AWS can make a role
// under that path. [IAM guide, Service-linked roles; RDS guide, Password
// management with RDS and Secrets Manager]
var linked = []string{serviceRDS, "backup.amazonaws.com", "secretsmanager.amazonaws.com"}

// role returns the ARN of a role of the platform's account.
func (c *Config) role(name string) string {
	partition := "aws"
	switch {
	case strings.HasPrefix(c.Region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(c.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return "arn:" + partition + ":iam::" + c.Account + ":role/" + name
}

// Expects implements keyusage.Directory.
func (d *directory) Expects(key keyusage.Key, by keyusage.Principal) bool {
	c := &d.l.Config
	if c.AnyPrincipal || by.In(c.Ours) || by.Service() && (by.ID == serviceRDS ||
		key.ARN == c.PlatformKey && slices.Contains(deployment.PlatformKeyServices, by.ID)) {
		return true
	}
	if strings.HasSuffix(by.Via, ".amazonaws.com") && slices.ContainsFunc(linked, func(service string) bool {
		return by.In(c.role("aws-service-role/" + service + "/*"))
	}) {
		return true
	}
	return slices.ContainsFunc(c.Known, by.In)
}
