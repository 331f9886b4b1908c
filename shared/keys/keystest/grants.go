package keystest

import (
	"fmt"
	"maps"
	"slices"

	"latchkey/shared/conformance"
	"latchkey/shared/customerkey"
)

// manyGrants do not fit on one page, whose most are 100. [KMS API reference, ListGrants]
const manyGrants = 130

var grantCases = []one{
	{Name: "Grants/none", Run: func(t *conformance.T, s *suite) {
		if got := s.grants(t, s.make(t, Kind{})); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
	}},
	{Name: "Grants/made", Run: testGrantsMade},
	{Name: "Grants/revoked", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{})
		first, second := s.grant(t, arn, Grant{}), s.grant(t, arn, Grant{})
		must(t, s.Revoke(ctx, arn, first), "revoking")
		if got := s.grants(t, arn); len(got) != 1 || got[0].ID != second {
			t.Errorf("got %+v, want only %s", got, second)
		}
		for id, want := range map[string]bool{first: false, second: true} {
			if got, err := customerkey.GrantPresent(ctx, s.keys, arn, id); got != want || err != nil {
				t.Errorf("GrantPresent = %t, %v, want %t", got, err, want)
			}
		}
	}},
	{Name: "Grants/of another key", Run: func(t *conformance.T, s *suite) {
		s.grant(t, s.make(t, Kind{}), Grant{})
		if got := s.grants(t, s.make(t, Kind{})); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
	}},
	{Name: "Grants/pages", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{})
		want := make([]string, manyGrants)
		for n := range want {
			want[n] = s.grant(t, arn, Grant{Subset: map[string]string{"n": fmt.Sprint(n)}})
		}
		wantIDs(t, s.grants(t, arn), want)
	}},
	{Name: "Grants/page size", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{})
		for range manyGrants {
			s.grant(t, arn, Grant{})
		}
		page, next, err := s.keys.Grants(ctx, arn, "")
		if err != nil || len(page) > 100 || next == "" {
			t.Errorf("a page of %d grants, next %q, %v", len(page), next, err)
		}
	}},
	{Name: "Grants/unknown marker", Run: func(t *conformance.T, s *suite) {
		_, _, err := s.keys.Grants(ctx, s.make(t, Kind{}), "no marker of KMS's")
		wantCodes(t, err, "ListGrants", "InvalidMarkerException")
	}},
	{Name: "Grants/dry run", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{})
		wantCodes(t, s.keys.TryCreateGrant(ctx, arn), "CreateGrant")
		if got := s.grants(t, arn); len(got) != 0 {
			t.Errorf("a dry run made %d grants", len(got))
		}
	}},
	{Name: "Grants/dry run twice", Run: func(t *conformance.T, s *suite) {
		arn := s.make(t, Kind{})
		for range 2 {
			wantCodes(t, s.keys.TryCreateGrant(ctx, arn), "CreateGrant")
		}
		if got := s.grants(t, arn); len(got) > 1 {
			t.Errorf("two dry runs made %d grants", len(got))
		}
	}},
}

// testGrantsMade: a grant tells its grantee, and what encryption context it is
// bound to, in either way.
func testGrantsMade(t *conformance.T, s *suite) {
	arn := s.make(t, Kind{})
	other := "arn:aws:iam::" + account(arn) + ":role/other"
	rds := map[string]string{"aws:rds:db-id": "db-A"}
	want := map[string]customerkey.Grant{}
	for _, in := range []Grant{{}, {Grantee: other, Subset: rds}, {Grantee: other, Equals: bound}} {
		id := s.grant(t, arn, in)
		g := customerkey.Grant{ID: id, GranteePrincipal: grantee(arn, in), EncryptionContext: in.Subset}
		if in.Equals != nil {
			g.EncryptionContext = in.Equals
		}
		want[id] = g
	}
	got := s.grants(t, arn)
	wantIDs(t, got, slices.Collect(maps.Keys(want)))
	for _, g := range got {
		if w := want[g.ID]; g.GranteePrincipal != w.GranteePrincipal || !maps.Equal(g.EncryptionContext, w.EncryptionContext) {
			t.Errorf("got %+v\nwant %+v", g, w)
		}
	}
}

// grantee returns who a grant is for: by default a role of the key's account.
func grantee(arn string, in Grant) string {
	if in.Grantee != "" {
		return in.Grantee
	}
	return "arn:aws:iam::" + account(arn) + ":role/grantee"
}

func (s *suite) grant(t *conformance.T, arn string, in Grant) string {
	t.Helper()
	in.Grantee = grantee(arn, in)
	id, err := s.Grant(ctx, arn, in)
	must(t, err, "making a grant")
	return id
}

// grants returns all grants of a key, from as many pages as there are.
func (s *suite) grants(t *conformance.T, arn string) (all []customerkey.Grant) {
	t.Helper()
	marker := ""
	for range manyGrants {
		page, next, err := s.keys.Grants(ctx, arn, marker)
		must(t, err, "listing grants")
		all = append(all, page...)
		if next == "" {
			return all
		}
		marker = next
	}
	t.Fatalf("the pages do not end: %d grants so far", len(all))
	return nil
}

// wantIDs requires each of the grants once.
func wantIDs(t *conformance.T, got []customerkey.Grant, want []string) {
	t.Helper()
	var ids []string
	for _, g := range got {
		ids = append(ids, g.ID)
	}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Errorf("%d grants, want %d: %v\nwant %v", len(ids), len(want), ids, want)
	}
}
