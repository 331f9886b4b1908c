package tenant

import (
	"slices"
	"strings"

	"latchkey/events"
	"latchkey/shared/coded"
)

// Place decides where a tenant's data lives. In this order: the region that it
// is pinned to; its realm (the realm's first region, or its key's where that
// lies in the realm); its key's region; the realm nearest to where most of its
// users signed up, ties going to the location named first. A KMS key serves
// only its own region [KMS guide, Multi-Region keys], so a key that is
// elsewhere than the result is refused.
//
// Errors are coded.Invalid with the field of the event and what to do.
func Place(c *events.TenantCreated) (events.Realm, string, error) {
	keyRegion, err := keyRegion(c)
	if err != nil {
		return "", "", err
	}
	realm, region, err := place(c, keyRegion)
	if err != nil {
		return "", "", err
	}
	if keyRegion != "" && keyRegion != region {
		return "", "", coded.Field("detail.key.arn", "give a key of "+region+", or place the tenant in "+keyRegion,
			"the key is in %s but the tenant is placed in %s", keyRegion, region)
	}
	return realm, region, nil
}

func place(c *events.TenantCreated, keyRegion string) (events.Realm, string, error) {
	switch {
	case c.Region != "":
		return pinned(c)
	case c.Realm != "":
		regions := events.RegionsOf(c.Realm)
		if len(regions) == 0 {
			return "", "", unknownRealm(c.Realm)
		}
		if slices.Contains(regions, keyRegion) {
			return c.Realm, keyRegion, nil
		}
		return c.Realm, regions[0], nil
	case keyRegion != "":
		realm, ok := events.RealmOf(keyRegion)
		if !ok {
			return "", "", unsupported("detail.key.arn", keyRegion)
		}
		return realm, keyRegion, nil
	case len(c.SignUpLocations) > 0:
		realm, err := nearest(c.SignUpLocations)
		if err != nil {
			return "", "", err
		}
		return realm, events.RegionsOf(realm)[0], nil
	}
	return "", "", coded.Field("detail.region", "give one of region, realm, key.arn or signUpLocations",
		"nothing says where the tenant's data shall be")
}

// pinned returns the region of the event and its realm, which must agree with
// the event's own.
func pinned(c *events.TenantCreated) (events.Realm, string, error) {
	realm, ok := events.RealmOf(c.Region)
	if !ok {
		return "", "", unsupported("detail.region", c.Region)
	}
	if c.Realm == "" {
		return realm, c.Region, nil
	}
	regions := events.RegionsOf(c.Realm)
	if len(regions) == 0 {
		return "", "", unknownRealm(c.Realm)
	}
	if !slices.Contains(regions, c.Region) {
		return "", "", coded.Field("detail.region", "give a region of the realm ("+strings.Join(regions, ", ")+"), or leave one of the two out",
			"%s is not in realm %s", c.Region, c.Realm)
	}
	return c.Realm, c.Region, nil
}

// keyRegion returns the region of the tenant's own key, or "" if it has none.
func keyRegion(c *events.TenantCreated) (string, error) {
	if c.Key.ARN == "" {
		return "", nil
	}
	arn, err := events.ParseKeyARN(c.Key.ARN)
	if err != nil {
		return "", &coded.Error{Code: coded.Invalid, Field: "detail.key.arn", Message: "not a key's ARN", Hint: coded.Hint(err), Err: err}
	}
	return arn.Region, nil
}

// nearest returns the realm that most of the locations are nearest to.
func nearest(locations []string) (events.Realm, error) {
	count := map[events.Realm]int{}
	var order []events.Realm
	for _, country := range locations {
		realm, ok := RealmOfCountry(country)
		if !ok {
			hint := "give ISO 3166-1 alpha-2 codes such as DE, US, JP"
			if country == "UK" {
				hint = "the code of the United Kingdom is GB"
			}
			return "", coded.Field("detail.signUpLocations", hint, "%q is not a country", country)
		}
		if count[realm] == 0 {
			order = append(order, realm)
		}
		count[realm]++
	}
	best := order[0]
	for _, realm := range order {
		if count[realm] > count[best] {
			best = realm
		}
	}
	return best, nil
}

func unsupported(field, region string) error {
	return coded.Field(field, "give one of "+strings.Join(events.Regions(), ", "), "there is no cell in region %q", region)
}

func unknownRealm(realm events.Realm) error {
	var all []string
	for _, r := range events.Realms() {
		all = append(all, string(r))
	}
	return coded.Field("detail.realm", "give one of "+strings.Join(all, ", "), "%q is not a realm", string(realm))
}
