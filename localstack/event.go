package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/coded"
)

type eventCmd struct {
	Put     eventPutCmd     `cmd:"" help:"Put events of a file: one, an array, one a line, or a CloudTrail file."`
	List    eventListCmd    `cmd:"" help:"List the events that Latchkey has sent."`
	Sample  eventSampleCmd  `cmd:"" help:"Print a sample event."`
	Samples eventSamplesCmd `cmd:"" help:"List the samples."`
}

type eventSampleCmd struct {
	Name string `arg:"" help:"Name of the sample; see 'event samples'."`
}

func (c *eventSampleCmd) Run(a *app) error {
	for _, s := range events.Samples() {
		if s.Name == c.Name {
			_, err := a.out.Write(s.Event)
			return err
		}
	}
	e := coded.New(coded.NotFound, "no sample %q", c.Name)
	e.Hint = "see `event samples`"
	return e
}

type eventSamplesCmd struct{}

func (c *eventSamplesCmd) Run(a *app) error {
	type row struct {
		Name       string `json:"name"`
		Source     string `json:"source"`
		DetailType string `json:"detailType"`
	}
	var list []row
	for _, s := range events.Samples() {
		env, err := events.ParseEnvelope(s.Event)
		if err != nil {
			return fmt.Errorf("sample %s: %w", s.Name, err)
		}
		list = append(list, row{s.Name, env.Source, env.DetailType})
	}
	return a.print(list, func(w io.Writer) {
		var rows [][]string
		for _, r := range list {
			rows = append(rows, []string{r.Name, r.Source, r.DetailType})
		}
		table(w, "no samples", []string{"NAME", "SOURCE", "DETAIL-TYPE"}, rows)
	})
}

type eventListCmd struct {
	Follow bool   `short:"f" help:"Go on with those to come, until stopped."`
	After  uint64 `help:"Only those after this number."`
	Type   string `help:"Only those of this detail-type."`
}

// followWait is how long one question for new events waits for an answer.
const followWait = 20 * time.Second

const listPage = 500

func (c *eventListCmd) Run(a *app) error {
	all := []api.Sent{}
	wait := time.Duration(0)
	for after := c.After; ; {
		page, err := a.client.Sent(a.ctx, after, listPage, wait)
		if c.Follow && a.ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		after = page.After
		kept := c.ofType(page.Items)
		if a.json && !c.Follow {
			all = append(all, kept...)
		} else if err := a.printSent(kept); err != nil {
			return err
		}
		if len(page.Items) == listPage {
			continue
		}
		if !c.Follow {
			break
		}
		wait = followWait
	}
	if a.json {
		return a.print(all, nil)
	}
	return nil
}

func (c *eventListCmd) ofType(items []api.Sent) []api.Sent {
	if c.Type == "" {
		return items
	}
	return slices.DeleteFunc(items, func(s api.Sent) bool { return s.Event.DetailType != c.Type })
}

// printSent prints one line an event.
func (a *app) printSent(list []api.Sent) error {
	for _, s := range list {
		if a.json {
			line, err := json.Marshal(s)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s\n", line)
			continue
		}
		fmt.Fprintf(a.out, "%d  %s  %-26s  %s\n", s.Seq, s.Event.Time.UTC().Format("2006-01-02 15:04:05"), s.Event.DetailType, gist(s.Event.Detail))
	}
	return nil
}

// gist returns the members of a detail that a person looks for first.
func gist(detail json.RawMessage) string {
	var m map[string]any
	if err := json.Unmarshal(detail, &m); err != nil {
		return ""
	}
	var words []string
	for _, name := range []string{"tenantId", "product", "databaseId", "keyArn", "snapshotId", "phase", "cause", "day", "recoverableUntil", "reason"} {
		if v, ok := m[name]; ok && v != "" {
			words = append(words, fmt.Sprintf("%s=%v", name, v))
		}
	}
	return strings.Join(words, " ")
}
