package events

import "slices"

// Realm is a place of residency: a tenant's data stay in it.
type Realm string

// The realms.
const (
	RealmUS Realm = "US"
	RealmEU Realm = "EU"
	RealmUK Realm = "UK"
	RealmAU Realm = "AU"
	RealmCA Realm = "CA"
	RealmDE Realm = "DE"
	RealmIN Realm = "IN"
	RealmJP Realm = "JP"
	RealmSG Realm = "SG"
	RealmKR Realm = "KR"
	RealmCH Realm = "CH"
)

// realmRegions maps each realm to the AWS Regions it may use, preferred one
// first. A region may lie in two realms (eu-central-1: EU and DE); the first
// of them in this table is its own.
var realmRegions = []struct {
	realm   Realm
	regions []string
}{
	{RealmUS, []string{"us-east-1", "us-west-2"}},
	{RealmEU, []string{"eu-central-1", "eu-west-1"}},
	{RealmUK, []string{"eu-west-2"}},
	{RealmAU, []string{"ap-southeast-2"}},
	{RealmCA, []string{"ca-central-1"}},
	{RealmDE, []string{"eu-central-1"}},
	{RealmIN, []string{"ap-south-1"}},
	{RealmJP, []string{"ap-northeast-1"}},
	{RealmSG, []string{"ap-southeast-1"}},
	{RealmKR, []string{"ap-northeast-2"}},
	{RealmCH, []string{"eu-central-2"}},
}

// Realms returns all realms.
func Realms() []Realm {
	out := make([]Realm, 0, len(realmRegions))
	for _, r := range realmRegions {
		out = append(out, r.realm)
	}
	return out
}

// Regions returns every AWS Region that has a cell, each once.
func Regions() []string {
	var out []string
	for _, r := range realmRegions {
		for _, region := range r.regions {
			if !slices.Contains(out, region) {
				out = append(out, region)
			}
		}
	}
	return out
}

// RegionsOf returns a realm's regions, preferred one first, and nil for a realm
// that does not exist.
func RegionsOf(realm Realm) []string {
	for _, r := range realmRegions {
		if r.realm == realm {
			return slices.Clone(r.regions)
		}
	}
	return nil
}

// RealmOf returns the realm that a region belongs to: the widest one where it
// lies in two (eu-central-1 is EU), and false for a region without a cell.
func RealmOf(region string) (Realm, bool) {
	for _, r := range realmRegions {
		if slices.Contains(r.regions, region) {
			return r.realm, true
		}
	}
	return "", false
}

// InRealm reports whether a region may be used for a realm.
func InRealm(region string, realm Realm) bool {
	for _, r := range realmRegions {
		if r.realm == realm {
			return slices.Contains(r.regions, region)
		}
	}
	return false
}

// SupportedRegion reports whether a region has a cell.
func SupportedRegion(region string) bool {
	_, ok := RealmOf(region)
	return ok
}
