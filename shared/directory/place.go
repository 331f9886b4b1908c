package directory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/tenant"
)

// maxTries bounds how often a lost race is run again.
const maxTries = 6

// regions returns the Regions that have a cell, sorted.
func (d *Directory) regions() []string { return slices.Sorted(maps.Keys(d.Cells)) }

func (d *Directory) hasCell(region string) bool { return d.Cells[region] != nil }

// choose decides where a new tenant goes. Where it is pinned, by Region, key or
// realm, there must be a cell; sign-up locations count only where there is one
// nearby. Errors are coded.Invalid with the field at fault.
func (d *Directory) choose(c *events.TenantCreated) (events.Realm, string, error) {
	asked := *c
	if c.Region == "" && c.Realm == "" && c.Key.ARN == "" {
		asked.SignUpLocations = d.served(c.SignUpLocations)
		if len(asked.SignUpLocations) == 0 && len(c.SignUpLocations) > 0 {
			return "", "", coded.Field("detail.signUpLocations", "pin the tenant to a region that has a cell: "+strings.Join(d.regions(), ", "),
				"no cell is near %s", strings.Join(c.SignUpLocations, ", "))
		}
	}
	realm, region, err := tenant.Place(&asked)
	if err != nil || d.hasCell(region) {
		return realm, region, err
	}
	if c.Region == "" && c.Key.ARN == "" { // a realm: any of its Regions will do
		for _, other := range events.RegionsOf(realm) {
			if d.hasCell(other) {
				return realm, other, nil
			}
		}
	}
	return "", "", coded.Field(pinnedBy(c), "give one with a cell ("+strings.Join(d.regions(), ", ")+"), or deploy a cell there",
		"there is no cell in %s", region)
}

// pinnedBy is the field that says where a tenant has to be.
func pinnedBy(c *events.TenantCreated) string {
	switch {
	case c.Region != "":
		return "detail.region"
	case c.Key.ARN != "":
		return "detail.key.arn"
	}
	return "detail.realm"
}

// served keeps the locations whose nearest realm has a cell. One that is no
// country stays, for the rules of placement to refuse.
func (d *Directory) served(locations []string) []string {
	return slices.DeleteFunc(slices.Clone(locations), func(country string) bool {
		realm, known := tenant.RealmOfCountry(country)
		return known && !slices.ContainsFunc(events.RegionsOf(realm), d.hasCell)
	})
}

// place records where a tenant goes, once, and returns what is recorded.
func (d *Directory) place(ctx context.Context, c *events.TenantCreated) (Place, error) {
	for range maxTries {
		known, version, err := load[Place](ctx, d.Store, tenantKey(c.TenantID))
		if err != nil || version > 0 {
			return known, err
		}
		realm, region, err := d.choose(c)
		if err != nil {
			return Place{}, err
		}
		p := Place{TenantID: c.TenantID, Realm: realm, Region: region, PlacedAt: d.Clock.Now()}
		tx, err := d.admission(ctx, p, c.Hosts)
		if err != nil {
			return Place{}, err
		}
		err = d.Store.Commit(ctx, tx)
		if !errors.Is(err, catalog.ErrConflict) {
			return p, err
		}
	}
	return Place{}, coded.New(coded.Retryable, "tenant %s: lost %d races", c.TenantID, maxTries)
}

// admission is the transaction that records a tenant and its host names, all or
// none. A host name of another tenant is refused, unless that was destroyed.
func (d *Directory) admission(ctx context.Context, p Place, hosts []string) (catalog.Tx, error) {
	var tx catalog.Tx
	add := func(key catalog.Key, rec any, version int64) error {
		w, err := put(key, rec, p.TenantID, version)
		tx.Puts = append(tx.Puts, w)
		return err
	}
	if err := add(tenantKey(p.TenantID), p, 0); err != nil {
		return tx, err
	}
	for _, name := range hosts {
		held, version, err := load[host](ctx, d.Store, hostKey(name))
		if err != nil {
			return tx, err
		}
		if version > 0 {
			holder, err := d.Tenant(ctx, held.TenantID)
			if err != nil {
				return tx, err
			}
			if !holder.Destroyed {
				return tx, &coded.Error{Code: coded.Conflict, Field: "detail.hosts", Message: "host " + name + " belongs to another tenant",
					Hint: "give the tenant a host of its own, or destroy the other tenant first"}
			}
		}
		if err := add(hostKey(name), host{p.TenantID}, version); err != nil {
			return tx, err
		}
	}
	return tx, nil
}

// destroyed notes that a tenant was destroyed, which frees its host names.
func (d *Directory) destroyed(ctx context.Context, id string) error {
	for range maxTries {
		p, version, err := load[Place](ctx, d.Store, tenantKey(id))
		if err != nil || p.Destroyed {
			return err
		}
		p.Destroyed = true
		w, err := put(tenantKey(id), p, id, version)
		if err != nil {
			return err
		}
		err = d.Store.Commit(ctx, catalog.Tx{Puts: []catalog.Put{w}})
		if !errors.Is(err, catalog.ErrConflict) {
			return err
		}
	}
	return coded.New(coded.Retryable, "tenant %s: lost %d races", id, maxTries)
}
