package report

import "latchkey/shared/keyusage"

// details counts in the second pass, for the keys and users that the report
// shows, what they did.
type details struct {
	keys  map[string]*keyDetails
	users map[userKey]counts[string] // operations
}

type keyDetails struct {
	tenant                            string
	principals, operations, materials counts[string]
	purposes                          counts[keyusage.Purpose]
}

func newDetails(r *Report) *details {
	d := &details{keys: map[string]*keyDetails{}, users: map[userKey]counts[string]{}}
	for _, k := range r.Keys.Rows {
		d.keys[k.ARN] = &keyDetails{principals: counts[string]{}, operations: counts[string]{},
			materials: counts[string]{}, purposes: counts[keyusage.Purpose]{}}
	}
	for i := range r.Users.Rows {
		d.users[r.Users.Rows[i].id()] = counts[string]{}
	}
	return d
}

func (u *User) id() userKey { return userKey{u.Key, u.Principal, u.Tenant, u.Database, u.Purpose} }

func (d *details) add(r *keyusage.Rollup) {
	c := countOf(r, r.Outcome())
	who := r.Principal.String()
	if operations := d.users[userKey{r.KeyARN, who, r.Tenant, r.Database, r.Purpose}]; operations != nil {
		operations.add(r.Operation, c)
	}
	k := d.keys[r.KeyARN]
	if k == nil {
		return
	}
	k.principals.add(who, c)
	k.operations.add(r.Operation, c)
	k.purposes.add(r.Purpose, c)
	if r.Material != "" {
		k.materials.add(r.Material, c)
	}
	if r.Known {
		k.tenant = r.Tenant
	}
}

func (d *details) fill(r *Report) {
	for i := range r.Keys.Rows {
		row := &r.Keys.Rows[i]
		k := d.keys[row.ARN]
		row.Tenant = k.tenant
		row.Principals, row.Operations = shares(k.principals, shortRows), shares(k.operations, shortRows)
		row.Purposes, row.Materials = shares(k.purposes, shortRows), shares(k.materials, shortRows)
	}
	for i := range r.Users.Rows {
		row := &r.Users.Rows[i]
		row.Operations = shares(d.users[row.id()], shortRows)
	}
}
