package main

import (
	"bytes"
	"fmt"

	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
	"latchkey/shared/tenant"
)

// page is one chapter: a record and its diagram.
type page struct {
	title, about, table, diagram string
}

const head = `<!-- Generated from the transition tables: go generate ./shared/reconcile/gendoc. Do not edit. -->

# States

Every record is in exactly one phase, and the arrows below are all the ways from one to another. The rules of each package are
tested against the table that its diagram is drawn from: no history takes another way, and for every arrow there is one that takes
it. One step may go through several phases; it tells of each with an event. Arrows out of a phase that has many (*parked*, *unrecoverable*,
*deleting*, *retired*) are part of the table too, because a lock, the loss of a key or a destroy may come at any moment.
`

// render returns the whole document.
func render() []byte {
	pages := []page{
		{"Tenant", "What commerce says of a tenant, and how far Latchkey is with it. Only *active* lets anyone in.",
			"shared/tenant/transitions.go", tenant.Diagram()},
		{"Key", "What is known of a tenant's KMS key. *usable* and *unreachable* serve; *precaution*, *locked*, *revoked*, *awaiting-approval* and *lost* " +
			"refuse every tenant of the key; from *revoked* on its databases are marked terminal.",
			"shared/customerkey/transitions.go", customerkey.Transitions.Mermaid()},
		{"Database", "Where a database stands. *available* and *busy* serve, as long as the key does; *locked*, *terminal-recoverable*, *terminal* and " +
			"*unrecoverable* are the phases of a taken key.",
			"shared/database/transitions.go", database.Transitions.Mermaid()},
		{"Snapshot", "A manual snapshot of an instance, from the wish to its end.",
			"shared/snapshot/transitions.go", snapshot.Diagram()},
	}
	var b bytes.Buffer
	b.WriteString(head)
	for _, p := range pages {
		fmt.Fprintf(&b, "\n## %s\n\n%s Its table is `%s`.\n\n```mermaid\n%s```\n", p.title, p.about, p.table, p.diagram)
	}
	return b.Bytes()
}
