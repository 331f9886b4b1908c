package main

import (
	"encoding/json"
	"strings"
	"testing"

	"latchkey/infra/network/synthtest"
)

// TestAPI holds that every call of the API is signed, throttled and logged, and
// goes where the table says.
func TestAPI(t *testing.T) {
	tmpl := oneCell(t)
	routes, count := tmpl.Of("AWS::ApiGatewayV2::Route"), 0
	for _, f := range placed(tmpl) {
		for _, e := range f.HTTP {
			count++
			found := false
			for id, r := range routes {
				if r.Properties["RouteKey"] != e.Method+" "+e.Path {
					continue
				}
				found = true
				if target := text(r.Properties["Target"]); r.Properties["AuthorizationType"] != "AWS_IAM" || target != "integrations/${"+partsID(f.Name)+"Integration}" {
					t.Errorf("%s goes to %s with %v", id, target, r.Properties["AuthorizationType"])
				}
			}
			if !found {
				t.Errorf("%s %s has no route", e.Method, e.Path)
			}
		}
	}
	if len(routes) != count {
		t.Errorf("%d routes, the table has %d", len(routes), count)
	}
	for id, s := range tmpl.Of("AWS::ApiGatewayV2::Stage") {
		limits, log := part(s.Properties, "DefaultRouteSettings"), part(s.Properties, "AccessLogSettings")
		if part(limits, "ThrottlingRateLimit") == nil || part(limits, "ThrottlingBurstLimit") == nil || part(log, "DestinationArn") == nil {
			t.Errorf("%s is neither throttled nor logged: %s", id, synthtest.Text(s.Properties))
		}
		format, _ := part(log, "Format").(string)
		if !json.Valid([]byte(format)) || strings.Contains(strings.ToLower(format), "header") {
			t.Errorf("%s logs %s", id, format)
		}
	}
	for id, p := range tmpl.Of("AWS::Lambda::Permission") {
		if source := text(p.Properties["SourceArn"]); !strings.Contains(source, ":${Api}/*/*/") {
			t.Errorf("%s lets in %s", id, source)
		}
	}
}
