package rdsca

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
)

// goodUntil is the day up to which no certificate of the bundle may expire.
var goodUntil = time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC)

func TestBundle(t *testing.T) {
	certs, err := parse(bundle)
	if err != nil {
		t.Fatal(err)
	}
	// 27 Regions, three kinds of keys each.
	if len(certs) != strings.Count(string(bundle), "BEGIN CERTIFICATE") || len(certs) != 27*3 {
		t.Errorf("%d certificates", len(certs))
	}
	seen := map[string]bool{}
	for _, c := range certs {
		name := c.Subject.CommonName
		if !c.IsCA || !c.BasicConstraintsValid || c.CheckSignatureFrom(c) != nil {
			t.Errorf("%s is no root", name)
		}
		if seen[name] || !strings.HasPrefix(name, "Amazon RDS ") || !strings.HasSuffix(name, " G1") {
			t.Errorf("%s is there twice, or not RDS's", name)
		}
		if seen[name] = true; c.NotAfter.Before(goodUntil) {
			t.Errorf("%s expires on %s: see the package comment for how to renew", name, c.NotAfter.Format(time.DateOnly))
		}
	}
}

// TestPool_Regions holds that instances can be verified wherever a tenant may be.
func TestPool_Regions(t *testing.T) {
	certs, err := parse(bundle)
	if err != nil {
		t.Fatal(err)
	}
	for _, region := range events.Regions() {
		pool, err := Pool(region)
		if err != nil {
			t.Fatal(err)
		}
		want := x509.NewCertPool()
		for _, c := range certs {
			// rds-ca-rsa2048-g1, -rsa4096-g1 and -ecc384-g1 of the Region.
			for _, kind := range []string{"RSA2048", "RSA4096", "ECC384"} {
				if c.Subject.CommonName == "Amazon RDS "+region+" Root CA "+kind+" G1" {
					want.AddCert(c)
				}
			}
		}
		if !pool.Equal(want) || pool.Equal(x509.NewCertPool()) {
			t.Errorf("%s has others than its three certificates", region)
		}
	}
	for _, region := range []string{"", "eu-central", "nowhere-1"} {
		if _, err := Pool(region); !coded.Is(err, coded.Invalid) {
			t.Errorf("%q: %v", region, err)
		}
	}
}

func TestParse_Broken(t *testing.T) {
	const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	if _, err := parse([]byte(broken)); !coded.Is(err, coded.Internal) {
		t.Errorf("got %v", err)
	}
}
