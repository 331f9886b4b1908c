package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"latchkey/shared/reconcile"
	"latchkey/shared/snapshot"
)

type snapshotCmd struct {
	List snapshotListCmd `cmd:"" help:"List the manual snapshots."`
}

type snapshotListCmd struct{}

func (c *snapshotListCmd) Run(a *app) error {
	list, err := a.client.Snapshots(a.ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(x, y snapshot.Record) int { return strings.Compare(x.ID, y.ID) })
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, s := range list {
			why := s.Reason
			if s.Held != "" {
				why = "kept: " + s.Held
			}
			rows = append(rows, []string{s.ID, s.DatabaseID, string(s.Purpose), string(s.Phase), a.at(s.TakenAt), a.at(s.DeleteAt), why})
		}
		table(w, "no snapshots yet", []string{"SNAPSHOT", "DATABASE", "PURPOSE", "PHASE", "TAKEN", "DELETED AT", "REASON"}, rows)
	})
}

type parkedCmd struct{}

func (c *parkedCmd) Run(a *app) error {
	list, err := a.client.Parked(a.ctx)
	if err != nil {
		return err
	}
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, p := range list {
			rows = append(rows, []string{p.Kind, p.ID, a.at(p.Since), a.at(p.Retry), p.Reason})
		}
		table(w, "nothing is parked", []string{"KIND", "ID", "SINCE", "TRIED AGAIN", "REASON"}, rows)
	})
}

type impactCmd struct {
	Key string `arg:"" help:"Key ARN, or part of a key id."`
}

func (c *impactCmd) Run(a *app) error {
	impact, err := a.client.Impact(a.ctx, c.Key)
	if err != nil {
		return err
	}
	return a.print(impact, func(w io.Writer) { printImpact(w, impact) })
}

func printImpact(w io.Writer, i reconcile.Impact) {
	fmt.Fprintf(w, "With key %s (%s) die %d databases of %d tenants, and %d snapshots.\n",
		i.KeyARN, i.Phase, len(i.Databases), len(i.Tenants), i.Snapshots)
	if len(i.Databases) == 0 {
		return
	}
	fmt.Fprintln(w)
	var rows [][]string
	for _, d := range i.Databases {
		rows = append(rows, []string{d.ID, string(d.Phase), d.Instance, fmt.Sprint(d.Snapshots)})
	}
	table(w, "", []string{"DATABASE", "PHASE", "INSTANCE", "SNAPSHOTS"}, rows)
	if i.Truncated {
		fmt.Fprintln(w, "… and more")
	}
}

type countsCmd struct{}

func (c *countsCmd) Run(a *app) error {
	counts, err := a.client.Counts(a.ctx)
	if err != nil {
		return err
	}
	return a.print(counts, func(w io.Writer) {
		var rows [][]string
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			rows = append(rows, []string{name, fmt.Sprint(counts[name])})
		}
		table(w, "nothing counted yet", []string{"COUNT", "SINCE START"}, rows)
	})
}
