package events

import (
	"embed"
	"fmt"

	"latchkey/events/schema"
)

//go:embed schemas/*.json
var schemaFiles embed.FS

const schemaBase = "https://latchkey.example/events/"

// schemas reads each file at first use.
var schemas = schema.NewSet(schemaFiles, "schemas", schemaBase)

func mustRead(fs embed.FS, name string) []byte {
	b, err := fs.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("events: embedded file: %v", err))
	}
	return b
}

// compiled returns the kind's schema. The files are part of the program: one
// that does not load is a defect that every test of this package finds, so it
// panics.
func (k Kind) compiled() *schema.Schema {
	s, err := schemas.Load(k.Schema)
	if err != nil {
		panic(fmt.Sprintf("events: %v", err))
	}
	return s
}

// SchemaJSON returns the kind's JSON Schema (2020-12). References to
// defs.json are to the file of that name beside it.
func (k Kind) SchemaJSON() []byte { return mustRead(schemaFiles, "schemas/"+k.Schema+".json") }

// below returns the schema of one member or element, or nil.
func below(s *schema.Schema, member string) *schema.Schema {
	if p, ok := s.Properties[member]; ok {
		return p
	}
	if s.Items != nil {
		return s.Items
	}
	return s.Additional
}
