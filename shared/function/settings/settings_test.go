package settings_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/functiontest"
	"latchkey/shared/function/settings"
)

// read reads the environment of a function, with one variable changed.
func read[C any, P function.Config[C]](t *testing.T, name, variable, value string) (C, error) {
	t.Helper()
	f, ok := deployment.Find(name)
	if !ok {
		t.Fatalf("no function %s", name)
	}
	var c C
	s := function.NewSet(append(slices.DeleteFunc(functiontest.Environ(f), func(e string) bool {
		return strings.HasPrefix(e, variable+"=") || strings.HasPrefix(e, deployment.EnvLogLevel+"=")
	}), variable+"="+value))
	P(&c).Bind(s)
	return c, s.Err()
}

func TestFleet(t *testing.T) {
	c, err := read[settings.Fleet](t, "sweep", deployment.EnvSecurityGroups, "sg-1a,sg-2b")
	if err != nil || c.Account != functiontest.Account || c.Table != deployment.Table || c.StorageGiB != 100 || len(c.SecurityGroups) != 2 || len(c.Regions) != 2 {
		t.Errorf("read %+v, %v", c, err)
	}
}

// TestAudit_AnyPrincipal holds that the rule about unknown principals is off only
// where it is said so.
func TestAudit_AnyPrincipal(t *testing.T) {
	for value, off := range map[string]bool{"": false, "any": true, "arn:aws:iam::111122223333:role/app": false} {
		c, err := read[settings.Audit](t, "audit-keys", deployment.EnvKnownPrincipals, value)
		if err != nil || c.AnyPrincipal != off || len(c.KnownPrincipals) != strings.Count(value, "arn:") {
			t.Errorf("%q is read as %v, %v, %v", value, c.KnownPrincipals, c.AnyPrincipal, err)
		}
	}
}

func TestBind_Refused(t *testing.T) {
	fleet := func(t *testing.T, variable, value string) error {
		_, err := read[settings.Fleet](t, "sweep", variable, value)
		return err
	}
	route := func(t *testing.T, variable, value string) error {
		_, err := read[settings.Route](t, "route", variable, value)
		return err
	}
	audit := func(t *testing.T, variable, value string) error {
		_, err := read[settings.Audit](t, "audit-keys", variable, value)
		return err
	}
	for _, c := range []struct {
		read            func(t *testing.T, variable, value string) error
		variable, value string
		fits            bool
	}{
		{fleet, deployment.EnvAccount, "12345", false},
		{fleet, deployment.EnvPlatformKey, "alias/latchkey", false},
		{fleet, deployment.EnvCommerceSource, "aws.s3", false},
		{fleet, deployment.EnvCommerceSource, "latchkey", false},
		{fleet, deployment.EnvCommerceSource, "shop.example", true},
		{fleet, deployment.EnvUnreachable, "1m", false},
		{fleet, deployment.EnvShardCapacity, "0", false},
		{fleet, deployment.EnvRegions, "Frankfurt", false},
		{fleet, deployment.EnvRegions, "us-gov-west-1", true},
		{fleet, deployment.EnvClass, "m7g.large", false},
		{fleet, deployment.EnvStorage, "5", false},
		{fleet, deployment.EnvEngineVersion, "17", true},
		{fleet, deployment.EnvEngineVersion, "17.10", true},
		{fleet, deployment.EnvEngineVersion, "16.4", false}, // the parameter group is of another family
		{fleet, deployment.EnvSecurityGroups, "sg-1,vpc-2", false},
		{fleet, deployment.EnvSnapshots, "hourly", false},
		{fleet, deployment.EnvFence, "a function", false},
		{route, deployment.EnvCells, "eu-central-1=arn:aws:events:us-east-1:111122223333:event-bus/latchkey", false},
		{route, deployment.EnvCells, "eu-central-1=latchkey", false},
		{route, deployment.EnvTable, strings.Repeat("t", 256), false},
		{audit, deployment.EnvTrailPrefix, "logs", false},
		{audit, deployment.EnvTrailPrefix, "", true},
		{audit, deployment.EnvKnownPrincipals, "", true},
		{audit, deployment.EnvKnownPrincipals, "rds.amazonaws.com,arn:aws:iam::111122223333:role/app-*", true},
		{audit, deployment.EnvKnownPrincipals, "me", false},
		{audit, deployment.EnvRetiredTrails, "", true},
		{audit, deployment.EnvRetiredTrails, "111122223333/us-west-2/us-east-1/management@2026-03-01T20", true},
		{audit, deployment.EnvRetiredTrails, "111122223333/us-west-2/us-east-1/management@2026-13-41T29", false},
		{audit, deployment.EnvRetiredTrails, "111122223333/us-west-2/us-east-1/m@2026-03-01T20,111122223333/us-west-2/us-east-1/m@2026-04-01T20", false},
		{audit, deployment.EnvRetiredTrails, "management", false},
		{audit, deployment.EnvKnownPrincipals, "any", true},
		{audit, deployment.EnvKnownPrincipals, "any,rds.amazonaws.com", false},
		{audit, deployment.EnvLedgerBucket, "Ledger", false},
	} {
		t.Run(c.variable+"="+c.value[:min(len(c.value), 30)], func(t *testing.T) {
			err := c.read(t, c.variable, c.value)
			var e *coded.Error
			if c.fits && err != nil || !c.fits && (!errors.As(err, &e) || e.Field != c.variable || !strings.Contains(e.Hint, "allowed: ")) {
				t.Errorf("= %v", err)
			}
		})
	}
}
