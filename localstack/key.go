package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"latchkey/localstack/api"
	"latchkey/shared/customerkey"
)

type keyCmd struct {
	List             keyListCmd      `cmd:"" help:"List the keys that tenants use, and those that were made here."`
	Show             keyShowCmd      `cmd:"" help:"Show one key with its history."`
	Create           keyCreateCmd    `cmd:"" help:"Make a customer's key, and forward its account's key events."`
	Preflight        keyPreflightCmd `cmd:"" help:"Ask whether a tenant's databases could be made under a key."`
	Disable          keyDisableCmd   `cmd:"" help:"Disable a key, as the customer does."`
	Enable           keyEnableCmd    `cmd:"" help:"Enable a key."`
	ScheduleDeletion keyDeleteCmd    `cmd:"" help:"Schedule the deletion of a key."`
	CancelDeletion   keyKeepCmd      `cmd:"" help:"Cancel the deletion; the key is left disabled."`
	SetPolicy        keyPolicyCmd    `cmd:"" help:"Replace the policy of a key."`
	Approve          keyApproveCmd   `cmd:"" help:"Approve the return of a key's databases, where the tenant wants that."`
}

type keyListCmd struct{}

// keyRow is one key: its record, or what is known of one that no tenant has named.
type keyRow struct {
	ARN     string              `json:"arn"`
	Tenant  string              `json:"tenantId,omitempty"`
	Phase   string              `json:"phase"` // "" for a key that no tenant has named
	Watched *customerkey.Record `json:"record,omitempty"`
}

func (c *keyListCmd) Run(a *app) error {
	keys, err := a.client.Keys(a.ctx)
	if err != nil {
		return err
	}
	made, err := a.client.CustomerKeys(a.ctx)
	if err != nil {
		return err
	}
	list := mergeKeys(keys, made)
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, k := range list {
			if k.Watched == nil {
				rows = append(rows, []string{k.ARN, k.Tenant, "not named yet", "", "", ""})
				continue
			}
			r := k.Watched
			rows = append(rows, []string{k.ARN, k.Tenant, k.Phase, string(r.Cause), a.at(r.RecoverableUntil), r.Reason})
		}
		table(w, "no keys", []string{"KEY", "TENANT", "PHASE", "CAUSE", "RECOVERABLE UNTIL", "REASON"}, rows)
	})
}

func mergeKeys(keys []customerkey.Record, made []api.CustomerKey) []keyRow {
	rows := []keyRow{}
	known := map[string]bool{}
	for i, k := range keys {
		known[k.ARN] = true
		rows = append(rows, keyRow{ARN: k.ARN, Tenant: k.TenantID, Phase: string(k.Phase), Watched: &keys[i]})
	}
	for _, k := range made {
		if !known[k.ARN] {
			rows = append(rows, keyRow{ARN: k.ARN, Tenant: k.Tenant})
		}
	}
	slices.SortFunc(rows, func(x, y keyRow) int { return strings.Compare(x.ARN, y.ARN) })
	return rows
}

type keyShowCmd struct {
	Key string `arg:"" help:"Key ARN, or part of a key id."`
}

func (c *keyShowCmd) Run(a *app) error {
	k, err := a.client.Key(a.ctx, c.Key)
	if err != nil {
		return err
	}
	return a.print(k, func(w io.Writer) {
		fields(w, []field{
			{"key", k.ARN}, {"tenant", k.TenantID}, {"phase", string(k.Phase)}, {"cause", string(k.Cause)}, {"reason", k.Reason},
			{"way back", k.Return}, {"signal", a.at(k.SignalAt)}, {"locked", a.at(k.LockedAt)}, {"locked by", k.LockSource},
			{"confirmed", a.at(k.Confirmed)}, {"recoverable until", a.at(k.RecoverableUntil)}, {"KMS deletes it", a.at(k.DeletionDate)},
			{"last probe", a.at(k.LastProbeAt)}, {"last verdict", k.LastVerdict}, {"last usable", a.at(k.LastUsableAt)},
			{"unreachable since", a.at(k.UnreachableSince)},
		})
		var rows [][]string
		for _, line := range k.History {
			rows = append(rows, []string{a.at(line.At), string(line.From), string(line.To), string(line.Cause), line.Source, line.Detail, line.Event})
		}
		fmt.Fprintln(w)
		table(w, "no history", []string{"AT", "FROM", "TO", "CAUSE", "SOURCE", "DETAIL", "EVENT"}, rows)
		if k.Statement != "" {
			fmt.Fprintf(w, "\nAdd to the key's policy:\n%s\n", k.Statement)
		}
	})
}
