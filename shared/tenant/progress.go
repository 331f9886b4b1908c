package tenant

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Outcome is how one of the seven steps stands.
type Outcome string

// The outcomes. A step that had been done goes back to running when a change
// of the tenant's products gives it something to do.
const (
	Pending Outcome = "pending" // a step before it is not done
	Running Outcome = "running"
	Done    Outcome = "done"
	Failed  Outcome = "failed" // somebody has to do something; Detail says what. Tried again.
)

// Progress is the record of one step.
type Progress struct {
	Name    string    `json:"name"`
	Outcome Outcome   `json:"outcome"`
	At      time.Time `json:"at"` // of the last change
	Detail  string    `json:"detail,omitempty"`
}

// The seven steps, as indexes of Record.Steps.
const (
	StepCommerce = iota
	StepSite
	StepRegion
	StepProducts
	StepIdentity
	StepDatabases
	StepApps
)

// StepNames are the names of the seven steps, in order.
var StepNames = [7]string{
	StepCommerce:  "commerce metadata and entitlements",
	StepSite:      "site",
	StepRegion:    "region placement",
	StepProducts:  "product metadata and configuration",
	StepIdentity:  "identity: users, groups, permissions",
	StepDatabases: "product databases",
	StepApps:      "licensed apps",
}

// set notes how a step stands; At is when that last changed.
func (rec *Record) set(step int, outcome Outcome, detail string, now time.Time) {
	p := Progress{Name: StepNames[step], Outcome: outcome, At: rec.Steps[step].At, Detail: detail}
	if p != rec.Steps[step] {
		p.At = now
		rec.Steps[step] = p
	}
}

// record notes how the seven steps stand. They are done in order: behind the
// first that is not done, all are pending.
func (rec *Record) record(w World, key keyStanding, now time.Time) {
	open := false
	for i := range rec.Steps {
		outcome, detail := Pending, ""
		if !open {
			outcome, detail = rec.assess(i, w, key)
		}
		rec.set(i, outcome, detail, now)
		open = open || outcome != Done
	}
}

// assess says how one step stands, the ones before it being done.
func (rec *Record) assess(step int, w World, key keyStanding) (Outcome, string) {
	t := rec.tally()
	switch step {
	case StepCommerce:
		facts := rec.Created.Value
		return Done, fmt.Sprintf("%s, key %s; %d of %d products active", facts.Placement, facts.Key.Choice, t.active, len(rec.Products))
	case StepSite:
		if hosts := rec.Created.Value.Hosts; len(hosts) > 0 {
			return Done, strings.Join(hosts, ", ")
		}
		return Done, "no host of its own"
	case StepRegion:
		return Done, string(rec.Realm) + ", " + rec.Region
	case StepProducts:
		if t.active == 0 && rec.ActiveAt.IsZero() {
			return Running, "waiting for a first product"
		}
		return Done, fmt.Sprintf("%d products, revision %d", t.active, t.revision)
	case StepIdentity:
		return Done, fmt.Sprintf("%d groups", t.groups)
	case StepDatabases:
		return rec.assessDatabases(w, key, t.active)
	}
	return Done, fmt.Sprintf("%d apps", t.apps)
}

// assessDatabases holds the step until every active product has been ready.
func (rec *Record) assessDatabases(w World, key keyStanding, active int) (Outcome, string) {
	for _, name := range slices.Sorted(maps.Keys(rec.Products)) {
		p := rec.Products[name]
		if !p.Active.Value.On || p.Announced == AnnouncedReady {
			continue
		}
		view := w.Databases[name]
		switch {
		case p.Database == DatabaseDeleted:
			return Running, name + ": its earlier data is being deleted"
		case p.Database == "" && key.missing:
			return Failed, key.detail
		case p.Database == "" && !key.usable:
			return Running, key.detail
		case view.needsPerson():
			return Failed, fmt.Sprintf("%s: database %s: %s", name, view.Phase, view.Reason)
		case !view.Exists:
			return Running, name + ": database asked for"
		}
		return Running, name + ": database " + view.Phase
	}
	return Done, fmt.Sprintf("%d databases", active)
}

// needsPerson reports whether a database will not become available by itself.
func (v DatabaseView) needsPerson() bool {
	return v.Exists && (v.Phase == "parked" || v.Phase == "unrecoverable")
}

// waitingFor returns what keeps the steps from being done, or "".
func (rec *Record) waitingFor() string {
	for _, s := range rec.Steps {
		if s.Outcome == Running || s.Outcome == Failed {
			return s.Detail
		}
	}
	return ""
}

// tally is what the active products of a tenant add up to.
type tally struct {
	active, groups, apps int
	revision             int64
}

func (rec *Record) tally() tally {
	var t tally
	groups, apps := map[string]bool{}, map[string]bool{}
	for _, p := range rec.Products {
		t.revision += p.Revision()
		if !p.Active.Value.On {
			continue
		}
		t.active++
		for _, g := range p.Groups.Value {
			groups[g] = true
		}
		for _, app := range p.License.Value.Apps {
			apps[app] = true
		}
	}
	t.groups, t.apps = len(groups), len(apps)
	return t
}
