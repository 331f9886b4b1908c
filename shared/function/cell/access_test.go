package cell_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/function/cell"
)

func TestContext_Refused(t *testing.T) {
	w := newWorld(t, nil)
	handler := cell.Context(w.host, w.plane)
	call := func(path, parameter, value, query string) string {
		t.Helper()
		answer, err := w.invoke(handler, fmt.Sprintf(`{"version":"2.0","routeKey":"GET %s","pathParameters":{%q:%q},"queryStringParameters":{%s}}`, path, parameter, value, query))
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	w.tenant("acme")
	for want, got := range map[string]string{
		`"statusCode":400`:        call("/tenants/{tenant}/context", "tenant", "acme", ""),
		`"statusCode":503`:        call("/tenants/{tenant}/context", "tenant", "acme", `"product":"tracker"`),
		`\"unknown-tenant\"`:      call("/hosts/{host}/context", "host", "nobody.example.com", `"product":"tracker"`),
		`"statusCode":404,"heade`: call("/keys", "key", "acme", ""),
	} {
		if !strings.Contains(got, want) || !strings.Contains(got, `"Cache-Control":"no-store"`) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}
