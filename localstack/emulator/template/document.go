package template

import (
	"maps"
	"slices"
)

// Resource is one resource of a template. Its members are the template's own:
// a change of Properties is a change of the template.
type Resource struct {
	ID         string // logical
	Type       string
	Properties map[string]any
}

// Resources returns a template's resources of the given types, or all of them,
// in order of logical id.
func (d Document) Resources(types ...string) []Resource {
	all, _ := d["Resources"].(map[string]any)
	var out []Resource
	for _, id := range slices.Sorted(maps.Keys(all)) {
		raw, _ := all[id].(map[string]any)
		kind, _ := raw["Type"].(string)
		if len(types) > 0 && !slices.Contains(types, kind) {
			continue
		}
		properties, _ := raw["Properties"].(map[string]any)
		if properties == nil {
			properties = map[string]any{}
			if raw != nil {
				raw["Properties"] = properties
			}
		}
		out = append(out, Resource{ID: id, Type: kind, Properties: properties})
	}
	return out
}

// Resource finds a resource by its logical id.
func (d Document) Resource(id string) (Resource, bool) {
	for _, r := range d.Resources() {
		if r.ID == id {
			return r, true
		}
	}
	return Resource{}, false
}

// remove takes a resource out.
func (d Document) remove(id string) {
	all, _ := d["Resources"].(map[string]any)
	delete(all, id)
}
