package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/shared/coded"
	"latchkey/shared/reconcile"
)

func tell(t *testing.T, o Options) string {
	t.Helper()
	var out bytes.Buffer
	o.Out = &out
	if err := Run(context.Background(), o); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

// keyLines are what the story must tell, in this order.
var keyLines = []string{
	`cedar     preflight of key \S+…: kms:CreateGrant: denied`,
	`"kms:CreateGrant"`,
	`cedar     key \S+… passed its preflight`,
	`RDS says of all \d+ instances: Multi-AZ with a standby`,
	`\d+ snapshots taken, one of each of \d+ instances`,
	`elm       key \S+… LOCKED \d+s after the customer's act`,
	`elm       3 databases marked terminal: a plain start brings them back until day 8`,
	`elm/desk is refused: key-revoked \(HTTP 423\)`,
	`another customer disables key`,
	`before it acts, the customer asks for the impact of key`,
	`no forwarding rule`,
	`takes our account out of the policy`,
	`not trusted: it only makes us look`,
	`approves \(Key Return Approved\)`,
	`stale and changes nothing`,
	`product-suspended \(HTTP 403\)`,
	`oak leaves`,
	`dead letter \(conflict\): detail.tenantId: tenant alder already exists`,
	`elm       warning, 1 day revoked`,
	`KMS answers every call in every Region with KMSInternalException`,
	`none refused, nothing locked`,
	`locked as a precaution`,
	`key-unreachable \(HTTP 503\)`,
	`elm       warning, 3 days revoked`,
	`on the fourth day the customer enables key`,
	`fir       warning, 6 days revoked`,
	`hazel     key \S+… is deleted for good`,
	`hazel     \d databases? unrecoverable. Evidence`,
	`final snapshot is available`,
	`fir       \d databases? terminal: only a restore helps now`,
	`fir       restoring fir/\w+ to day 1`,
	`rows there, \d+ rows? lost, as stated`,
	`Who used the keys`,
	`maple     finding \(critical, foreign-context\): .* belongs to tenant elm`,
	`maple     finding \(high, unknown-principal\): role/nightly-export called GenerateDataKey`,
	`each once, each with its tenant and purpose: \d+ for databases`,
	`cedar     its denied preflight is there too: CreateGrant, refused \d+ times`,
	`uses after a revocation: 0 \(the calls themselves, counted where they were made: 0\)`,
	`(\d+) of (\d+) hours are proved complete`,
	`What was promised`,
}

func TestRun_Story(t *testing.T) {
	t.Parallel()
	story := tell(t, Options{})
	flat := regexp.MustCompile(`\n {20,}`).ReplaceAllString(story, " ")
	for _, want := range keyLines {
		at := regexp.MustCompile(want).FindStringIndex(flat)
		if at == nil {
			t.Fatalf("the story does not tell %q after what comes before it:\n%s", want, story)
		}
		flat = flat[at[0]:]
	}
	for _, line := range strings.Split(story, "\n") {
		if n := utf8.RuneCountInString(line); n > width {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Contains(story, "\x1b[") {
		t.Error("colours in what is no terminal")
	}
	if n := strings.Count(story, "  held    "); n != int(promises) {
		t.Errorf("%d of %d promises held", n, promises)
	}
}

func report(t *testing.T, text string) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return got
}

func TestRun_JSON(t *testing.T) {
	t.Parallel()
	got := report(t, tell(t, Options{Tenants: MinTenants, Seed: 3, JSON: true}))
	for key, least := range map[string]float64{
		"tenants": MinTenants, "databases": MinTenants, "multi_az": MinTenants, "snapshots": 100, "locked": 6,
		"refused": 100, "marked_terminal": 9, "recovered_in_window": 5, "terminal": 2, "restored": 2, "unrecoverable": 2,
		"destroyed": 2, "events_in": 200, "events_out": 200, "duplicates_ignored": 2, "wall_ms": 1,
		"key_uses": 10_000, "key_uses_denied": 10, "findings": 3, "hours_proved": 300,
	} {
		if n, ok := got[key].(float64); !ok || n < least {
			t.Errorf("%s = %v, should be at least %g", key, got[key], least)
		}
	}
	for _, key := range []string{"served_after_lock", "events_lost", "parked", "used_after_revocation"} {
		if got[key] != 0.0 {
			t.Errorf("%s = %v, should be 0", key, got[key])
		}
	}
	if got["databases"] != got["multi_az"] {
		t.Errorf("%v of %v databases are Multi-AZ", got["multi_az"], got["databases"])
	}
	if got["key_uses"] != got["key_uses_made"] || got["hours_proved"] != got["hours_recorded"] {
		t.Errorf("the ledger has %v of %v calls, %v of %v hours are proved", got["key_uses"], got["key_uses_made"], got["hours_proved"], got["hours_recorded"])
	}
	wall, _ := got["lock_wall_ms"].(map[string]any)
	if p50, ok := wall["p50"].(float64); !ok || p50 <= 0 || p50 > wall["p99"].(float64) {
		t.Errorf("lock_wall_ms = %v", wall)
	}
	if _, ok := got["broken"]; ok {
		t.Errorf("broken = %v", got["broken"])
	}
}

// realTime is what may differ between two tellings of one story, and with it
// where a line is broken: it is looked for in text without line breaks.
var realTime = regexp.MustCompile(`[0-9.]+ (ms|s)\b`)

func TestRun_Deterministic(t *testing.T) {
	t.Parallel()
	plain := func(seed uint64) string {
		flat := strings.Join(strings.Fields(tell(t, Options{Tenants: MinTenants, Seed: seed})), " ")
		return realTime.ReplaceAllString(flat, "#")
	}
	one := plain(5)
	if two := plain(5); one != two {
		t.Errorf("two tellings of one seed differ:\n%s\n%s", one, two)
	}
	if one == plain(6) {
		t.Error("another seed tells the very same story")
	}
}

func TestRun_BrokenPromise(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		hooks reconcile.Hooks
		want  promise
	}{
		{"served although locked", reconcile.Hooks{ServeLocked: true}, neverServed},
		{"any account believed", reconcile.Hooks{TrustAnyone: true}, forgedIgnored},
		{"events applied twice", reconcile.Hooks{SkipSeen: true}, eventsIn},
		{"data deleted at once", reconcile.Hooks{IgnoreDestroy: true}, twoPhase},
		{"marked before it is confirmed", reconcile.Hooks{MarkUntimely: true}, markedRight},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := Run(context.Background(), Options{Tenants: MinTenants, JSON: true, Out: &out, hooks: c.hooks})
			if coded.Of(err) != coded.Internal || !strings.Contains(err.Error(), promised[c.want]) {
				t.Fatalf("Run = %v, which does not say that this is broken: %s", err, promised[c.want])
			}
			if out.Len() == 0 {
				return // the story could not be told to its end
			}
			got := report(t, out.String())
			if c.hooks.ServeLocked && got["served_after_lock"] == 0.0 {
				t.Error("served_after_lock = 0")
			}
			if broken, _ := got["broken"].([]any); len(broken) == 0 {
				t.Error("the report names no broken promise")
			}
		})
	}
}

func TestRun_Options(t *testing.T) {
	for _, n := range []int{-1, MinTenants - 1, MaxTenants + 1} {
		err := Run(context.Background(), Options{Tenants: n, Out: &bytes.Buffer{}})
		if coded.Of(err) != coded.Invalid || coded.Hint(err) == "" {
			t.Errorf("Run with %d tenants = %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Run(ctx, Options{Out: &bytes.Buffer{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Run after the end of its context = %v", err)
	}
}
