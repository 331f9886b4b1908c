package events

import (
	"bytes"
	"embed"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed schemas/*.json
var schemaFiles embed.FS

const schemaBase = "https://latchkey.example/events/"

// compiled holds every schema, compiled at first use. The files are part of the
// program: one that does not compile is a defect that every test of this
// package finds, so it panics.
var compiled = sync.OnceValue(func() map[string]*jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // nothing is ever fetched
	files, err := schemaFiles.ReadDir("schemas")
	if err != nil {
		panic(fmt.Sprintf("events: reading schemas: %v", err))
	}
	for _, f := range files {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(mustRead(schemaFiles, "schemas/"+f.Name())))
		if err != nil {
			panic(fmt.Sprintf("events: schema %s: %v", f.Name(), err))
		}
		if err := c.AddResource(schemaBase+f.Name(), doc); err != nil {
			panic(fmt.Sprintf("events: schema %s: %v", f.Name(), err))
		}
	}
	out := make(map[string]*jsonschema.Schema, len(files))
	for _, f := range files {
		out[f.Name()] = c.MustCompile(schemaBase + f.Name())
	}
	return out
})

func mustRead(fs embed.FS, name string) []byte {
	b, err := fs.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("events: embedded file: %v", err))
	}
	return b
}

func (k Kind) compiled() *jsonschema.Schema { return compiled()[k.Schema+".json"] }

// SchemaJSON returns the kind's JSON Schema (2020-12). References to
// defs.json are to the file of that name beside it.
func (k Kind) SchemaJSON() []byte { return mustRead(schemaFiles, "schemas/"+k.Schema+".json") }

// target follows references to the schema that has the content.
func target(s *jsonschema.Schema) *jsonschema.Schema {
	for i := 0; s != nil && s.Ref != nil && i < 16; i++ {
		s = s.Ref
	}
	return s
}

// describe returns the description nearest to the schema: its own, else that
// of what it refers to.
func describe(s *jsonschema.Schema) string {
	for i := 0; s != nil && i < 16; i++ {
		if s.Description != "" {
			return s.Description
		}
		s = s.Ref
	}
	return ""
}

// below returns the schema of one member or element, or nil.
func below(s *jsonschema.Schema, member string) *jsonschema.Schema {
	s = target(s)
	if s == nil {
		return nil
	}
	if p, ok := s.Properties[member]; ok {
		return p
	}
	if s.Items2020 != nil {
		return s.Items2020
	}
	a, _ := s.AdditionalProperties.(*jsonschema.Schema)
	return a
}
