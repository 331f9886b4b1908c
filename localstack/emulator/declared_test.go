package emulator_test

import (
	"maps"
	"slices"
	"testing"

	"latchkey/localstack/emulator/template"
)

// TestUp_Declared shows what was found of the stacks: that every rewrite and
// repair changed something, and that the types which are said to be ignored are
// there, and are.
func TestUp_Declared(t *testing.T) {
	w := up(t)
	places := map[string]int{}
	ignored := map[string]int{}
	for _, d := range w.Stacks {
		for _, a := range d.Applied {
			places[a.Name] += a.Places
		}
		report := w.Reports[d.Name]
		if err := report.Err(); err != nil {
			t.Error(err)
		}
		counts := report.Count()
		for _, kind := range slices.Sorted(maps.Keys(counts)) {
			t.Logf("%s: %s %v", d.Name, kind, counts[kind])
			ignored[kind] += counts[kind][template.Ignored]
		}
	}
	for _, r := range template.Rewrites() {
		if places[r.Name] == 0 {
			t.Errorf("rewrite %s applies to nothing any more: take it out", r.Name)
		}
	}
	for _, r := range template.Repairs() {
		if places[r.Name] == 0 {
			t.Errorf("repair %s applies to nothing any more: take it out", r.Name)
		}
	}
	for _, kind := range template.IgnoredTypes() {
		if ignored[kind] == 0 {
			t.Errorf("nothing of type %s is ignored any more: take it out", kind)
		}
	}
}
