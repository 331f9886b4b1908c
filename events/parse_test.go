package events

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
)

// sample returns a sample by name, parsed as an envelope.
func sample(t testing.TB, name string) Envelope {
	t.Helper()
	for _, s := range Samples() {
		if s.Name == name {
			env, err := ParseEnvelope(s.Event)
			if err != nil {
				t.Fatal(err)
			}
			return env
		}
	}
	t.Fatalf("no sample %s", name)
	return Envelope{}
}

// with returns the event with members of its detail set (nil: removed).
func with(t testing.TB, env Envelope, set map[string]any) Envelope {
	t.Helper()
	env.Detail = edit(t, string(env.Detail), set)
	return env
}

func TestParse_Samples(t *testing.T) {
	for _, s := range Samples() {
		t.Run(s.Name, func(t *testing.T) {
			env, err := ParseEnvelope(s.Event)
			if err != nil {
				t.Fatal(err)
			}
			k, ok := KindOf(env)
			if name, _, _ := strings.Cut(s.Name, "."); !ok || k.Name != name {
				t.Fatalf("is of kind %q", k.Name)
			}
			detail, err := Parse(env)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := reflect.TypeOf(detail), reflect.TypeOf(k.New()); got != want {
				t.Errorf("parsed into %v, want %v", got, want)
			}
			checkLossless(t, k, detail)
		})
	}
}

// checkLossless requires that a parsed detail says the same after another round.
func checkLossless(t testing.TB, k Kind, detail any) {
	t.Helper()
	b, err := json.Marshal(detail)
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.decode(b)
	if err != nil {
		t.Fatalf("does not parse again: %v\n%s", err, b)
	}
	b2, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != string(b2) {
		t.Errorf("changes in a round:\n%s\n%s", b, b2)
	}
}

// TestParse_RequiredMissing takes every required member away, one at a time.
func TestParse_RequiredMissing(t *testing.T) {
	for _, k := range Kinds() {
		env, err := ParseEnvelope(k.Samples()[0].Event)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range k.Fields() {
			if !f.Required || strings.Contains(f.Path, ".") {
				continue
			}
			t.Run(k.Name+"/"+f.Path, func(t *testing.T) {
				_, err := Parse(with(t, env, map[string]any{f.Path: nil}))
				wantField(t, err, "detail."+f.Path)
			})
		}
	}
}

// TestParse_WrongType gives every member that has a type a value of another.
func TestParse_WrongType(t *testing.T) {
	for _, k := range Kinds() {
		env, err := ParseEnvelope(k.Samples()[0].Event)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range k.Fields() {
			if strings.Contains(f.Path, ".") || f.Type == "any" {
				continue
			}
			var wrong any = true
			if f.Type == "boolean" {
				wrong = "yes"
			}
			t.Run(k.Name+"/"+f.Path, func(t *testing.T) {
				_, err := Parse(with(t, env, map[string]any{f.Path: wrong}))
				wantField(t, err, "detail."+f.Path)
			})
		}
	}
}

func TestParse_WrongVersion(t *testing.T) {
	for _, k := range Kinds() {
		if k.DetailVersion == "" {
			continue
		}
		env, err := ParseEnvelope(k.Samples()[0].Event)
		if err != nil {
			t.Fatal(err)
		}
		for _, version := range []any{"2", "", "01", 1} {
			// everything else is broken too: the version comes first
			_, err := Parse(with(t, env, map[string]any{"version": version, "tenantId": 7}))
			wantField(t, err, "detail.version")
			if !errors.Is(err, ErrVersion) {
				t.Errorf("%s version %v: error %v is not ErrVersion", k.Name, version, err)
			}
		}
	}
}

func TestParse_Unknown(t *testing.T) {
	kms := sample(t, "kms-call.disable-key")
	for name, env := range map[string]Envelope{
		"source":         {Source: "aws.ec2", DetailType: TypeCloudTrailCall, Detail: []byte(`{}`)},
		"detail-type":    {Source: SourceCommerce, DetailType: "Tenant Renamed", Detail: []byte(`{}`)},
		"swapped":        {Source: SourceLatchkey, DetailType: TypeTenantCreated, Detail: []byte(`{}`)},
		"KMS call":       with(t, kms, map[string]any{"eventName": "ListAliases"}),
		"broken call":    with(t, kms, map[string]any{"eventName": "CreateKey", "eventTime": 7}),
		"case of a call": with(t, kms, map[string]any{"eventName": "disableKey"}),
	} {
		t.Run(name, func(t *testing.T) {
			v, err := Parse(env)
			if !errors.Is(err, ErrUnknown) || v != nil {
				t.Errorf("got %v, %v; want ErrUnknown", v, err)
			}
		})
	}
}

func TestParse_KMSEventResources(t *testing.T) {
	for field, resources := range map[string][]string{"resources": nil, "resources[0]": {"arn:aws:s3:::bucket"}} {
		env := sample(t, "kms-deletion")
		env.Resources = resources
		_, err := Parse(env)
		wantField(t, err, field)
	}
}

// TestParse_SameError: an event with several faults always gets the same answer.
func TestParse_SameError(t *testing.T) {
	env := with(t, sample(t, "tenant-created"), map[string]any{"tenantId": 1, "sequence": "x", "placement": "?", "hosts": 3, "realm": 9})
	for i := 0; i < 50; i++ {
		_, err := Parse(env)
		wantField(t, err, "detail.hosts")
	}
}

func TestParse_ForwardCompatible(t *testing.T) {
	for _, name := range []string{"tenant-created", "rds-instance", "kms-call.disable-key", "s3-object-created"} {
		if _, err := Parse(with(t, sample(t, name), map[string]any{"added-later": map[string]any{"x": 1}})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParse_RepeatedMembers: of a member given twice the schema and Go see the same one.
func TestParse_RepeatedMembers(t *testing.T) {
	env := sample(t, "tenant-created.shared")
	env.Detail = append(env.Detail[:len(env.Detail)-1:len(env.Detail)-1],
		`,"key":{"choice":"customer","arn":"alias/x"},"key":{"choice":"platform"}}`...)
	v, err := Parse(env)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.(*TenantCreated).Key; got != (KeyChoice{Choice: KeyPlatform}) {
		t.Errorf("key %+v is a mixture of both", got)
	}
}

func TestParse_Defaults(t *testing.T) {
	env := with(t, sample(t, "tenant-created.shared"), map[string]any{"return": nil, "backups": nil})
	v, err := Parse(env)
	if err != nil {
		t.Fatal(err)
	}
	if c := v.(*TenantCreated); c.Return != ReturnAutomatic || c.Backups != Backups30Days {
		t.Errorf("defaults %q and %q", c.Return, c.Backups)
	}
	v, err = Parse(with(t, sample(t, "license-updated"), map[string]any{
		"license": map[string]any{"edition": "free", "seats": 1, "expiresAt": "2027-03-01T02:00:00+02:00"}}))
	if err != nil {
		t.Fatal(err)
	}
	if at := v.(*LicenseUpdated).License.ExpiresAt; at.Location() != time.UTC || at.Hour() != 0 {
		t.Errorf("expiry %v is not in UTC", at)
	}
}

func TestParse_HintSaysTheForm(t *testing.T) {
	_, err := Parse(with(t, sample(t, "tenant-created"), map[string]any{"tenantId": "Blue Bakery"}))
	if hint := coded.Hint(err); !strings.Contains(hint, "lower-case letters") {
		t.Errorf("hint %q", hint)
	}
	_, err = Parse(with(t, sample(t, "tenant-created"), map[string]any{"name": strings.Repeat("x", 5000)}))
	if len(err.Error()) > 300 {
		t.Errorf("a long value makes a message of %d bytes", len(err.Error()))
	}
}
