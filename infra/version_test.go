package main

import (
	"slices"
	"strings"
	"testing"

	"latchkey/infra/grants"
	"latchkey/infra/network"
	"latchkey/shared/deployment"
)

// TestVersion holds that what is of one major version of PostgreSQL is of the
// same. Before it is raised: docs/deploy.md, Upgrade, says what restores of the
// version before need. [RDS guide, Overview of parameter groups; Option groups]
func TestVersion(t *testing.T) {
	const major = deployment.EngineMajor
	if version, _, _ := strings.Cut(deployment.EngineVersion, "."); version != major {
		t.Errorf("version %s is not of %s", deployment.EngineVersion, major)
	}
	if network.Family != "postgres"+major || !strings.HasSuffix(deployment.ParameterGroup, "-postgres"+major) {
		t.Errorf("version %s, group %s of family %s", deployment.EngineVersion, deployment.ParameterGroup, network.Family)
	}
	want := []string{":og:default:postgres-" + major, ":pg:" + deployment.ParameterGroup}
	for _, s := range grants.OfUse(deployment.UseFleet, grants.Place{}) {
		want = slices.DeleteFunc(want, func(suffix string) bool {
			return slices.Contains(s.Actions, "rds:RestoreDBInstanceFromDBSnapshot") &&
				slices.ContainsFunc(s.Resources, func(r string) bool { return strings.HasSuffix(r, suffix) })
		})
	}
	if len(want) > 0 {
		t.Errorf("instances may not be restored with %v", want)
	}
}
