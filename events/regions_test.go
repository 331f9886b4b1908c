package events

import (
	"slices"
	"testing"
)

func TestRegions(t *testing.T) {
	want := []string{"us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "eu-west-2", "ap-southeast-2",
		"ca-central-1", "ap-south-1", "ap-northeast-1", "ap-southeast-1", "ap-northeast-2", "eu-central-2"}
	if got := Regions(); !slices.Equal(got, want) {
		t.Errorf("regions %v, want %v", got, want)
	}
}

func TestRealms(t *testing.T) {
	if n := len(Realms()); n != 11 {
		t.Errorf("%d realms, want 11", n)
	}
	for _, realm := range Realms() {
		regions := RegionsOf(realm)
		if len(regions) == 0 || len(regions) > 2 {
			t.Errorf("realm %s has regions %v", realm, regions)
		}
		for _, r := range regions {
			if !InRealm(r, realm) || !SupportedRegion(r) || !regionForm.MatchString(r) {
				t.Errorf("region %s of %s is not usable", r, realm)
			}
		}
	}
}

func TestRealmOf(t *testing.T) {
	for region, want := range map[string]Realm{"us-west-2": RealmUS, "eu-central-1": RealmEU, "eu-central-2": RealmCH, "af-south-1": "", "": ""} {
		if got, ok := RealmOf(region); got != want || ok != (want != "") {
			t.Errorf("RealmOf(%q) = %q, %v", region, got, ok)
		}
	}
	if !InRealm("eu-central-1", RealmDE) || !InRealm("eu-central-1", RealmEU) || InRealm("eu-west-1", RealmDE) || InRealm("eu-west-1", "XX") {
		t.Error("InRealm does not follow the table")
	}
	if RegionsOf("XX") != nil {
		t.Error("an unknown realm has regions")
	}
}

func TestRegionsOf_IsACopy(t *testing.T) {
	RegionsOf(RealmUS)[0] = "changed"
	if RegionsOf(RealmUS)[0] != "us-east-1" {
		t.Error("the table can be changed from outside")
	}
}
