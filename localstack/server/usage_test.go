package server_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"latchkey/localstack/api"
	"latchkey/shared/keyusage/usage"
)

const dedicated = `[{"version":"0","id":"k1","detail-type":"Tenant Created","source":"latchkey.commerce","time":"2026-03-02T09:15:00Z","detail":{"version":"1","tenantId":"birch","sequence":1,"name":"Birch","placement":"dedicated","key":{"choice":"customer","arn":%q}}},
{"version":"0","id":"k2","detail-type":"Product Activated","source":"latchkey.commerce","time":"2026-03-02T09:15:00Z","detail":{"version":"1","tenantId":"birch","sequence":2,"product":"tracker","license":{"edition":"premium","seats":5}}}]`

// Pages of a tenant's key usage hold every rollup once, in order, whatever
// their size.
func TestServer_KeyUsage_pages(t *testing.T) {
	srv := serve(t)
	var key api.CustomerKey
	made := ask(srv, "POST", "/keys", `{"account":"444455556666","region":"eu-central-1","tenant":"birch","policy":"latchkey"}`)
	if err := json.Unmarshal(made.Body.Bytes(), &key); err != nil {
		t.Fatal(err)
	}
	ask(srv, "POST", "/events?wait=true", fmt.Sprintf(dedicated, key.ARN))
	ask(srv, "POST", "/clock/advance", `{"duration":"6h"}`)

	read := func(limit int) (list []usage.Use, pages int) {
		for after := ""; ; pages++ {
			var page usage.Page
			w := ask(srv, "GET", fmt.Sprintf("/tenants/birch/key-usage?limit=%d&after=%s&to=2026-01-05T14:00:00Z", limit, after), "")
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 || len(page.Items) > limit {
				t.Fatalf("%d %s, %v", w.Code, w.Body, err)
			}
			list = append(list, page.Items...)
			if after = page.Next; after == "" {
				return list, pages + 1
			}
		}
	}
	all, pages := read(1000)
	if len(all) < 10 || pages != 1 {
		t.Fatalf("%d rollups in %d pages", len(all), pages)
	}
	some, pages := read(3)
	if fmt.Sprint(some) != fmt.Sprint(all) || pages < len(all)/3 {
		t.Errorf("%d rollups in %d pages, %d in one", len(some), pages, len(all))
	}
	uses := map[string]uint64{}
	for _, u := range all {
		uses[u.Purpose] += u.Uses
		if u.KeyARN != key.ARN {
			t.Errorf("a use of %s", u.KeyARN)
		}
	}
	if uses["database"] == 0 || uses["administration"] == 0 || uses["application"] == 0 || uses["unknown"] != 0 {
		t.Errorf("uses by purpose: %v", uses)
	}
}
