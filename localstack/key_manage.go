package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"latchkey/localstack/api"
	"latchkey/shared/coded"
	"latchkey/shared/customerkey"
)

type keyCreateCmd struct {
	Account string `required:"" help:"The customer's AWS account, 12 digits."`
	Region  string `required:"" help:"AWS Region of the key."`
	Tenant  string `help:"Tenant that the policy is for."`
	Policy  string `default:"default" help:"default, latchkey (all that the preflight asks for), latchkey-without-grant, a file, or - for the standard input."`
}

func (c *keyCreateCmd) Run(a *app) error {
	policy, err := policyOf(a, c.Policy)
	if err != nil {
		return err
	}
	k, err := a.client.CreateKey(a.ctx, api.NewKey{Account: c.Account, Region: c.Region, Tenant: c.Tenant, Policy: policy})
	if err != nil {
		return err
	}
	return a.print(k, func(w io.Writer) { fmt.Fprintln(w, k.ARN) })
}

// policyOf returns the name of a policy that the API knows, or a file's content.
func policyOf(a *app, name string) (string, error) {
	var body []byte
	var err error
	switch name {
	case api.PolicyDefault, api.PolicyLatchkey, api.PolicyWithoutGrant:
		return name, nil
	case "-":
		body, err = io.ReadAll(io.LimitReader(a.in, api.MaxBodyBytes))
	default:
		body, err = os.ReadFile(name)
	}
	if err != nil {
		e := coded.Wrap(coded.Invalid, err, "reading the policy")
		e.Hint = "name a file, - for the standard input, or default, latchkey or latchkey-without-grant"
		return "", e
	}
	if !json.Valid(body) {
		return "", coded.Field("policy", "give a key policy as JSON", "%s is not JSON", name)
	}
	return string(body), nil
}

type keyPreflightCmd struct {
	Key    string `arg:"" help:"Key ARN, or part of a key id."`
	Tenant string `help:"Tenant that the key is for; the one that it is known to be for where left out."`
}

// Run prints the answer, and fails if the key is not usable.
func (c *keyPreflightCmd) Run(a *app) error {
	r, err := a.client.Preflight(a.ctx, c.Key, c.Tenant)
	if err != nil {
		return err
	}
	err = a.print(r, func(w io.Writer) {
		var rows [][]string
		for _, q := range r.Requirements {
			rows = append(rows, []string{q.Name, yes(q.Met), q.Detail, q.Fix})
		}
		table(w, "nothing was asked", []string{"REQUIREMENT", "MET", "DETAIL", "FIX"}, rows)
	})
	if err != nil || r.Usable {
		return err
	}
	return notUsable(r)
}

func notUsable(r customerkey.Report) error {
	e := coded.New(coded.KeyAccess, "key not usable: %s", r.Summary())
	switch {
	case r.Unanswered:
		e.Hint = "KMS gave no answer: ask again"
	case r.Statement != "":
		e.Hint = "add these statements to the key policy:\n" + r.Statement
	default:
		var fixes []string
		for _, q := range r.Missing() {
			fixes = append(fixes, q.Fix)
		}
		e.Hint = strings.Join(slices.Compact(fixes), "; ")
	}
	return e
}

// keyArg is the argument of the commands that change a key.
type keyArg struct {
	Key string `arg:"" help:"Key ARN, or part of a key id."`
}

func (k keyArg) change(a *app, op string, in api.KeyChange) error {
	out, err := a.client.ChangeKey(a.ctx, k.Key, op, in)
	if err != nil {
		return err
	}
	return a.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s is %s", out.ARN, out.State)
		if !out.DeletionDate.IsZero() {
			fmt.Fprintf(w, "; KMS deletes it at %s", a.at(out.DeletionDate))
		}
		fmt.Fprintln(w)
	})
}

type keyDisableCmd struct{ keyArg }

func (c *keyDisableCmd) Run(a *app) error { return c.change(a, api.OpDisable, api.KeyChange{}) }

type keyEnableCmd struct{ keyArg }

func (c *keyEnableCmd) Run(a *app) error { return c.change(a, api.OpEnable, api.KeyChange{}) }

type keyKeepCmd struct{ keyArg }

func (c *keyKeepCmd) Run(a *app) error { return c.change(a, api.OpCancelDeletion, api.KeyChange{}) }

type keyDeleteCmd struct {
	keyArg
	Days int `default:"7" help:"Waiting period, 7 to 30 days."`
}

func (c *keyDeleteCmd) Run(a *app) error {
	return c.change(a, api.OpScheduleDeletion, api.KeyChange{Days: c.Days})
}

type keyPolicyCmd struct {
	keyArg
	Policy string `arg:"" help:"File, - for the standard input, or default, latchkey or latchkey-without-grant."`
	Tenant string `help:"Tenant that a latchkey policy is for."`
}

func (c *keyPolicyCmd) Run(a *app) error {
	policy, err := policyOf(a, c.Policy)
	if err != nil {
		return err
	}
	return c.change(a, api.OpSetPolicy, api.KeyChange{Policy: policy, Tenant: c.Tenant})
}
