package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// table renders estimates side by side as Markdown.
func table(all []Estimate) string {
	var b strings.Builder
	row := func(name string, cell func(Estimate) string) {
		cells := make([]string, len(all))
		for i, e := range all {
			cells[i] = cell(e)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(cells, " | "))
	}
	row("USD a month", func(e Estimate) string { return whole(float64(e.Counts.Tenants)) + " tenants" })
	b.WriteString("|---|" + strings.Repeat("---:|", len(all)) + "\n")
	row("*instances*", func(e Estimate) string { return whole(e.Counts.Instances) })
	row("*customers' keys*", func(e Estimate) string { return whole(e.Counts.Keys) })
	for _, s := range all[0].Services {
		row(s, func(e Estimate) string { return usd(e.Of(s)) })
	}
	row("**all**", func(e Estimate) string { return "**" + usd(e.Total()) + "**" })
	row("of it the control plane", func(e Estimate) string { return usd(e.ControlPlane()) })
	row("control plane, for each tenant", func(e Estimate) string { return cents(e.ControlPlane() / float64(e.Counts.Tenants)) })
	row("control plane, share of all", func(e Estimate) string { return fmt.Sprintf("%.1f %%", 100*e.ControlPlane()/e.Total()) })
	return b.String()
}

// detail renders every line of one estimate.
func detail(e Estimate) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s tenants | what | quantity | price | USD a month |\n|---|---|---:|---|---:|\n", whole(float64(e.Counts.Tenants)))
	for _, a := range e.Amounts {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", a.Service, a.What, whole(a.Quantity), a.Price, cents(a.USD))
	}
	return b.String()
}

// priceTable renders the prices with their sources.
func priceTable(all []Price) string {
	var b strings.Builder
	b.WriteString("| price | USD | for one | Region | check on AWS's page | as of | seen in | which has |\n|---|---:|---|---|---|---|---|---|\n")
	for _, p := range all {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", p.Name, plain(p.USD), p.Unit, p.Region, p.Page, p.From.AsOf, p.From.Where, p.From.Of)
	}
	return b.String()
}

// basis says in one paragraph what a table was made of.
func basis(m Mix, all []Price) string {
	oldest, newest := period(all)
	return fmt.Sprintf("List prices of %s, copied by hand, as of %s to %s: check them. %.0f %% of the tenants dedicated, %g database each, "+
		"%d on a shard, %.0f GiB of storage an instance, db.m7g.large, Multi-AZ, no reservations, %d cells with an endpoint in %d zones. "+
		"No free tiers, no data transfer, no support.\n", Region, oldest, newest, 100*m.Dedicated, m.Products, m.Shard, m.Storage, m.Cells, m.Zones)
}

// period returns the first and the last day of the prices' sources. Prices of
// the caller's own have none.
func period(all []Price) (oldest, newest string) {
	for _, p := range all {
		day := p.From.AsOf
		if day == "" {
			continue
		}
		if oldest == "" || day < oldest {
			oldest = day
		}
		newest = max(newest, day)
	}
	return oldest, newest
}

func usd(v float64) string {
	if v > 0 && v < 10 {
		return cents(v)
	}
	return whole(v)
}

func cents(v float64) string { return fmt.Sprintf("%.2f", v) }

func plain(v float64) string {
	s := fmt.Sprintf("%.10f", v)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// whole rounds and groups the digits by three.
func whole(v float64) string {
	digits := fmt.Sprintf("%.0f", math.Round(v))
	var parts []string
	for len(digits) > 3 {
		parts = append(parts, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	parts = append(parts, digits)
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}
