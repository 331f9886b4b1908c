package cell

import (
	"slices"
	"strconv"
	"strings"

	"latchkey/infra/grants"
	"latchkey/infra/settings"
	"latchkey/shared/deployment"
)

// known are the principals that may use tenants' keys: those of the settings and
// always the cell's own roles, unless the settings let everybody.
func known(s settings.Settings) []string {
	if s.AnyPrincipal {
		return []string{deployment.AnyPrincipal}
	}
	return append(slices.Clone(s.KnownPrincipals), grants.RoleARN("*"))
}

// values are those of every environment variable that functions of a cell read.
func (c *Cell) values() map[string]string {
	s := c.props.Settings
	return map[string]string{
		deployment.EnvAccount:         "${AWS::AccountId}",
		deployment.EnvTable:           deployment.Table,
		deployment.EnvBus:             deployment.Bus,
		deployment.EnvCommerceSource:  s.CommerceSource,
		deployment.EnvPlatformKey:     c.place.PlatformKey,
		deployment.EnvUnreachable:     s.UnreachableLimit.String(),
		deployment.EnvShardCapacity:   strconv.Itoa(s.ShardCapacity),
		deployment.EnvRegions:         strings.Join(s.Regions, ","),
		deployment.EnvClass:           s.DatabaseClass,
		deployment.EnvStorage:         strconv.Itoa(s.DatabaseStorageGiB),
		deployment.EnvEngineVersion:   deployment.EngineVersion,
		deployment.EnvSubnetGroup:     c.net.SubnetGroupName,
		deployment.EnvParameterGroup:  c.net.ParameterGroupName,
		deployment.EnvSecurityGroups:  c.net.DatabaseSecurityGroupID,
		deployment.EnvSnapshots:       s.SnapshotSchedule,
		deployment.EnvFence:           deployment.Name(deployment.FunctionFence),
		deployment.EnvTrailBucket:     c.place.TrailBucket,
		deployment.EnvTrailPrefix:     c.place.TrailPrefix,
		deployment.EnvLedgerBucket:    c.place.LedgerBucket,
		deployment.EnvKnownPrincipals: strings.Join(known(s), ","),
		deployment.EnvRetiredTrails:   strings.Join(s.RetiredTrails, ","),
		deployment.EnvLogLevel:        s.LogLevel,
	}
}
