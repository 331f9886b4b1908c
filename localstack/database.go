package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"latchkey/shared/database"
)

type databaseCmd struct {
	List databaseListCmd `cmd:"" help:"List the databases and the shards."`
	Show databaseShowCmd `cmd:"" help:"Show one database."`
}

type databaseListCmd struct{}

func (c *databaseListCmd) Run(a *app) error {
	list, err := a.client.Databases(a.ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(x, y database.Record) int { return strings.Compare(x.ID, y.ID) })
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, d := range list {
			rows = append(rows, []string{d.ID, string(d.Kind), string(d.Phase), d.Region, d.InstanceID, d.Status,
				a.at(d.RecoverableUntil), d.Reason})
		}
		table(w, "no databases; a product that is activated gets one",
			[]string{"DATABASE", "KIND", "PHASE", "REGION", "INSTANCE", "RDS STATUS", "RECOVERABLE UNTIL", "REASON"}, rows)
	})
}

type databaseShowCmd struct {
	ID string `arg:"" help:"Database id: <tenant>/<product>, or shard/…"`
}

func (c *databaseShowCmd) Run(a *app) error {
	d, err := a.client.Database(a.ctx, c.ID)
	if err != nil {
		return err
	}
	return a.print(d, func(w io.Writer) {
		fields(w, []field{
			{"database", d.ID}, {"kind", string(d.Kind)}, {"phase", string(d.Phase)}, {"since", a.at(d.PhaseAt)}, {"reason", d.Reason},
			{"tenant", d.TenantID}, {"product", d.Product}, {"region", d.Region}, {"wanted", string(d.Want)},
			{"key", strings.TrimSpace(d.KeyChoice + " " + d.KeyARN)},
			{"instance", d.InstanceID}, {"resource id", d.ResourceID}, {"RDS status", d.Status}, {"endpoint", d.Endpoint},
			{"Multi-AZ", yes(d.MultiAZ)}, {"fenced", yes(d.Fenced)}, {"database and role", strings.TrimSpace(d.Database + " " + d.Role)},
			{"shard", d.HostID}, {"capacity", capacity(d)}, {"backups kept", d.Backups}, {"next snapshot", a.at(d.NextSnapshotAt)},
			{"locked", a.at(d.LockedAt)}, {"marked terminal", a.at(d.MarkedAt)}, {"recoverable until", a.at(d.RecoverableUntil)},
			{"terminal", a.at(d.TerminalAt)}, {"restore", restore(d)}, {"evidence", strings.Join(d.Evidence, "; ")},
		})
	})
}

func capacity(d database.Record) string {
	if d.Kind != database.KindShard {
		return ""
	}
	return fmt.Sprintf("%d of %d used", d.Used, d.Capacity)
}

func restore(d database.Record) string {
	if d.Restore == nil {
		return ""
	}
	return fmt.Sprintf("of %s, as it was at %s", d.Restore.SourceInstanceID, d.Restore.To.UTC().Format("2006-01-02 15:04:05"))
}
