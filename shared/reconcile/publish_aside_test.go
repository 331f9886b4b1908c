package reconcile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"latchkey/events"
	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
	"latchkey/shared/metric"
	"latchkey/shared/reconcile"
)

// never is a bus that can never take one event.
func never(id, why string) *bus {
	return &bus{refuse: func(env events.Envelope) error {
		if env.ID == id {
			return coded.New(coded.Invalid, "%s", why)
		}
		return nil
	}}
}

// publishers are the two ways to publish two groups.
var publishers = map[string]func(*reconcile.Plane, reconcile.Bus) (int, error){
	"Publish": func(p *reconcile.Plane, b reconcile.Bus) (int, error) { return p.Publish(ctx, b) },
	"PublishGroups": func(p *reconcile.Plane, b reconcile.Bus) (int, error) {
		return p.PublishGroups(ctx, b, []string{"group-a", "group-b"})
	},
}

// asides returns what was put aside, as it is listed.
func (w *world) asides() []reconcile.Parked {
	w.Helper()
	all, err := w.plane.ParkedRecords(ctx)
	w.must(err)
	var found []reconcile.Parked
	for _, p := range all {
		if p.Kind == "message" {
			found = append(found, p)
		}
	}
	return found
}

// An event that the bus can never take does not block its group and is kept.
func TestPlane_Publish_Aside(t *testing.T) {
	for name, publish := range publishers {
		t.Run(name, func(t *testing.T) {
			w, _ := busy(t, 3, 3)
			before, err := w.raw.PendingIn(ctx, "group-b", 2)
			w.must(err)
			b := never("group-b/0001", "MalformedDetail: not well")
			n, err := publish(w.plane, b)
			w.must(err)
			var got []string
			for _, env := range b.taken {
				got = append(got, env.ID)
			}
			if n != 5 || fmt.Sprint(got) != "[group-a/0000 group-b/0000 group-a/0001 group-a/0002 group-b/0002]" {
				t.Errorf("%d published: %v", n, got)
			}
			w.waiting("group-b")
			list := w.asides()
			if len(list) != 1 || list[0] != (reconcile.Parked{Kind: "message", ID: "group-b/group-b/0001",
				Reason: "MalformedDetail: not well", Since: w.clock.Now()}) {
				t.Errorf("listed: %+v", list)
			}
			var rec struct{ Envelope json.RawMessage }
			it, err := w.raw.Get(ctx, reconcile.AsideKey(before[1]))
			w.must(err, json.Unmarshal(it.Body, &rec))
			if string(rec.Envelope) != string(before[1].Body) {
				t.Errorf("kept %s\nof   %s", rec.Envelope, before[1].Body)
			}
			if w.counts.of(metric.PutAside) != 1 {
				t.Errorf("counted %d", w.counts.of(metric.PutAside))
			}
		})
	}
}

// A message that is no event never gets to the bus, and blocks nothing.
func TestPlane_Publish_NoEvent(t *testing.T) {
	event := `{"version":"0","id":"x","detail-type":"y","source":"z","time":"2026-01-31T10:15:00Z","resources":[],"detail":{"fill":"%s"}}`
	for name, body := range map[string]string{
		"not JSON": "no event", "no envelope": `{"id":"x"}`, "empty": "",
		"too large": fmt.Sprintf(event, strings.Repeat("x", events.MaxEventBytes)),
		"largest message": fmt.Sprintf(event, strings.Repeat("x", catalog.MaxMessageBytes-len(event)+2-
			len("group-a")-len("bad"))),
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := busy(t, 0, 1)
			w.must(w.raw.Commit(ctx, catalog.Tx{Outbox: []catalog.Message{{ID: "bad", Group: "group-a", Body: []byte(body)}}}))
			w.queue("group-a", "group-a/0000")
			b := &bus{}
			n, err := w.plane.Publish(ctx, b)
			w.must(err)
			if list := w.asides(); n != 2 || len(list) != 1 || list[0].ID != "group-a/bad" || list[0].Reason == "" {
				t.Errorf("%d published, listed %+v", n, list)
			}
			w.waiting("group-a")
		})
	}
}

// The longest reason is cut, and fits beside the largest message.
func TestPlane_Publish_LongReason(t *testing.T) {
	w, _ := busy(t, 1)
	b := never("group-a/0000", strings.Repeat("<é", 5_000))
	_, err := w.plane.Publish(ctx, b)
	w.must(err)
	if list := w.asides(); len(list) != 1 || len(list[0].Reason) > 1024 || len(list[0].Reason) < 1000 {
		t.Errorf("listed: %+v", list)
	}
}

// What cannot be put aside either stays in the outbox, and is an error.
func TestPlane_Publish_NotEvenAside(t *testing.T) {
	w, _ := busy(t, 1)
	group := strings.Repeat("g", catalog.MaxKeyBytes)
	w.must(w.raw.Commit(ctx, catalog.Tx{Outbox: []catalog.Message{{ID: "bad", Group: group, Body: []byte("no event")}}}))
	n, err := w.plane.Publish(ctx, &bus{})
	if n != 1 || !coded.Is(err, coded.Internal) {
		t.Errorf("= %d, %v", n, err)
	}
	w.waiting(group, "bad")
	_, err = w.plane.PublishGroups(ctx, &bus{}, []string{group})
	left(t, err, coded.Internal, group)
}

// Whatever happens at the two writes, the event is not lost, and listed once.
func TestPlane_Publish_AsideFaults(t *testing.T) {
	for name, publish := range publishers {
		for _, point := range [][2]string{{fake.PortStore, "Commit"}, {fake.PortOutbox, "Published"}} {
			for _, fault := range []fake.Fault{fake.Error, fake.Timeout, fake.TimeoutAfter, fake.CrashBefore, fake.CrashAfter} {
				t.Run(fmt.Sprint(name, " ", point[1], " ", fault), func(t *testing.T) {
					w, _ := busy(t, 2, 2)
					b := never("group-b/0000", "too large")
					p := w.with(new(fake.Script).Fail(point[0], point[1], 1, fault))
					var err error
					crash := fake.Survive(func() { _, err = publish(p, b) })
					if died := fault == fake.CrashBefore || fault == fake.CrashAfter; died != (crash != nil) {
						t.Fatalf("crash: %v", crash)
					}
					pending, perr := w.raw.PendingIn(ctx, "group-b", 1)
					w.must(perr)
					if waits := len(pending) == 1 && pending[0].ID == "group-b/0000"; !waits && len(w.asides()) != 1 {
						t.Fatalf("the event is lost: %v", err)
					}
					_, err = publish(p, b)
					w.must(err)
					for _, g := range []string{"group-a", "group-b"} {
						w.waiting(g)
					}
					if list := w.asides(); len(list) != 1 || list[0].Reason != "too large" {
						t.Errorf("listed: %+v", list)
					}
				})
			}
		}
	}
}
