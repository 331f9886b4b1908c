// Package functiontest checks what all functions have in common, for the tests
// beside each main.
package functiontest

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
)

// Region is where the functions of a test run.
const Region = "eu-central-1"

// Account is the platform's.
const Account = "111122223333"

// PlatformKey is a key of the platform's.
const PlatformKey = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"

// samples holds a value for each variable, as a deployment would give it.
var samples = map[string]string{
	deployment.EnvAccount:         Account,
	deployment.EnvTable:           deployment.Table,
	deployment.EnvBus:             deployment.Bus,
	deployment.EnvCommerceSource:  "latchkey.commerce",
	deployment.EnvPlatformKey:     PlatformKey,
	deployment.EnvUnreachable:     "30m",
	deployment.EnvShardCapacity:   "50",
	deployment.EnvRegions:         "eu-central-1,us-east-1",
	deployment.EnvClass:           "db.m7g.large",
	deployment.EnvStorage:         "100",
	deployment.EnvEngineVersion:   deployment.EngineVersion,
	deployment.EnvSubnetGroup:     deployment.SubnetGroup,
	deployment.EnvParameterGroup:  deployment.ParameterGroup,
	deployment.EnvSecurityGroups:  "sg-0123456789abcdef0",
	deployment.EnvSnapshots:       "monthly",
	deployment.EnvFence:           deployment.Name(deployment.FunctionFence),
	deployment.EnvCells:           "eu-central-1=arn:aws:events:eu-central-1:111122223333:event-bus/latchkey,us-east-1=arn:aws:events:us-east-1:111122223333:event-bus/latchkey",
	deployment.EnvTrailBucket:     "latchkey-trail-111122223333",
	deployment.EnvTrailPrefix:     "org/",
	deployment.EnvLedgerBucket:    "latchkey-ledger-111122223333",
	deployment.EnvKnownPrincipals: "arn:aws:iam::111122223333:role/latchkey-*",
	deployment.EnvRetiredTrails:   "111122223333/us-west-2/us-east-1/management@2026-03-01T20",
	deployment.EnvLogLevel:        "info",
}

// Environ returns a complete environment for a function, "NAME=value" each.
func Environ(f deployment.Function) []string {
	var out []string
	for _, name := range f.Env {
		out = append(out, name+"="+samples[name])
	}
	return out
}

// Variables checks that a function reads exactly the variables that package
// deployment gives it: it boots and builds with them, each is missed where it is
// missing, but the optional ones, and none besides is read.
func Variables[C any, P function.Config[C]](t *testing.T, name string, build func(context.Context, function.Env[C]) (function.Handler, error)) {
	t.Helper()
	Elsewhere(t)
	f, ok := deployment.Find(name)
	if !ok {
		t.Fatalf("no function is called %q", name)
	}
	boot := func(environ []string) (function.Env[C], error) {
		return function.Boot[C, P](context.Background(), name, environ, &bytes.Buffer{}, &bytes.Buffer{})
	}
	env, err := boot(Environ(f))
	if err != nil {
		t.Fatalf("with all variables: %v", err)
	}
	if handler, err := build(context.Background(), env); err != nil || handler == nil {
		t.Errorf("not built: %v", err)
	}
	for _, missing := range f.Env {
		without := slices.DeleteFunc(Environ(f), func(e string) bool { return strings.HasPrefix(e, missing+"=") })
		_, err := boot(without)
		var e *coded.Error
		switch optional := slices.Contains(deployment.Optional(), missing); {
		case optional && err != nil:
			t.Errorf("without the optional %s: %v", missing, err)
		case !optional && (!errors.As(err, &e) || e.Field != missing):
			t.Errorf("without %s: %v", missing, err)
		}
	}
	for other := range samples {
		if _, err := boot(append(Environ(f), other+"="+samples[other])); !slices.Contains(f.Env, other) && err == nil {
			t.Errorf("it reads %s, which no deployment gives it", other)
		}
	}
}

// Elsewhere keeps what the machine is configured with out of a test.
func Elsewhere(t *testing.T) {
	t.Helper()
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_REGION": Region, "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
	} {
		t.Setenv(name, value)
	}
}
