package usage_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/keyusage/usage"
	"latchkey/shared/objects"
)

// deliver has the ledger read calls of Decrypt by one who is not expected: of each,
// the key and the tenant that the context names.
func (w *world) deliver(calls ...[2]string) {
	w.Helper()
	var records []string
	for i, c := range calls {
		records = append(records, fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve"},"eventTime":"2026-03-02T09:%02d:00Z",`+
			`"eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","requestParameters":{"encryptionContext":{"latchkey:tenant":%q}},`+
			`"resources":[{"ARN":%q}],"eventID":"00000000-0000-4000-8000-%012d","recipientAccountId":"111122223333"}`, i, c[1], c[0], i))
	}
	w.read("20260302T0920Z", []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
}

// read has the ledger read a log file.
func (w *world) read(delivered string, doc []byte) {
	w.Helper()
	key := "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_" + delivered + "_aaaaaaaaaaaaaaaa.json.gz"
	_, err := w.store.Put(context.Background(), "trail", key, trailtest.Gzip(doc), objects.Options{})
	w.must(err)
	_, err = w.ledger.Ingest(context.Background(), "trail", key)
	w.must(err)
}

func (w *world) page(d usage.Desk, members ...string) (p usage.Page, body string) {
	w.Helper()
	a, err := w.ask(d, members...)
	w.must(err)
	w.must(json.Unmarshal(a.Body, &p))
	return p, string(a.Body)
}

// TestDesk_Answer_noSummary holds that pages are to be had of what is too much to
// be summed up, and that the first one says so.
func TestDesk_Answer_noSummary(t *testing.T) {
	few := newWorld(t, func(c *ledger.Config) { c.MaxReport = 3 })
	slow := newWorld(t, nil)
	slow.store.about = "date=2026-03-03"
	later := newWorld(t, func(c *ledger.Config) { c.MaxDayRows = 400 })
	later.read("20260303T0920Z", later.gen.File(24*12, 3000)) // the next day has too many
	for _, c := range []struct {
		w    *world
		desk usage.Desk
		why  string
	}{
		{few, usage.Desk{}, "too much for one report"},
		{later, usage.Desk{}, "ask Athena"},
		{slow, usage.Desk{Time: 2 * time.Second}, "takes longer than 2s"},
	} {
		p, _ := c.w.page(c.desk, "limit=5", "to=2026-03-04")
		if p.Summary != nil || !strings.Contains(p.NoSummary, c.why) || len(p.Items) != 5 || p.Next == "" {
			t.Errorf("%s: summary %v, %q, %d items", c.why, p.Summary, p.NoSummary, len(p.Items))
		}
		next, _ := c.w.page(c.desk, "limit=5", "to=2026-03-04", "after="+p.Next)
		if next.NoSummary != "" || len(next.Items) != 5 {
			t.Errorf("%s: the second page says %q of all, and has %d items", c.why, next.NoSummary, len(next.Items))
		}
	}
	if p, _ := newWorld(t, nil).page(usage.Desk{}); p.Summary == nil || p.NoSummary != "" {
		t.Errorf("summary %v, %q", p.Summary, p.NoSummary)
	}
}

// TestDesk_Answer_evidence holds the members of a finding's evidence.
func TestDesk_Answer_evidence(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver([2]string{w.keys[0], w.tenant})
	const want = `"evidence":[{"eventId":"00000000-0000-4000-8000-000000000000","at":"2026-03-02T09:00:00Z"}]`
	if _, body := w.page(usage.Desk{}); !strings.Contains(body, want) {
		t.Errorf("no %s in %s", want, body)
	}
}

// TestDesk_Answer_names holds that a tenant is not told the name of another, in no
// form and no cursor.
func TestDesk_Answer_names(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver([2]string{w.keys[0], w.tenant}, [2]string{w.keys[0], w.other})
	for _, format := range []string{usage.FormatPage, usage.FormatReport, usage.FormatCSV, usage.FormatHTML, usage.FormatBundle} {
		a, err := w.ask(usage.Desk{}, "format="+format)
		w.must(err)
		if body := string(a.Body); strings.Contains(body, w.other) || !strings.Contains(body, "another tenant") {
			t.Errorf("%s: names %s %v, says that it is another %v", format, w.other, strings.Contains(body, w.other), strings.Contains(body, "another tenant"))
		}
	}
	foreign, seen := 0, map[string]bool{}
	for after, first := "", true; first || after != ""; first = false {
		p, body := w.page(usage.Desk{}, "limit=1", "after="+after)
		if seen[body] || len(p.Items) != 1 {
			t.Fatalf("again, or %d items: %s", len(p.Items), body)
		}
		seen[body] = true
		if p.Items[0].Principal == "arn:aws:iam::111122223333:user/eve" {
			foreign++
		}
		if _, place, found := strings.Cut(p.Next, ":"); found {
			text, err := base64.RawURLEncoding.DecodeString(place)
			w.must(err)
			if strings.Contains(string(text), w.other) {
				t.Errorf("the cursor names %s: %s", w.other, text)
			}
		}
		after = p.Next
	}
	if foreign != 2 {
		t.Errorf("%d rollups of the one who is not expected, want 2", foreign)
	}
}

// TestDesk_Answer_nobody holds that the uses of no tenant can be asked for, and name
// what they name.
func TestDesk_Answer_nobody(t *testing.T) {
	w := newWorld(t, nil)
	const stranger = "arn:aws:kms:us-east-1:999999999999:key/aaaaaaaa-1a3b-4563-8da1-db178a4a57a6"
	w.deliver([2]string{stranger, "of-nobody"})
	p, body := w.page(usage.Desk{}, "tenant="+usage.Nobody, "limit=1000")
	if p.Tenant != usage.Nobody || len(p.Items) == 0 || p.Summary == nil || p.Summary.Totals.Uses == 0 || !strings.Contains(body, stranger) {
		t.Errorf("%s", body)
	}
	for _, format := range []string{usage.FormatReport, usage.FormatCSV, usage.FormatHTML} {
		if a, err := w.ask(usage.Desk{}, "tenant="+usage.Nobody, "format="+format); err != nil || !strings.Contains(string(a.Body), stranger) {
			t.Errorf("%s: %v", format, err)
		}
	}
}
