package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"latchkey/localstack/api"
	"latchkey/shared/keyusage/report"
)

type contextCmd struct {
	Tenant  string `arg:"" help:"Tenant id or host name."`
	Product string `arg:"" help:"Product."`
}

// Run prints the decision. A refusal is an answer and no error.
func (c *contextCmd) Run(a *app) error {
	access, status, err := a.client.Access(a.ctx, c.Tenant, c.Product)
	if err != nil {
		return err
	}
	return a.print(access, func(w io.Writer) { printAccess(w, access, status) })
}

func printAccess(w io.Writer, access api.Access, status int) {
	verdict := "refused"
	if access.Allow {
		verdict = "allowed"
	}
	fmt.Fprintf(w, "%s (%s, HTTP %d): %s\n", verdict, access.Reason, status, report.Spelt(access.Message))
	if access.Context == nil {
		return
	}
	x := access.Context
	var configuration []string
	for _, k := range slices.Sorted(maps.Keys(x.Configuration)) {
		configuration = append(configuration, k+"="+x.Configuration[k])
	}
	license := fmt.Sprintf("%s, %d seats", x.License.Edition, x.License.Seats)
	if x.License.ExpiresAt != nil {
		license += ", until " + x.License.ExpiresAt.UTC().Format("2006-01-02 15:04:05")
	}
	fields(w, []field{
		{"tenant", x.TenantID}, {"product", x.Product}, {"region", x.Region}, {"endpoint", x.Endpoint},
		{"database and role", x.Database + " " + x.Role}, {"licence", license}, {"apps", strings.Join(x.License.Apps, " ")},
		{"configuration", strings.Join(configuration, " ")}, {"groups", strings.Join(x.Groups, " ")},
	})
}
