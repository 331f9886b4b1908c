// Package schema checks JSON against JSON Schemas. It knows the part of JSON
// Schema 2020-12 that Latchkey's own schemas use, costs nothing before the
// first check, and refuses a schema that says anything else: a keyword that
// were silently ignored would let broken events in.
//
//	set := schema.NewSet(files, "schemas", "https://latchkey.example/events/")
//	s, err := set.Load("tenant-created")     // reads schemas/tenant-created.json
//	v, err := schema.Decode(detail)
//	ok := s.Check(v, func(f schema.Finding) { … })
//
// Supported are $schema, $id, title and $defs at the top of a file; $ref to a
// definition of the same set, with no keyword beside it but description and
// default; description and default, which are for readers; type (all but
// number), const and enum of strings; properties, required,
// additionalProperties, patternProperties and maxProperties; items, minItems,
// maxItems and uniqueItems; minLength, maxLength, pattern (in Go's syntax) and
// the format date-time; minimum and maximum of integers.
package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Schema is one schema with its references resolved. It is immutable and safe
// for concurrent use.
type Schema struct {
	Description string             // its own, else that of what it refers to
	Types       []string           // null, boolean, integer, string, array, object, in this order; none: any
	Const       *string            // the only value, or nil
	Enum        []string           // the only values, or nil
	Properties  map[string]*Schema // of an object's members, by name
	Required    []string           // members that an object must have
	Closed      bool               // members that nothing names are refused
	Additional  *Schema            // of members that nothing names, or nil
	Items       *Schema            // of a list's elements, or nil

	patterned []patterned // of members, by the form of their names
	pattern   *Form
	dateTime  bool // format date-time
	unique    bool
	length    bounds // characters of a string
	items     bounds // elements of a list
	members   bounds // members of an object
	value     bounds // of an integer
}

type patterned struct {
	name   *Form
	schema *Schema
}

// bounds are inclusive; nil: none.
type bounds struct{ min, max *int64 }

// Decode reads one JSON value as Check wants it: numbers as json.Number, with
// every digit. Of members given twice the last one counts. It refuses JSON
// nested more than 10000 deep, as encoding/json does, and anything after the value.
func Decode(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("there is more after the end of the JSON value")
	}
	return v, nil
}
