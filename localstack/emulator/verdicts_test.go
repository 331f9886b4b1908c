package emulator_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	evtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"latchkey/events"
	"latchkey/localstack/emulator"
	"latchkey/localstack/emulator/template"
	"latchkey/shared/aws/moto"
	"latchkey/shared/aws/mototest"
)

// trailFolder holds files of CloudTrail that are not part of the project; its
// records are compared too, where it is there.
const trailFolder = "../../../shared/data/cloudtrail"

// TestVerdicts puts every sample, and real records where there are some, on a
// bus of an EventBridge that is not ours, with a rule and a queue for each route,
// and compares which queues they reach with the routing table's own verdicts. It
// runs on moto, or on the emulator that AWS_ENDPOINT_URL names.
func TestVerdicts(t *testing.T) {
	if os.Getenv("AWS_ENDPOINT_URL") == "" {
		mototest.Require(t, mototest.Tool)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w := &world{T: t, ctx: ctx}
	server, err := moto.Start(ctx)
	w.must(err)
	defer server.Close()
	w.Stack = &emulator.Stack{Emulator: server}
	w.Account, err = template.Account(ctx, server.URL)
	w.must(err)
	w.region = &emulator.Region{Clients: template.NewClients(server.URL, home)}
	const bus = "verdicts"
	_, err = w.region.Clients.Events.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String(bus)})
	w.must(err)
	queues := map[string]string{}
	for _, r := range events.Routes() {
		queues[r.Name] = w.listen("verdict-"+r.Name, bus, r.Pattern)
	}
	want := w.expect(bus, append(sampleEvents(w), trailEvents(w)...))
	for name, url := range queues {
		w.compare(name, w.drain(url), want[name])
	}
}

// expect puts events on a bus and returns, by route, the ids of those that the
// routing table matches.
func (w *world) expect(bus string, list []events.Envelope) map[string][]string {
	w.Helper()
	table, err := events.NewTable(events.Config{})
	w.must(err)
	want := map[string][]string{}
	for _, env := range list {
		out, err := w.region.Clients.Events.PutEvents(w.ctx, &eventbridge.PutEventsInput{Entries: []evtypes.PutEventsRequestEntry{{
			EventBusName: aws.String(bus), Source: &env.Source, DetailType: &env.DetailType, Detail: aws.String(string(env.Detail)), Resources: env.Resources,
		}}})
		w.must(err)
		if out.FailedEntryCount > 0 {
			w.Fatalf("%s of %s was not taken: %s", env.DetailType, env.Source, aws.ToString(out.Entries[0].ErrorMessage))
		}
		for _, r := range table.Match(env) {
			want[r.Name] = append(want[r.Name], aws.ToString(out.Entries[0].EventId))
		}
	}
	return want
}

func (w *world) compare(route string, bodies, want []string) {
	w.Helper()
	var got []string
	for _, body := range bodies {
		var e struct{ ID string }
		w.must(json.Unmarshal([]byte(body), &e))
		got = append(got, e.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Errorf("route %s: the emulator matched %d events, the table %d", route, len(got), len(want))
	}
	if len(want) == 0 {
		w.Errorf("route %s: no event here matches it", route)
	}
	w.Logf("route %s: %d events", route, len(got))
}

func sampleEvents(w *world) []events.Envelope {
	var out []events.Envelope
	for _, s := range events.Samples() {
		env, err := events.ParseEnvelope(s.Event)
		w.must(err)
		out = append(out, env)
	}
	return out
}

// trailEvents are the records as CloudTrail's events on EventBridge.
func trailEvents(w *world) []events.Envelope {
	files, err := filepath.Glob(filepath.Join(trailFolder, "*.json"))
	w.must(err)
	var out []events.Envelope
	for _, f := range files {
		b, err := os.ReadFile(f)
		w.must(err)
		var file struct{ Records []json.RawMessage }
		w.must(json.Unmarshal(b, &file))
		for _, r := range file.Records {
			var head struct{ EventSource string }
			w.must(json.Unmarshal(r, &head))
			if head.EventSource != "kms.amazonaws.com" {
				continue
			}
			env, err := events.WrapCloudTrail(r, "218007301253")
			w.must(err)
			out = append(out, env)
		}
	}
	w.Logf("%d real records", len(out))
	return out
}
