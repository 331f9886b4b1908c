package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/reconcile"
)

// However many notes others make of a key, what was decided about it is all there,
// and nothing else is taken for it.
func TestPlane_Turns_noted(t *testing.T) {
	w, arn := servedWorld(t)
	w.watch(w.disable(arn))
	w.run(time.Hour)
	want, since, err := w.plane.Turns(ctx, arn)
	w.must(err)
	if len(want) != 3 || want[0].To != customerkey.PhaseUsable || want[1].To != customerkey.PhaseLocked || want[2].To != customerkey.PhaseRevoked || !since.IsZero() {
		t.Fatalf("%+v, since %s", want, since)
	}
	var last string
	for n := range 450 {
		name, account := "CreateGrant", customer
		if n%2 == 0 {
			name, account = "ScheduleKeyDeletion", stranger
		}
		env := w.kmsCall(name, account, arn, nil)
		w.watch(env)
		last = env.ID
	}
	got, since, err := w.plane.Turns(ctx, arn)
	w.must(err)
	if !slices.Equal(got, want) || !since.IsZero() {
		t.Errorf("after the notes: %+v, since %s", got, since)
	}
	detail, err := w.plane.KeyDetail(ctx, arn)
	w.must(err)
	for _, c := range want {
		if !slices.Contains(detail.History, c) {
			t.Errorf("the history has no %+v", c)
		}
	}
	if n := len(detail.History); n > 400 || detail.History[n-1].Event != last {
		t.Errorf("%d lines, the last of event %q, want %q", n, detail.History[n-1].Event, last)
	}

	// The customer's own word counts, and is no move.
	w.watch(w.kmsCall("ScheduleKeyDeletion", customer, arn, nil))
	got, _, err = w.plane.Turns(ctx, arn)
	w.must(err)
	if n := len(want); len(got) <= n || got[n].Cause != customerkey.CausePendingDeletion || got[n].From != "" || !got[n].Turn() {
		t.Errorf("after the customer's: %+v", got)
	}
}

// What the history of before says of another cause of a revocation counts, and is
// told from the notes that were in it too.
func TestPlane_Turns_old(t *testing.T) {
	const arn = "arn:aws:kms:us-east-1:444455556666:key/aaaaaaaa-1a3b-4563-8da1-db178a4a57a6"
	const locked, revoked, usable = customerkey.PhaseLocked, customerkey.PhaseRevoked, customerkey.PhaseUsable
	const disabled, deletion = customerkey.CauseDisabled, customerkey.CausePendingDeletion
	const probe, trail = customerkey.SourceProbe, customerkey.SourceCloudTrail
	for _, c := range []struct {
		name string
		line customerkey.Change
		want bool
	}{
		{"our look", customerkey.Change{To: revoked, Cause: disabled, Source: probe, Detail: "DescribeKey: Disabled"}, true},
		{"our look, locked", customerkey.Change{To: locked, Cause: disabled, Source: probe}, true},
		{"our look, lost", customerkey.Change{To: customerkey.PhaseLost, Cause: customerkey.CauseKeyGone, Source: probe}, true},
		{"our look, usable", customerkey.Change{To: usable, Source: probe, Detail: "usable"}, false},
		{"unreachable", customerkey.Change{To: customerkey.PhaseUnreachable, Cause: customerkey.CauseUnreachable, Source: probe}, false},
		{"the customer's call", customerkey.Change{To: revoked, Cause: deletion, Source: trail, Detail: "ScheduleKeyDeletion"}, true},
		{"the customer's call before it was confirmed", customerkey.Change{To: locked, Cause: deletion, Source: trail, Detail: "ScheduleKeyDeletion"}, false},
		{"a stranger's call", customerkey.Change{To: revoked, Cause: disabled, Source: trail, Detail: `DisableKey from account "999988887777", not the key's: not trusted, probing`}, false},
		{"an old call", customerkey.Change{To: revoked, Cause: disabled, Source: trail, Detail: "DisableKey: older than a later usable verdict, probing"}, false},
		{"a call that changes no cause", customerkey.Change{To: revoked, Source: trail, Detail: "CreateGrant"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			for n, line := range []customerkey.Change{
				{From: usable, To: locked, Cause: customerkey.CauseAccessDenied, Source: probe},
				{From: locked, To: revoked, Cause: customerkey.CauseAccessDenied, Source: probe},
				c.line,
			} {
				line.At = epoch.Add(time.Duration(n) * time.Hour)
				body, err := json.Marshal(line)
				w.must(err)
				it := catalog.Item{Key: catalog.Key{Part: "history#" + arn, Sort: fmt.Sprintf("%015d.00", n)}, Body: body}
				w.must(w.raw.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it}}}))
			}
			turns, _, err := w.plane.Turns(ctx, arn)
			w.must(err)
			if got := len(turns) == 3; got != c.want || len(turns) < 2 || got && (turns[2].Cause != c.line.Cause || !turns[2].Turn()) {
				t.Errorf("%+v", turns)
			}
		})
	}
}

// short gives pages of two.
type short struct{ catalog.Store }

func (s short) Query(ctx context.Context, q catalog.Query) (catalog.Page, error) {
	q.Limit = min(q.Limit, 2)
	return s.Store.Query(ctx, q)
}

// Of a history that is longer than is read, the newest part is told, and that it
// is no more.
func TestPlane_Turns_long(t *testing.T) {
	const pages, arn = 20, "arn:aws:kms:us-east-1:444455556666:key/aaaaaaaa-1a3b-4563-8da1-db178a4a57a6"
	for _, lines := range []int{0, 1, 2*pages - 1, 2 * pages, 2*pages + 1, 3 * pages} {
		w := newWorld(t, nil)
		cfg := reconcile.DefaultConfig(platform, region)
		cfg.PlatformKeys = map[string]string{region: arn}
		deps := w.deps(cfg)
		deps.Store = short{w.raw}
		plane, err := reconcile.New(deps)
		w.must(err)
		at := func(n int) time.Time { return epoch.Add(time.Duration(n) * time.Hour) }
		for n := range lines {
			c := customerkey.Change{At: at(n), From: customerkey.PhaseUsable, To: customerkey.PhaseLocked}
			body, err := json.Marshal(c)
			w.must(err)
			it := catalog.Item{Key: catalog.Key{Part: "history#" + arn, Sort: fmt.Sprintf("%015d.00", n)}, Body: body}
			w.must(w.raw.Commit(ctx, catalog.Tx{Puts: []catalog.Put{{Item: it}}}))
		}
		turns, since, err := plane.Turns(ctx, arn)
		w.must(err)
		cut := max(lines-2*pages, 0)
		if len(turns) != lines-cut || len(turns) > 0 && !(turns[0].At.Equal(at(cut)) && turns[len(turns)-1].At.Equal(at(lines-1))) {
			t.Errorf("%d of %d turns, from %+v", len(turns), lines, turns[:min(1, len(turns))])
		}
		if cut > 0 != !since.IsZero() || cut > 0 && !since.Equal(at(cut)) {
			t.Errorf("of %d: all since %s, want %s", lines, since, at(cut))
		}
	}
}
