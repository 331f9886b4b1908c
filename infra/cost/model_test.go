package main

import (
	"math"
	"testing"
)

func estimate(t *testing.T, m Mix) Estimate {
	t.Helper()
	e, err := NewEstimate(m, prices())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func near(got, want float64) bool { return math.Abs(got-want) <= 0.005*math.Max(1, math.Abs(want)) }

func TestCount(t *testing.T) {
	c := Count(DefaultMix(1000))
	for name, v := range map[string]struct{ got, want float64 }{
		"keys":      {c.Keys, 200},
		"instances": {c.Instances, 200 + 16},               // 800 shared tenants, 50 on a shard
		"probes":    {c.Probes, (200 + 2) * 730 * 60 / 4.}, // and the two platform keys
		"steps":     {c.Steps, (1000 + 16) * 730 / 6.},     // each at rest every six hours
		"minutes":   {c.Minutes, 43800},
		"scheduled": {c.Scheduled, 2 * (3*43800 + 43800/5.)}, // three every minute, one every five
		"queues":    {c.Queues, 2*4 + 1},                     // four in a cell, the entry's
	} {
		if !near(v.got, v.want) {
			t.Errorf("%s: %g, want %g", name, v.got, v.want)
		}
	}
	for name, test := range map[string]struct {
		mix  Mix
		want float64 // instances
	}{
		"none shared":          {Mix{Tenants: 7, Dedicated: 1, Products: 1, Shard: 50, Storage: 100, Cells: 2, Zones: 2}, 7},
		"none dedicated":       {Mix{Tenants: 101, Dedicated: 0, Products: 1, Shard: 50, Storage: 100, Cells: 1, Zones: 2}, 3},
		"a shard in each cell": {Mix{Tenants: 10, Dedicated: 0, Products: 1, Shard: 50, Storage: 100, Cells: 4, Zones: 2}, 4},
		"two products":         {Mix{Tenants: 10, Dedicated: 1, Products: 2, Shard: 50, Storage: 100, Cells: 1, Zones: 2}, 20},
	} {
		if got := Count(test.mix).Instances; got != test.want {
			t.Errorf("%s: %g instances, want %g", name, got, test.want)
		}
	}
}

// TestNewEstimate holds amounts that were worked out by hand.
func TestNewEstimate(t *testing.T) {
	e := estimate(t, DefaultMix(1000))
	for service, want := range map[string]float64{
		databases:                        216 * (730*0.337 + 100*0.23 + 20*0.095),
		secrets:                          216 * 0.40,
		"KMS":                            3*1 + 202*10950*2*0.000003,
		"DynamoDB":                       9_822_053*0.000000625 + 37_067_270*0.000000125 + 0.02*(0.25+0.20),
		"EventBridge":                    10_000*5*0.000001 + 280_320*0.000001,
		"SQS":                            (9*15*43_800 + 3*(20_000+123_613)) * 0.0000004,
		"X-Ray":                          (280_320 + 10_010_000*0.05) * 0.000005,
		"CloudWatch":                     10.4715*0.50 + 2*39*0.30 + (2*67+14)*0.10 + 2*3,
		"Endpoint for Secrets Manager":   2 * 3 * 730 * 0.01,
		"HTTP API":                       10,
		"CloudTrail, ledger and reports": (28.08+1_769_520*5_500*12/1e9)*0.023 + (17_520+1_769_520)*0.000005 + 17_520*0.0000004 + 200*0.02*0.005,
	} {
		if got := e.Of(service); !near(got, want) {
			t.Errorf("%s: %g, want %g", service, got, want)
		}
	}
	if sum := e.ControlPlane() + e.Of(databases) + e.Of(secrets); !near(sum, e.Total()) {
		t.Errorf("the parts are %g, all is %g", sum, e.Total())
	}
}

func TestNewEstimate_grows(t *testing.T) {
	small, large := estimate(t, DefaultMix(1000)), estimate(t, DefaultMix(100_000))
	for i, a := range small.Amounts {
		if !(a.Quantity >= 0) || math.IsInf(a.Quantity, 0) {
			t.Errorf("%s, %s: %g", a.Service, a.What, a.Quantity)
		}
		if large.Amounts[i].Quantity < a.Quantity {
			t.Errorf("%s, %s falls with the tenants", a.Service, a.What)
		}
	}
	// Probes are of keys: shared tenants cost none.
	m := DefaultMix(100_000)
	m.Dedicated = 0
	if none := estimate(t, m); none.Of("KMS") > 3.2 { // our own three keys
		t.Errorf("without customers' keys KMS costs %g", none.Of("KMS"))
	}
}
