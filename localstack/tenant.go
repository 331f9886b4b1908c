package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"latchkey/shared/tenant"
)

type tenantCmd struct {
	List tenantListCmd `cmd:"" help:"List the tenants."`
	Show tenantShowCmd `cmd:"" help:"Show one tenant with its seven steps."`
}

type tenantListCmd struct{}

func (c *tenantListCmd) Run(a *app) error {
	list, err := a.client.Tenants(a.ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(x, y tenant.Record) int { return strings.Compare(x.ID, y.ID) })
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, t := range list {
			f := t.Created.Value
			rows = append(rows, []string{t.ID, string(t.Phase), t.Region, f.Placement, f.Key.Choice,
				strings.Join(slices.Sorted(maps.Keys(t.Products)), " "), t.Reason})
		}
		table(w, "no tenants; `event sample tenant-created.shared | event put -` makes one",
			[]string{"TENANT", "PHASE", "REGION", "PLACEMENT", "KEY", "PRODUCTS", "REASON"}, rows)
	})
}

type tenantShowCmd struct {
	ID string `arg:"" help:"Tenant id."`
}

func (c *tenantShowCmd) Run(a *app) error {
	t, err := a.client.Tenant(a.ctx, c.ID)
	if err != nil {
		return err
	}
	return a.print(t, func(w io.Writer) {
		f := t.Created.Value
		fields(w, []field{
			{"tenant", t.ID}, {"name", f.Name}, {"phase", string(t.Phase)}, {"reason", t.Reason},
			{"hosts", strings.Join(f.Hosts, " ")}, {"realm", string(t.Realm)}, {"region", t.Region},
			{"placement", f.Placement}, {"key", strings.TrimSpace(f.Key.Choice + " " + f.Key.ARN)}, {"way back", f.Return},
			{"first seen", a.at(t.FirstSeenAt)}, {"active", a.at(t.ActiveAt)},
			{"destroyed", a.at(t.DestroyedAt)}, {"data goes", a.at(t.DestroyAt)},
		})
		var rows [][]string
		for i, s := range t.Steps {
			rows = append(rows, []string{fmt.Sprint(i + 1), s.Name, string(s.Outcome), a.at(s.At), s.Detail})
		}
		fmt.Fprintln(w)
		table(w, "", []string{"STEP", "NAME", "OUTCOME", "AT", "DETAIL"}, rows)
		if len(t.Products) > 0 {
			fmt.Fprintln(w)
			table(w, "", []string{"PRODUCT", "ACTIVE", "SUSPENDED", "EDITION", "SEATS", "DATABASE"}, products(t))
		}
	})
}

func products(t tenant.Record) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(t.Products)) {
		p := t.Products[name]
		rows = append(rows, []string{name, yes(p.Active.Value.On), yes(p.Suspended.Value.On),
			p.License.Value.Edition, fmt.Sprint(p.License.Value.Seats), string(p.Database)})
	}
	return rows
}
