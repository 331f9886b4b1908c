package settings

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"latchkey/shared/coded"
)

const testKeyARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// TestRead_Regional holds that what differs between Regions is given by Region,
// as an object or, on the command line, as one in JSON; so that cells whose trails
// differ are of one installation, and know each other.
func TestRead_Regional(t *testing.T) {
	object := given()
	object["trails"] = map[string]any{"us-east-1": map[string]any{"bucket": "logs", "prefix": "all/", "key": testKeyARN}}
	object["zones"] = map[string]any{"us-east-1": []any{"use1-az1", "use1-az4"}, "eu-central-1": []any{"eu-central-1a", "eu-central-1b", "eu-central-1c"}}
	text := given()
	text["trails"] = `{"us-east-1": {"bucket": "logs", "prefix": "all/", "key": "` + testKeyARN + `"}}`
	text["zones"] = `{"us-east-1": ["use1-az1", "use1-az4"], "eu-central-1": "eu-central-1a,eu-central-1b,eu-central-1c"}`
	for name, context := range map[string]map[string]any{"object": object, "text": text} {
		t.Run(name, func(t *testing.T) {
			s, err := Read(context)
			if err != nil {
				t.Fatal(err)
			}
			if s.Trail("us-east-1") != (Trail{Bucket: "logs", Prefix: "all/", Key: testKeyARN}) || s.Trail("eu-central-1") != (Trail{}) || len(s.Regions) != 2 {
				t.Errorf("the trails are %+v in %v", s.Trails, s.Regions)
			}
			want := map[string][]string{"us-east-1": {"use1-az1", "use1-az4"}, "eu-central-1": {"eu-central-1a", "eu-central-1b", "eu-central-1c"}}
			if !reflect.DeepEqual(s.ZoneNames, want) || s.Zones != 3 {
				t.Errorf("the zones are %v, else %d", s.ZoneNames, s.Zones)
			}
		})
	}
}

func TestRead_RegionalInvalid(t *testing.T) {
	trail := func(region string, members map[string]any) map[string]any {
		return map[string]any{"trails": map[string]any{region: members}}
	}
	zones := func(region string, names ...any) map[string]any {
		return map[string]any{"zones": map[string]any{region: names}}
	}
	tests := []struct {
		name string
		set  map[string]any
		key  string // of the problem
	}{
		{"trails is a list", map[string]any{"trails": []any{"logs"}}, "trails"},
		{"trails is no JSON", map[string]any{"trails": "logs"}, "trails"},
		{"trail is a text", map[string]any{"trails": map[string]any{"us-east-1": "logs"}}, "trails.us-east-1"},
		{"trail of no cell", trail("eu-west-1", map[string]any{"bucket": "logs"}), "trails.eu-west-1"},
		{"no bucket", trail("us-east-1", map[string]any{"prefix": "all/"}), "trails.us-east-1.bucket"},
		{"bucket", trail("us-east-1", map[string]any{"bucket": "Not_A_Bucket"}), "trails.us-east-1.bucket"},
		{"bucket is a number", trail("us-east-1", map[string]any{"bucket": 7.0}), "trails.us-east-1.bucket"},
		{"bucket of two Regions", map[string]any{"trails": map[string]any{
			"us-east-1": map[string]any{"bucket": "logs"}, "eu-central-1": map[string]any{"bucket": "logs"}}}, "trails.us-east-1.bucket"},
		{"prefix", trail("us-east-1", map[string]any{"bucket": "logs", "prefix": "all"}), "trails.us-east-1.prefix"},
		{"prefix that is too long", trail("us-east-1", map[string]any{"bucket": "logs", "prefix": strings.Repeat("p", 201) + "/"}), "trails.us-east-1.prefix"},
		{"key by alias", trail("us-east-1", map[string]any{"bucket": "logs", "key": "alias/trail"}), "trails.us-east-1.key"},
		{"key of another Region", trail("eu-central-1", map[string]any{"bucket": "logs", "key": testKeyARN}), "trails.eu-central-1.key"},
		{"member that is none", trail("us-east-1", map[string]any{"bucket": "logs", "kye": testKeyARN}), "trails.us-east-1.kye"},
		{"the key of before", map[string]any{"trailBucket": "logs"}, "trailBucket"},
		{"zones of no cell", zones("eu-west-1", "eu-west-1a", "eu-west-1b"), "zones.eu-west-1"},
		{"one zone", zones("us-east-1", "us-east-1a"), "zones.us-east-1"},
		{"zone twice", zones("us-east-1", "us-east-1a", "us-east-1a"), "zones.us-east-1"},
		{"zone elsewhere", zones("us-east-1", "us-east-1a", "us-west-2b"), "zones.us-east-1"},
		{"name and id", zones("us-east-1", "us-east-1a", "use1-az2"), "zones.us-east-1"},
		{"zones of numbers", zones("us-east-1", 1.0, 2.0), "zones.us-east-1"},
		{"zones is broken JSON", map[string]any{"zones": "{"}, "zones"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := given()
			for k, v := range test.set {
				c[k] = v
			}
			_, err := Read(c)
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, p := range Problems(err) {
				var e *coded.Error
				if !errors.As(p, &e) || e.Code != coded.Invalid || e.Field != "context."+test.key || e.Hint == "" {
					t.Errorf("got %v (hint %q), want a problem of %s alone", p, coded.Hint(p), test.key)
				}
			}
		})
	}
}

// TestSettings_Examples holds which values nobody could have meant.
func TestSettings_Examples(t *testing.T) {
	for _, test := range []struct {
		alarms, base string
		want         []string
	}{
		{"oncall@example.com", "https://github.com/example/latchkey/blob/main", []string{"alarms", "runbookBase"}},
		{"oncall@mail.example.org", "https://git.corp.net/latchkey", []string{"alarms"}},
		{"oncall@corp.net", "https://git.example.com/latchkey", []string{"runbookBase"}},
		{"oncall@example-corp.net", "https://github.com/examples/latchkey", nil},
		{"oncall@notexample.com", "https://example.com.corp.net/", nil},
	} {
		if got := (Settings{Alarms: test.alarms, RunbookBase: test.base}).Examples(); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s, %s: %v are an example's, want %v", test.alarms, test.base, got, test.want)
		}
	}
}
