package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/metric"
)

func TestDirectory_Route_Place(t *testing.T) {
	const ownKey = `"name":"A","placement":"dedicated","key":{"choice":"customer","arn":"arn:aws:kms:%s:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"}`
	for _, c := range []struct {
		name, cells, members string
		region               string // where it goes
		code                 coded.Code
		field                string
	}{
		{"pinned to a Region", "eu-central-1 us-east-1", sharedPlatform + `,"region":"us-east-1"`, "us-east-1", "", ""},
		{"pinned to a Region without a cell", "eu-central-1", sharedPlatform + `,"region":"us-east-1"`, "", coded.Invalid, "detail.region"},
		{"pinned to a realm", "eu-central-1 eu-west-1", sharedPlatform + `,"realm":"EU"`, "eu-central-1", "", ""},
		{"to a realm whose first Region has none", "eu-west-1 us-east-1", sharedPlatform + `,"realm":"EU"`, "eu-west-1", "", ""},
		{"to a realm without a cell", "eu-central-1", sharedPlatform + `,"realm":"JP"`, "", coded.Invalid, "detail.realm"},
		{"to a realm of one Region", "eu-central-1", sharedPlatform + `,"realm":"DE"`, "eu-central-1", "", ""},
		{"by the key", "eu-central-1 eu-west-1", fmt.Sprintf(ownKey, "eu-west-1"), "eu-west-1", "", ""},
		{"by a key where no cell is", "eu-central-1", fmt.Sprintf(ownKey, "eu-west-1") + `,"realm":"EU"`, "", coded.Invalid, "detail.key.arn"},
		{"a key elsewhere than the Region", "eu-central-1 eu-west-1", fmt.Sprintf(ownKey, "eu-west-1") + `,"region":"eu-central-1"`, "", coded.Invalid, "detail.key.arn"},
		{"by sign-ups", "ap-northeast-1 us-east-1", sharedPlatform + `,"signUpLocations":["US","JP","JP"]`, "ap-northeast-1", "", ""},
		{"by sign-ups near a cell", "us-east-1", sharedPlatform + `,"signUpLocations":["JP","JP","US"]`, "us-east-1", "", ""},
		{"by sign-ups near none", "us-east-1", sharedPlatform + `,"signUpLocations":["JP"]`, "", coded.Invalid, "detail.signUpLocations"},
		{"by sign-ups nowhere", "us-east-1", sharedPlatform + `,"signUpLocations":["XX"]`, "", coded.Invalid, "detail.signUpLocations"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, strings.Fields(c.cells)...)
			err := w.Route(ctx, event(events.TypeTenantCreated, "acme", 1, c.members))
			var e *coded.Error
			if coded.Of(err) != c.code || c.field != "" && (!errors.As(err, &e) || e.Field != c.field || e.Hint == "") {
				t.Fatalf("error %v (%+v), want %q at %q", err, e, c.code, c.field)
			}
			for region, b := range w.buses {
				if want := region == c.region; len(b.taken) == 1 != want {
					t.Errorf("%s got %d events", region, len(b.taken))
				}
			}
			p, err := w.Tenant(ctx, "acme")
			if c.code != "" && !coded.Is(err, coded.NotFound) || c.code == "" && p.Region != c.region {
				t.Errorf("recorded: %+v, %v", p, err)
			}
			if broken := w.counts.n[metric.Broken]; broken != 0 != (c.code != "") {
				t.Errorf("%d broken", broken)
			}
		})
	}
}
