package events

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
)

var at = time.Date(2026, 3, 2, 10, 15, 0, 0, time.FixedZone("CET", 3600))

func TestNew_EveryKind(t *testing.T) {
	for _, k := range Kinds() {
		if k.DetailType == TypeCloudTrailCall {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			detail, err := Parse(sample(t, k.Name))
			if err != nil {
				t.Fatal(err)
			}
			env, err := New(k.DetailType, "e-1", at, "eu-central-1", "444455556666", detail)
			if err != nil {
				t.Fatal(err)
			}
			if env.Source != k.Source || env.Time.Location() != time.UTC || env.ID != "e-1" {
				t.Errorf("made %+v", env)
			}
			env.Resources = sample(t, k.Name).Resources
			b, err := env.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			env, err = ParseEnvelope(b)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(env)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(again, detail) {
				t.Errorf("sent %+v, received %+v", detail, again)
			}
		})
	}
}

func TestNew_Unknown(t *testing.T) {
	for _, detailType := range []string{"Key Painted", "", TypeCloudTrailCall} {
		if _, err := New(detailType, "e-1", at, "eu-central-1", "", KeyEvent{}); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v, want ErrUnknown", detailType, err)
		}
	}
}

func TestNew_Broken(t *testing.T) {
	good := KeyEvent{Version: DetailVersion, ID: "e-1", KeyARN: keyARN, Phase: "locked", At: at}
	edited := func(change func(*KeyEvent)) KeyEvent { e := good; change(&e); return e }
	for _, c := range []struct {
		name, id, account string
		detail            any
		field             string
	}{
		{"no version", "e-1", "", edited(func(e *KeyEvent) { e.Version = "" }), "detail.version"},
		{"no key", "e-1", "", edited(func(e *KeyEvent) { e.KeyARN = "" }), "detail.keyArn"},
		{"no phase", "e-1", "", edited(func(e *KeyEvent) { e.Phase = "" }), "detail.phase"},
		{"no time", "e-1", "", edited(func(e *KeyEvent) { e.At = time.Time{} }), "detail.at"},
		{"reason too long", "e-1", "", edited(func(e *KeyEvent) { e.Reason = strings.Repeat("x", 5000) }), "detail.reason"},
		{"another event's detail", "e-1", "", WarningEvent{Version: DetailVersion, ID: "e-1", KeyARN: keyARN, At: at}, "detail.day"},
		{"no object", "e-1", "", []string{"x"}, "detail"},
		{"no id", "", "", good, "id"},
		{"account", "e-1", "me", good, "account"},
		{"too large", "e-1", "", map[string]string{"x": strings.Repeat("x", MaxEventBytes)}, "detail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(TypeKeyLocked, c.id, at, "eu-central-1", c.account, c.detail)
			if !coded.Is(err, coded.Internal) {
				t.Fatalf("%v: a broken event of our own is not an internal error", err)
			}
			wantField(t, errors.Unwrap(err), c.field)
		})
	}
}

func TestNew_BrokenCommerce(t *testing.T) {
	_, err := New(TypeTenantDestroyed, "e-1", at, "eu-central-1", "", TenantDestroyed{Subject: Subject{Version: "1", TenantID: "B", Sequence: 1}})
	wantField(t, err, "detail.tenantId")
	_, err = New(TypeTenantCreated, "e-1", at, "eu-central-1", "", TenantCreated{Subject: Subject{Version: "1", TenantID: "bb", Sequence: 1},
		Name: "B", Region: "af-south-1", Placement: PlacementShared, Key: KeyChoice{Choice: KeyPlatform}})
	wantField(t, err, "detail.region")
}

func TestNew_Stamped(t *testing.T) {
	for _, k := range Kinds() {
		if k.Direction != Out {
			continue
		}
		detail, err := Parse(sample(t, k.Name))
		if err != nil {
			t.Fatal(err)
		}
		out, ok := detail.(Outgoing)
		if !ok || out.Subject() == "" {
			t.Errorf("%s: %T is not a detail that can be sent in order", k.Name, detail)
			continue
		}
		out.Stamp("e-1", at)
		if _, err := New(k.DetailType, "e-1", at, "eu-central-1", "", out); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
}
