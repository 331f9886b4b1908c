package events

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func table(t testing.TB) *Table {
	t.Helper()
	tab, err := NewTable(Config{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func routeNames(routes []Route) string {
	var out []string
	for _, r := range routes {
		out = append(out, r.Name)
	}
	return strings.Join(out, " ")
}

// routesOf says which routes a sample must take: by its name, else by that of
// its kind. A sample that is in neither list fails the test.
var routesOf = map[string]string{
	"tenant-created": "commerce", "tenant-destroyed": "commerce", "product-activated": "commerce", "product-deactivated": "commerce",
	"product-suspended": "commerce", "product-unsuspended": "commerce", "license-updated": "commerce",
	"key-return-approved": "key-return-approved",

	"rds-instance":                        "rds-events",
	"rds-instance.key-inaccessible":       "rds-events rds-key-access",
	"rds-instance.key-still-inaccessible": "rds-events rds-key-access",
	"rds-instance.key-accessible":         "rds-events rds-key-access",
	"rds-snapshot":                        "rds-events",
	"rds-call":                            "",

	"kms-call":                                     "kms-changes",
	"kms-call.decrypt":                             "",
	"kms-call.decrypt-throttled":                   "",
	"kms-call.describe-key":                        "",
	"kms-call.dry-run":                             "",
	"kms-call.encrypt-by-alias":                    "",
	"kms-call.generate-data-key":                   "",
	"kms-call.generate-data-key-without-plaintext": "",
	"kms-call.re-encrypt":                          "",
	"kms-call.refused-disable-key":                 "kms-refusals",
	"kms-call.decrypt-denied":                      "kms-refusals",
	"kms-call.decrypt-disabled":                    "kms-refusals",
	"kms-call.decrypt-pending-deletion":            "kms-refusals",
	"kms-call.describe-key-denied":                 "kms-refusals",
	"kms-call.encrypt-denied":                      "kms-refusals",
	"kms-call.generate-data-key-denied":            "kms-refusals",
	"kms-call.create-grant-denied":                 "kms-refusals",

	"kms-rotation": "kms-events", "kms-material-expiration": "kms-events", "kms-deletion": "kms-events",
	"s3-object-created": "cloudtrail-files",
}

func TestTable_Match(t *testing.T) {
	tab := table(t)
	for _, s := range Samples() {
		env := sample(t, s.Name)
		kind, _, _ := strings.Cut(s.Name, ".")
		want, ok := routesOf[s.Name]
		if !ok {
			want, ok = routesOf[kind]
		}
		if k, _ := KindOf(env); !ok && k.Direction == In {
			t.Errorf("nobody said which routes %s must take", s.Name)
			continue
		}
		routes := tab.Match(env)
		if got := routeNames(routes); got != want {
			t.Errorf("%s takes %q, want %q", s.Name, got, want)
		}
		var functions []string
		for _, r := range routes {
			functions = append(functions, r.Function)
		}
		slices.Sort(functions)
		if n := len(functions); len(slices.Compact(functions)) != n {
			t.Errorf("%s reaches one function twice", s.Name)
		}
	}
	for name := range routesOf {
		sampleExists := slices.ContainsFunc(Samples(), func(s Sample) bool {
			return s.Name == name || strings.HasPrefix(s.Name, name+".")
		})
		if !sampleExists {
			t.Errorf("routesOf speaks of %s, which is no sample", name)
		}
	}
}

func TestTable_NearMisses(t *testing.T) {
	tab := table(t)
	for name, change := range map[string]func(*Envelope){
		"tenant-created":   func(e *Envelope) { e.Source = "latchkey.commerce2" },
		"tenant-destroyed": func(e *Envelope) { e.DetailType = "tenant destroyed" },
		"key-return-approved": func(e *Envelope) {
			e.Source = SourceCommerce
		},
		"rds-instance": func(e *Envelope) { e.DetailType = "RDS DB Cluster Event" },
		"rds-snapshot": func(e *Envelope) { e.Source = "custom.rds" },
		"kms-deletion": func(e *Envelope) { e.Source = "custom.kms" },
		"kms-call.disable-key": func(e *Envelope) {
			*e = with(t, *e, map[string]any{"eventName": "DisableKeys"})
		},
		"kms-call.enable-key": func(e *Envelope) {
			*e = with(t, *e, map[string]any{"errorCode": "ThrottlingException"})
		},
		"kms-call.put-key-policy": func(e *Envelope) { e.DetailType = "AWS Service Event via CloudTrail" },
		"kms-call.decrypt-denied": func(e *Envelope) {
			*e = with(t, *e, map[string]any{"errorCode": "IncorrectKeyException"})
		},
	} {
		env := sample(t, name)
		if len(tab.Match(env)) == 0 {
			t.Errorf("%s takes no route to begin with", name)
		}
		change(&env)
		if got := routeNames(tab.Match(env)); got != "" {
			t.Errorf("%s, changed, still takes %q", name, got)
		}
	}
}

// TestRoutes_AgreeWithGo: patterns and Go judge the same by the same names.
func TestRoutes_AgreeWithGo(t *testing.T) {
	tab := table(t)
	for _, s := range Samples() {
		env := sample(t, s.Name)
		detail, err := Parse(env)
		if err != nil {
			t.Fatal(err)
		}
		call, ok := detail.(*KMSCall)
		if !ok {
			continue
		}
		want := ""
		switch {
		case call.Refused():
			want = "kms-refusals"
		case !call.Failed() && call.Class() == KMSChange:
			want = "kms-changes"
		}
		if got := routeNames(tab.Match(env)); got != want {
			t.Errorf("%s takes %q, Go says %q", s.Name, got, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Routes() {
		if names[r.Name] {
			t.Errorf("two routes are named %s", r.Name)
		}
		names[r.Name] = true
		b, err := json.Marshal(r.Pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 4096 {
			t.Errorf("pattern of %s has %d bytes; EventBridge takes 4096", r.Name, len(b))
		}
		if _, err := CompilePattern(b); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
}
