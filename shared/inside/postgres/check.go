package postgres

import (
	"net"
	"regexp"
	"strconv"
	"strings"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
)

// tenantName is a database or role that requests may name: at most 63 bytes, as
// PostgreSQL's identifiers. [PostgreSQL manual, Lexical structure]
var tenantName = regexp.MustCompile(`^` + regexp.QuoteMeta(deployment.TenantRoles) + `[a-z0-9_]{1,61}$`)

// instanceName is a DBInstanceIdentifier. [RDS API reference, CreateDBInstance]
var instanceName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

const nameHint = "give a name of a tenant's: " + deployment.TenantRoles + " and then lower-case letters, digits and underscores, at most 63 in all"

// check refuses a login that is not a tenant's, or not at an endpoint of its instance.
func (h *Host) check(at database.Login) error {
	if !tenantName.MatchString(at.Database) {
		return coded.Field("login.database", nameHint, "%q is not the name of a tenant's database", at.Database)
	}
	if !tenantName.MatchString(at.Role) {
		return coded.Field("login.role", nameHint, "%q is not the name of a tenant's role", at.Role)
	}
	return h.checkEndpoint(at)
}

func (h *Host) checkEndpoint(at database.Login) error {
	if !instanceName.MatchString(at.InstanceID) {
		return coded.Field("login.instanceId", "give the DBInstanceIdentifier", "%q is not the name of an instance", at.InstanceID)
	}
	host, port, err := net.SplitHostPort(at.Endpoint)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || host == "" || bad != nil || n == 0 {
		return coded.Field("login.endpoint", "give host:port, as DescribeDBInstances says", "%q is not an endpoint", at.Endpoint)
	}
	if h.cfg.Domain != "" && !(strings.HasPrefix(host, at.InstanceID+".") && strings.HasSuffix(host, "."+h.cfg.Domain)) {
		return coded.Field("login.endpoint", "give host:port, as DescribeDBInstances says of this instance in this Region",
			"%q is not an endpoint of %s under %s", at.Endpoint, at.InstanceID, h.cfg.Domain)
	}
	return nil
}
