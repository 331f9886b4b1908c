package events

import (
	"strings"
	"testing"
)

func rdsEvent(t testing.TB, name string) *RDSEvent {
	t.Helper()
	v, err := Parse(sample(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return v.(*RDSEvent)
}

func TestRDSEvent_Known(t *testing.T) {
	for _, s := range Samples() {
		if !strings.HasPrefix(s.Name, "rds-instance") && !strings.HasPrefix(s.Name, "rds-snapshot") {
			continue
		}
		e := rdsEvent(t, s.Name)
		m, ok := e.Known()
		if ok != (s.Name != "rds-instance.unknown-id") {
			t.Errorf("%s: known %v", s.Name, ok)
		}
		if ok && (m.Snapshot != (e.SourceType == "SNAPSHOT") || m.Category != e.EventCategories[0]) {
			t.Errorf("%s: the table says %+v, the event %s %v", s.Name, m, e.SourceType, e.EventCategories)
		}
	}
}

func TestRDSEvents(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range RDSEvents() {
		if seen[m.ID] || m.Meaning == "" || m.Category == "" {
			t.Errorf("line %+v is incomplete or there twice", m)
		}
		seen[m.ID] = true
	}
	RDSEvents()[0].ID = "changed"
	if RDSEvents()[0].ID == "changed" {
		t.Error("the table can be changed from outside")
	}
}

func TestRDSEvent_Identifier(t *testing.T) {
	const arn = "arn:aws:rds:eu-central-1:444455556666:"
	for _, c := range []struct{ arn, identifier, want string }{
		{arn + "db:one", "one", "one"},
		{arn + "db:one", "rds:one", "one"},
		{arn + "snapshot:rds:one-2026-03-02", "rds:one-2026-03-02", "rds:one-2026-03-02"},
		{"arn:odd", "one", "one"},
		{arn + "db:", "one", "one"},
	} {
		if got := (&RDSEvent{SourceARN: c.arn, SourceIdentifier: c.identifier}).Identifier(); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.arn, c.identifier, got, c.want)
		}
	}
}
