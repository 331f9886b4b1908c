package keyusage_test

import (
	"bytes"
	"context"
	"reflect"
	"testing"

	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/scan"
	"latchkey/shared/keyusage/trailtest"
)

// A name in a context is anyone's to choose.
func TestLedger_Add_claimedTenant(t *testing.T) {
	const own = "arn:aws:kms:us-east-1:111122223333:key/1c500df3-1a3b-9563-fda1-db178a4a57a6"
	dir := &fleet{keys: map[string]keyusage.Key{
		own:       {ARN: own, Tenant: "acme", Others: []string{"beta"}},
		own + "2": {ARN: own + "2", Tenant: "beta"},
	}}
	for _, c := range []struct {
		name, key, claims, tenant, foreign string
	}{
		{"of a tenant that there is, with a key without record", own + "3", "acme", "acme", ""},
		{"of a tenant that there is not", own + "3", "nobody", "", ""},
		{"of the key's tenant", own, "acme", "acme", ""},
		{"of another tenant of the key", own, "beta", "beta", ""},
		{"of none, with a key of two", own, "", "acme", ""},
		{"of a tenant that there is not, with a tenant's key", own, "nobody", "acme", "nobody"},
		{"of another tenant", own + "2", "acme", "beta", "acme"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := &scan.Record{EventID: []byte("6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11"), EventTime: []byte("2025-03-01T00:00:00Z"),
				EventName: []byte("Decrypt"), Region: []byte("us-east-1"), Resources: [][]byte{[]byte(c.key)}}
			if c.claims != "" {
				rec.Request.Context = []scan.Pair{{Name: []byte(keyusage.TenantContext), Value: []byte(c.claims)}}
			}
			l := keyusage.NewLedger(keyusage.Config{Directory: dir})
			if err := l.Add(rec); err != nil {
				t.Fatal(err)
			}
			if r := l.Rollups()[0]; r.Tenant != c.tenant || r.Foreign != c.foreign {
				t.Errorf("tenant %q, foreign %q; want %q, %q", r.Tenant, r.Foreign, c.tenant, c.foreign)
			}
		})
	}
}

// TestLedger_AddUse: what Each was told counts as the records did, once.
func TestLedger_AddUse(t *testing.T) {
	g := trailtest.New(trailtest.Config{Seed: 9})
	var uses []keyusage.Use
	first := keyusage.NewLedger(keyusage.Config{Directory: newFleet(g.World), Each: func(u *keyusage.Counted) error {
		uses = append(uses, keyusage.Use{Attribution: *u.Attribution, ID: u.ID, At: u.At, Operation: u.Operation, Principal: *u.Principal, ErrorCode: u.ErrorCode})
		return nil
	}})
	if _, err := first.AddFile(context.Background(), "f", bytes.NewReader(g.File(0, 500))); err != nil {
		t.Fatal(err)
	}
	halves := keyusage.Use{ID: uses[0].ID, At: uses[0].At, Operation: keyusage.ReEncryptFrom}
	again := keyusage.NewLedger(keyusage.Config{Directory: newFleet(g.World), Seen: keyusage.NewEventSet()})
	for range 2 {
		for i := range uses {
			if err := again.AddUse(&uses[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !reflect.DeepEqual(again.Rollups(), first.Rollups()) {
		t.Error("other rollups")
	}
	l := keyusage.NewLedger(keyusage.Config{Seen: keyusage.NewEventSet()})
	for _, operation := range []string{keyusage.ReEncryptFrom, keyusage.ReEncryptTo, keyusage.ReEncryptTo} {
		halves.Operation = operation
		if err := l.AddUse(&halves); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.Totals().Uses; got != 2 {
		t.Errorf("a ReEncrypt counts %d times, want its 2 halves", got)
	}
}
