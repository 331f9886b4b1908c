package events

import (
	"errors"
	"strings"

	"latchkey/shared/coded"
)

// Placements of a tenant's databases.
const (
	PlacementShared    = "shared"    // a database of its own on a shard instance
	PlacementDedicated = "dedicated" // an instance of its own
)

// Choices of the key that encrypts a tenant's databases.
const (
	KeyAWSOwned = "aws-owned"
	KeyPlatform = "platform" // a customer managed key of the platform's own account
	KeyCustomer = "customer" // the tenant's own key; needs its ARN and a dedicated placement
)

// Ways back after a key was revoked and is usable again.
const (
	ReturnAutomatic = "automatic"
	ReturnApproval  = "approval" // a person approves with Key Return Approved
)

// Backup classes.
const (
	Backups30Days = "30-days"
	Backups7Days  = "7-days"
)

// TenantCreated says that a tenant signed up (detail-type Tenant Created).
// After Parse, Return and Backups hold their defaults where the event left
// them out; Realm and Region are as given.
type TenantCreated struct {
	Subject
	Name            string    `json:"name"`
	Hosts           []string  `json:"hosts,omitempty"` // site host names, lower case
	Realm           Realm     `json:"realm,omitempty"`
	Region          string    `json:"region,omitempty"`
	SignUpLocations []string  `json:"signUpLocations,omitempty"` // ISO 3166-1 alpha-2: where users signed up
	Placement       string    `json:"placement"`
	Key             KeyChoice `json:"key"`
	Return          string    `json:"return,omitempty"`
	Backups         string    `json:"backups,omitempty"`
}

// KeyChoice names the key of a tenant's databases.
type KeyChoice struct {
	Choice string `json:"choice"`
	ARN    string `json:"arn,omitempty"` // full key ARN, with choice customer only
}

// normalize fills in the defaults.
func (e *TenantCreated) normalize() {
	if e.Return == "" {
		e.Return = ReturnAutomatic
	}
	if e.Backups == "" {
		e.Backups = Backups30Days
	}
}

// Validate holds the rules between members: a customer key needs its ARN and a
// dedicated placement, somewhere to be must be given, and what is given must
// agree and have a cell.
func (e *TenantCreated) Validate() error {
	if e.Realm == "" && e.Region == "" && len(e.SignUpLocations) == 0 && e.Key.ARN == "" {
		return coded.Field("detail.realm", "give realm, region, signUpLocations or the ARN of a customer key",
			"nothing says where the tenant belongs")
	}
	if e.Region != "" && !SupportedRegion(e.Region) {
		return coded.Field("detail.region", regionHint(), "region %q has no cell", e.Region)
	}
	if e.Realm != "" && e.Region != "" && !InRealm(e.Region, e.Realm) {
		return coded.Field("detail.region", "regions of "+string(e.Realm)+": "+strings.Join(RegionsOf(e.Realm), ", "),
			"region %q is not in realm %s", e.Region, e.Realm)
	}
	return e.validateKey()
}

func (e *TenantCreated) validateKey() error {
	if e.Key.Choice != KeyCustomer {
		if e.Key.ARN != "" {
			return coded.Field("detail.key.arn", "leave it out, or choose customer", "a key is named, but the choice is %s", e.Key.Choice)
		}
		return nil
	}
	if e.Key.ARN == "" {
		return coded.Field("detail.key.arn", keyARNHint, "a customer key needs its ARN")
	}
	if e.Placement != PlacementDedicated {
		return coded.Field("detail.placement", "choose dedicated", "a customer key needs a dedicated placement: instances are not shared between keys")
	}
	arn, err := ParseKeyARN(e.Key.ARN)
	switch {
	case err != nil:
		return inField("detail.key.arn", err)
	case !SupportedRegion(arn.Region):
		return coded.Field("detail.key.arn", "name a key in one of the regions that have a cell: "+strings.Join(Regions(), ", "),
			"the key's region %q has no cell", arn.Region)
	case e.Region != "" && arn.Region != e.Region:
		return coded.Field("detail.key.arn", "name a key in "+e.Region+", or leave the region out",
			"the key is in %s, the tenant in %s: a database needs a key of its own region", arn.Region, e.Region)
	case e.Realm != "" && !InRealm(arn.Region, e.Realm):
		return coded.Field("detail.key.arn", "name a key in "+strings.Join(RegionsOf(e.Realm), " or "),
			"the key is in %s, which is not in realm %s", arn.Region, e.Realm)
	}
	return nil
}

func regionHint() string { return "regions that have a cell: " + strings.Join(Regions(), ", ") }

// inField names the field in an error that does not know it.
func inField(field string, err error) error {
	var c *coded.Error
	if !errors.As(err, &c) {
		return coded.Wrap(coded.Invalid, err, "%s", field)
	}
	out := *c
	out.Field = field
	return &out
}
