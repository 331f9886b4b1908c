package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"latchkey/events"
)

const intro = `# Events

Generated from package ` + "`events`" + ` by ` + "`go generate ./events`" + `; a test fails when it is stale.

Latchkey is told what to do, and says what it did, through events on Amazon EventBridge. This page is that contract: every
event that comes in or goes out, its fields, a sample, and the function that receives it.

- An event is at most 256 KB, envelope and all. The envelope is EventBridge's: ` + "`version`" + ` "0", ` + "`id`, `source`, `detail-type`, `time`" + `
  and ` + "`detail`" + ` are required.
- **Unknown** events (no kind here has that source and detail-type, or the KMS call is none of those below) are counted and
  acknowledged. **Broken** ones (a known kind that does not satisfy its schema or rules) go to the dead-letter queue with an
  error that names the field and says how to put it right.
- Events can come twice, late and out of order. Commerce events carry a ` + "`sequence`" + ` per tenant: what is older than what was already
  applied changes nothing.
- Members that are not described here are ignored on events that come in, so a sender may add some; events that go out have
  none. A change that breaks readers gets a new ` + "`detail.version`" + `.
- The source of commerce events can be configured; ` + "`" + events.SourceCommerce + "`" + ` is the default. AWS's own events cannot be forged: nobody
  but AWS can send a source that begins with ` + "`aws.`" + `. A KMS event that a customer's account forwards keeps its ` + "`account`" + `.
`

// groups are the chapters, by source.
var groups = []struct{ source, title, text string }{
	{events.SourceCommerce, "Commerce", "What a tenant has bought."},
	{events.SourceOperator, "Operator", "Decisions that a person takes."},
	{events.SourceRDS, "Amazon RDS", "Best effort: nothing relies on one of them alone."},
	{events.SourceKMS, "AWS KMS", "Best effort too: every key is also probed."},
	{events.SourceS3, "Amazon S3", "New files to read."},
	{events.SourceLatchkey, "What Latchkey sends", "All have source `" + events.SourceLatchkey + "` and detail version \"" + events.DetailVersion + "\". The `id` of an event is deterministic: a second copy has the same."},
}

// render returns the page.
func render() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(intro)
	overview(&b)
	if err := routes(&b); err != nil {
		return nil, err
	}
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", g.title, g.text)
		shown := map[string]string{} // schema → heading of the kind that shows its fields
		for _, k := range events.Kinds() {
			if k.Source != g.source {
				continue
			}
			if err := kind(&b, k, shown); err != nil {
				return nil, fmt.Errorf("%s: %w", k.Name, err)
			}
		}
		switch g.source {
		case events.SourceRDS:
			rdsTable(&b)
		case events.SourceKMS:
			kmsTable(&b)
		}
	}
	realms(&b)
	return b.Bytes(), nil
}

func overview(b *bytes.Buffer) {
	b.WriteString("\n## Overview\n\n| detail-type | source | direction | meaning |\n|---|---|---|---|\n")
	for _, k := range events.Kinds() {
		fmt.Fprintf(b, "| [%s](#%s) | `%s` | %s | %s |\n", k.DetailType, anchor(heading(k)), k.Source, k.Direction, cell(k.Meaning))
	}
}

func routes(b *bytes.Buffer) error {
	b.WriteString("\n## Routes\n\nThe one routing table. An event takes every route whose pattern matches it.\n\n| route | function | pattern |\n|---|---|---|\n")
	for _, r := range events.Routes() {
		p, err := json.Marshal(r.Pattern)
		if err != nil {
			return fmt.Errorf("route %s: %w", r.Name, err)
		}
		note := ""
		if r.CloudTrail {
			note = " (rule state `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`)"
		}
		fmt.Fprintf(b, "| %s | `%s`%s | `%s` |\n", r.Name, r.Function, note, cell(string(p)))
	}
	return nil
}

func kind(b *bytes.Buffer, k events.Kind, shown map[string]string) error {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", heading(k), k.Meaning)
	version := "none of ours"
	if k.DetailVersion != "" {
		version = `"` + k.DetailVersion + `"`
	}
	receivers, err := receivers(k)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "- direction: %s · source: `%s` · detail-type: `%s` · detail version: %s\n- received by: %s\n", k.Direction, k.Source, k.DetailType, version, receivers)
	if first, ok := shown[k.Schema]; ok {
		fmt.Fprintf(b, "- fields: as of [%s](#%s)\n", first, anchor(first))
	} else {
		shown[k.Schema] = heading(k)
		fields(b, k)
	}
	return sample(b, k)
}

func fields(b *bytes.Buffer, k events.Kind) {
	b.WriteString("\n| field of detail | type | required | description |\n|---|---|---|---|\n")
	for _, f := range k.Fields() {
		required := ""
		if f.Required {
			required = "yes"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Path, f.Type, required, cell(f.Description))
	}
}

func sample(b *bytes.Buffer, k events.Kind) error {
	samples := k.Samples()
	if len(samples) == 0 {
		return fmt.Errorf("no sample")
	}
	fmt.Fprintf(b, "\n<details><summary>Sample (events/samples/%s.json)</summary>\n\n```json\n%s\n```\n</details>\n",
		samples[0].Name, bytes.TrimSpace(samples[0].Event))
	if len(samples) > 1 {
		names := make([]string, 0, len(samples)-1)
		for _, s := range samples[1:] {
			names = append(names, "`"+s.Name+"`")
		}
		fmt.Fprintf(b, "\nMore samples: %s.\n", strings.Join(names, ", "))
	}
	return nil
}

// receivers names the functions that samples of the kind reach.
func receivers(k events.Kind) (string, error) {
	if k.Direction == events.Out {
		return "whoever subscribes", nil
	}
	table, err := events.NewTable(events.Config{})
	if err != nil {
		return "", err
	}
	samples := k.Samples()
	reached := map[string]int{}
	for _, s := range samples {
		env, err := events.ParseEnvelope(s.Event)
		if err != nil {
			return "", err
		}
		for _, r := range table.Match(env) {
			reached[r.Name]++
		}
	}
	var out []string
	for _, r := range events.Routes() {
		n := reached[r.Name]
		switch {
		case n == len(samples):
			out = append(out, fmt.Sprintf("`%s` (route %s)", r.Function, r.Name))
		case n > 0:
			out = append(out, fmt.Sprintf("`%s` where route %s matches", r.Function, r.Name))
		}
	}
	if len(out) == 0 {
		return "no function yet; counted", nil
	}
	return strings.Join(out, ", "), nil
}

func rdsTable(b *bytes.Buffer) {
	b.WriteString("\n### RDS event ids\n\nOther ids are understood as \"something happened\".\n\n| EventID | comes as | category | meaning |\n|---|---|---|---|\n")
	for _, m := range events.RDSEvents() {
		as := events.TypeRDSInstance
		if m.Snapshot {
			as = events.TypeRDSSnapshot
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", m.ID, as, m.Category, cell(m.Meaning))
	}
}

func kmsTable(b *bytes.Buffer) {
	b.WriteString("\n### KMS calls\n\nCalls that are understood; every other one is unknown. A *change* may change whether the key can be used.\n\n| eventName | class | meaning |\n|---|---|---|\n")
	for _, class := range []events.KMSCallClass{events.KMSChange, events.KMSUse} {
		for _, name := range events.KMSCalls(class) {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, class, cell(events.KMSCallMeaning(name)))
		}
	}
}

func realms(b *bytes.Buffer) {
	b.WriteString("\n## Realms and regions\n\n| realm | AWS Regions, preferred one first |\n|---|---|\n")
	for _, r := range events.Realms() {
		fmt.Fprintf(b, "| %s | %s |\n", r, strings.Join(events.RegionsOf(r), ", "))
	}
}

// heading names a kind: by its detail-type, which calls of KMS and RDS share.
func heading(k events.Kind) string {
	if k.DetailType != events.TypeCloudTrailCall {
		return k.DetailType
	}
	service := strings.ToUpper(strings.TrimPrefix(k.Source, "aws."))
	return service + ": " + k.DetailType
}

// anchor is the fragment that GitHub gives a heading.
func anchor(heading string) string {
	s := strings.ToLower(strings.ReplaceAll(heading, ":", ""))
	return strings.ReplaceAll(s, " ", "-")
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
