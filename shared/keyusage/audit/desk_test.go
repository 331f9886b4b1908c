package audit

import (
	"encoding/json"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
)

// TestDesk holds that the largest answer still gets through Lambda, and the
// slowest through API Gateway, and that the function itself lasts as long.
func TestDesk(t *testing.T) {
	d := desk(nil)
	body := strings.Repeat("<", d.Bytes/len(`\u003c`)) // the longest that a character gets
	answer, err := json.Marshal(function.Response{Status: 200, Body: function.Raw{ContentType: "text/html; charset=utf-8", Text: body}})
	if err != nil || len(answer) > deployment.MaxAnswer || d.Bytes < deployment.MaxAnswer*9/10 {
		t.Errorf("an answer of %d bytes, at most %d get through; %v", len(answer), deployment.MaxAnswer, err)
	}
	f, _ := deployment.Find(events.FunctionAuditKeys)
	if d.Time <= 0 || d.Time >= deployment.APITimeout || d.Time >= f.Timeout {
		t.Errorf("an answer may take %s, the API waits %s, the function has %s", d.Time, deployment.APITimeout, f.Timeout)
	}
	if f.MemoryMB < 1024 {
		t.Errorf("%d MB for reports of %d rollups: measure again", f.MemoryMB, maxReport)
	}
}
