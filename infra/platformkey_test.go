package main

import (
	"slices"
	"testing"

	"latchkey/shared/deployment"
)

// TestPlatformKey_services holds that the services that the policy of the
// platform's key lets in are those that the ledger expects to use it.
func TestPlatformKey_services(t *testing.T) {
	statements, _ := part(oneCell(t).Resources["PlatformKey"].Properties, "KeyPolicy", "Statement").([]any)
	var services []string
	for _, s := range statements {
		switch service := part(s, "Principal", "Service").(type) {
		case nil:
		case string:
			services = append(services, service)
		default:
			t.Errorf("%v: not one service", service)
		}
	}
	slices.Sort(services)
	if !slices.Equal(services, slices.Sorted(slices.Values(deployment.PlatformKeyServices))) {
		t.Errorf("the policy lets in %q, the ledger expects %q", services, deployment.PlatformKeyServices)
	}
}
