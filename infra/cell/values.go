package cell

import (
	"slices"
	"strconv"
	"strings"

	"latchkey/infra/grants"
	"latchkey/infra/network"
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

// Values returns those of every environment variable that functions of a cell
// read, from what was chosen, the cell's resources and its network.
func Values(s settings.Settings, place grants.Place, net network.Network) map[string]string {
	return map[string]string{
		deployment.EnvAccount:         "${AWS::AccountId}",
		deployment.EnvTable:           deployment.Table,
		deployment.EnvBus:             deployment.Bus,
		deployment.EnvCommerceSource:  s.CommerceSource,
		deployment.EnvPlatformKey:     place.PlatformKey,
		deployment.EnvUnreachable:     s.UnreachableLimit.String(),
		deployment.EnvShardCapacity:   strconv.Itoa(s.ShardCapacity),
		deployment.EnvRegions:         strings.Join(s.Regions, ","),
		deployment.EnvClass:           s.DatabaseClass,
		deployment.EnvStorage:         strconv.Itoa(s.DatabaseStorageGiB),
		deployment.EnvEngineVersion:   s.EngineVersion,
		deployment.EnvSubnetGroup:     net.SubnetGroupName,
		deployment.EnvParameterGroup:  net.ParameterGroupName,
		deployment.EnvSecurityGroups:  net.DatabaseSecurityGroupID,
		deployment.EnvSnapshots:       s.SnapshotSchedule,
		deployment.EnvFence:           deployment.Name(deployment.FunctionFence),
		deployment.EnvTrailBucket:     place.TrailBucket,
		deployment.EnvTrailPrefix:     place.TrailPrefix,
		deployment.EnvLedgerBucket:    place.LedgerBucket,
		deployment.EnvKnownPrincipals: strings.Join(known(s), ","),
		deployment.EnvRetiredTrails:   strings.Join(s.RetiredTrails, ","),
		deployment.EnvLogLevel:        s.LogLevel,
	}
}
