package tenant_test

import (
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/tenant"
)

func keyIn(region string) events.KeyChoice {
	return events.KeyChoice{Choice: events.KeyCustomer, ARN: strings.Replace(keyARN, "eu-central-1", region, 1)}
}

func TestPlace(t *testing.T) {
	cases := []struct {
		name   string
		wish   events.TenantCreated
		realm  events.Realm
		region string
	}{
		{"pinned region", events.TenantCreated{Region: "us-west-2"}, events.RealmUS, "us-west-2"},
		{"pinned region before sign-ups", events.TenantCreated{Region: "us-west-2", SignUpLocations: []string{"JP"}}, events.RealmUS, "us-west-2"},
		{"pinned region in its realm", events.TenantCreated{Region: "eu-west-1", Realm: events.RealmEU}, events.RealmEU, "eu-west-1"},
		{"region of two realms", events.TenantCreated{Region: "eu-central-1", Realm: events.RealmDE}, events.RealmDE, "eu-central-1"},
		{"realm", events.TenantCreated{Realm: events.RealmEU}, events.RealmEU, "eu-central-1"},
		{"realm before sign-ups", events.TenantCreated{Realm: events.RealmCH, SignUpLocations: []string{"JP"}}, events.RealmCH, "eu-central-2"},
		{"realm with the key in its second region", events.TenantCreated{Realm: events.RealmEU, Key: keyIn("eu-west-1")}, events.RealmEU, "eu-west-1"},
		{"key", events.TenantCreated{Key: keyIn("ap-northeast-2")}, events.RealmKR, "ap-northeast-2"},
		{"key before sign-ups", events.TenantCreated{Key: keyIn("eu-west-2"), SignUpLocations: []string{"US", "US"}}, events.RealmUK, "eu-west-2"},
		{"sign-up", events.TenantCreated{SignUpLocations: []string{"CH"}}, events.RealmCH, "eu-central-2"},
		{"most sign-ups by realm", events.TenantCreated{SignUpLocations: []string{"US", "FR", "ES"}}, events.RealmEU, "eu-central-1"},
		{"a tie goes to the first", events.TenantCreated{SignUpLocations: []string{"JP", "US", "US", "JP"}}, events.RealmJP, "ap-northeast-1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			realm, region, err := tenant.Place(&c.wish)
			if err != nil || realm != c.realm || region != c.region {
				t.Errorf("Place = %s, %s, %v; want %s, %s", realm, region, err, c.realm, c.region)
			}
		})
	}
}

func TestPlace_errors(t *testing.T) {
	cases := []struct {
		name  string
		wish  events.TenantCreated
		field string
		hint  string
	}{
		{"nothing", events.TenantCreated{}, "detail.region", "signUpLocations"},
		{"unsupported region", events.TenantCreated{Region: "eu-north-1"}, "detail.region", "eu-central-1"},
		{"unknown realm", events.TenantCreated{Realm: "FR"}, "detail.realm", "EU"},
		{"unknown realm with a region", events.TenantCreated{Realm: "FR", Region: "eu-west-1"}, "detail.realm", "EU"},
		{"region outside its realm", events.TenantCreated{Realm: events.RealmUS, Region: "eu-west-1"}, "detail.region", "us-east-1"},
		{"key elsewhere than the region", events.TenantCreated{Region: "us-east-1", Key: keyIn("us-west-2")}, "detail.key.arn", "us-east-1"},
		{"key outside the realm", events.TenantCreated{Realm: events.RealmAU, Key: keyIn("us-west-2")}, "detail.key.arn", "ap-southeast-2"},
		{"key in an unsupported region", events.TenantCreated{Key: keyIn("sa-east-1")}, "detail.key.arn", "us-east-1"},
		{"key is no ARN", events.TenantCreated{Key: events.KeyChoice{ARN: "alias/x"}}, "detail.key.arn", "ARN"},
		{"unknown country", events.TenantCreated{SignUpLocations: []string{"ZZ"}}, "detail.signUpLocations", "alpha-2"},
		{"lower case", events.TenantCreated{SignUpLocations: []string{"de"}}, "detail.signUpLocations", "alpha-2"},
		{"UK", events.TenantCreated{SignUpLocations: []string{"UK"}}, "detail.signUpLocations", "GB"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := tenant.Place(&c.wish)
			e, ok := err.(*coded.Error)
			if !ok || e.Code != coded.Invalid || e.Field != c.field || !strings.Contains(e.Hint, c.hint) {
				t.Errorf("err = %#v, want invalid at %s with a hint about %s", err, c.field, c.hint)
			}
		})
	}
}

// iso is ISO 3166-1 alpha-2, written down independently of the table.
const iso = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ " +
	"UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

func TestRealmOfCountry(t *testing.T) {
	all := strings.Fields(iso)
	if len(all) != 249 {
		t.Fatalf("the list has %d codes, ISO 3166-1 has 249", len(all))
	}
	used := map[events.Realm]bool{}
	for _, code := range all {
		realm, ok := tenant.RealmOfCountry(code)
		if !ok || len(events.RegionsOf(realm)) == 0 {
			t.Errorf("%s is in realm %q, %v", code, realm, ok)
		}
		used[realm] = true
	}
	for _, realm := range events.Realms() {
		if !used[realm] {
			t.Errorf("no country is in realm %s", realm)
		}
	}
	for code, want := range map[string]events.Realm{
		"FR": "EU", "IS": "EU", "LI": "EU", "RE": "EU", "GB": "UK", "JE": "UK", "PR": "US", "GU": "US", "BR": "US",
		"NZ": "AU", "CX": "AU", "CN": "KR", "HK": "SG", "TW": "JP", "AE": "IN", "DE": "DE", "XK": "EU",
	} {
		if got, _ := tenant.RealmOfCountry(code); got != want {
			t.Errorf("%s is in %s, want %s", code, got, want)
		}
	}
}

func TestChooseShard(t *testing.T) {
	cases := []struct {
		name   string
		shards []tenant.Shard
		id     string
		ok     bool
		more   bool
	}{
		{"none", nil, "", false, true},
		{"one with room", []tenant.Shard{{ID: "a", Capacity: 20, Used: 3}}, "a", true, false},
		{"most room", []tenant.Shard{{ID: "a", Capacity: 20, Used: 9}, {ID: "b", Capacity: 20, Used: 4}}, "b", true, false},
		{"most room, not fewest used", []tenant.Shard{{ID: "a", Capacity: 10, Used: 1}, {ID: "b", Capacity: 50, Used: 30}}, "b", true, false},
		{"tie", []tenant.Shard{{ID: "b", Capacity: 20}, {ID: "a", Capacity: 20}}, "a", true, false},
		{"nearly full", []tenant.Shard{{ID: "a", Capacity: 20, Used: 16}}, "a", true, true},
		{"just enough left", []tenant.Shard{{ID: "a", Capacity: 20, Used: 15}}, "a", true, false},
		{"last place", []tenant.Shard{{ID: "a", Capacity: 20, Used: 19}}, "a", true, true},
		{"full", []tenant.Shard{{ID: "a", Capacity: 20, Used: 20}}, "", false, true},
		{"overfull", []tenant.Shard{{ID: "a", Capacity: 20, Used: 25}, {ID: "b", Capacity: 20, Used: 19}}, "b", true, true},
		{"another is coming", []tenant.Shard{{ID: "a", Capacity: 20, Used: 19}, {ID: "b", Capacity: 20, Creating: true}}, "a", true, false},
		{"only one that is coming", []tenant.Shard{{ID: "a", Capacity: 20, Used: 20}, {ID: "b", Capacity: 20, Creating: true}}, "b", true, false},
		{"capacity of one", []tenant.Shard{{ID: "a", Capacity: 1}}, "a", true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if id, ok, more := tenant.ChooseShard(c.shards); id != c.id || ok != c.ok || more != c.more {
				t.Errorf("ChooseShard = %q, %v, %v; want %q, %v, %v", id, ok, more, c.id, c.ok, c.more)
			}
		})
	}
}

// TestChooseShard_neverFull places many databases, with a new shard available
// only some placements after it was asked for.
func TestChooseShard_neverFull(t *testing.T) {
	shards := []tenant.Shard{{ID: "s0", Capacity: 20}}
	const delay = 3
	due := -1
	for i := range 500 {
		if i == due {
			shards[len(shards)-1].Creating = false
		}
		id, ok, more := tenant.ChooseShard(shards)
		if !ok {
			t.Fatalf("placement %d found no room", i)
		}
		for j := range shards {
			if shards[j].ID != id {
				continue
			}
			if shards[j].Creating {
				t.Fatalf("placement %d has to wait for a new shard", i)
			}
			shards[j].Used++
		}
		if more {
			shards = append(shards, tenant.Shard{ID: "s" + string(rune('a'+len(shards))), Capacity: 20, Creating: true})
			due = i + delay
		}
	}
	if want := 500/20 + 1; len(shards) > want+1 {
		t.Errorf("%d shards for 500 databases, want about %d", len(shards), want)
	}
}
