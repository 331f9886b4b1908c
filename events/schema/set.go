package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

const dialect = "https://json-schema.org/draft/2020-12/schema"

// Set is a folder of schemas that may refer to each other's definitions and to
// nothing else. Each file is read when it is first needed. A Set is safe for
// concurrent use.
type Set struct {
	files    fs.FS
	dir      string
	base     string
	mu       sync.Mutex
	docs     map[string]map[string]any // decoded files, by name
	loaded   map[string]*Schema        // by name of file
	defs     map[string]*Schema        // by file#name; nil while it is being read
	patterns map[string]*Form          // by expression
}

// NewSet returns the set of the files <dir>/<name>.json, whose $id is base,
// name and .json. It reads nothing yet.
func NewSet(files fs.FS, dir, base string) *Set {
	return &Set{files: files, dir: dir, base: base, docs: map[string]map[string]any{}, loaded: map[string]*Schema{},
		defs: map[string]*Schema{}, patterns: map[string]*Form{}}
}

// Load returns the schema of a file, named without .json. The error names the
// file, the place in it and what is not supported there.
func (set *Set) Load(name string) (*Schema, error) {
	set.mu.Lock()
	defer set.mu.Unlock()
	if s, ok := set.loaded[name]; ok {
		return s, nil
	}
	s, err := set.load(name)
	if err != nil {
		return nil, fmt.Errorf("schema %s.json: %w", name, err)
	}
	set.loaded[name] = s
	return s, nil
}

// Verify loads every file with all its definitions and compiles every pattern:
// what a program leaves for later and its tests do at once.
func (set *Set) Verify() error {
	names, err := fs.Glob(set.files, path.Join(set.dir, "*.json"))
	if err != nil {
		return fmt.Errorf("listing schemas: %w", err)
	}
	if len(names) == 0 {
		return fmt.Errorf("no schema in %s", set.dir)
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, set.verify(strings.TrimSuffix(path.Base(name), ".json")))
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	for _, form := range set.patterns {
		errs = append(errs, form.compile())
	}
	return errors.Join(errs...)
}

func (set *Set) verify(name string) error {
	if _, err := set.Load(name); err != nil {
		return err
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	defs, _ := set.docs[name]["$defs"].(map[string]any)
	for def := range defs {
		if _, err := set.definition(name, def); err != nil {
			return fmt.Errorf("schema %s.json: %w", name, err)
		}
	}
	return nil
}

// load reads the file's top; its definitions are read where something refers
// to them.
func (set *Set) load(name string) (*Schema, error) {
	doc, err := set.document(name)
	if err != nil {
		return nil, err
	}
	body := make(map[string]any, len(doc))
	for keyword, v := range doc {
		switch keyword {
		case "$schema", "$id", "$defs", "title":
		default:
			body[keyword] = v
		}
	}
	return reader{set, name}.schema(body)
}

func (set *Set) document(name string) (map[string]any, error) {
	if doc, ok := set.docs[name]; ok {
		return doc, nil
	}
	b, err := fs.ReadFile(set.files, path.Join(set.dir, name+".json"))
	if err != nil {
		return nil, err
	}
	v, err := Decode(b)
	if err != nil {
		return nil, err
	}
	doc, ok := v.(map[string]any)
	switch {
	case !ok:
		return nil, errNoObject
	case doc["$schema"] != dialect:
		return nil, fmt.Errorf("$schema: is not %s", dialect)
	case doc["$id"] != set.base+name+".json":
		return nil, fmt.Errorf("$id: is not %s%s.json", set.base, name)
	}
	set.docs[name] = doc
	return doc, nil
}

// definition returns one of a file's $defs. The same definition is read once,
// whoever refers to it; one that leads back to itself is refused, so that a
// check never goes deeper than the schemas do.
func (set *Set) definition(file, name string) (*Schema, error) {
	key := file + "#" + name
	if s, ok := set.defs[key]; ok {
		if s == nil {
			return nil, fmt.Errorf("definition %s of %s.json refers to itself", name, file)
		}
		return s, nil
	}
	doc, err := set.document(file)
	if err != nil {
		return nil, err
	}
	defs, _ := doc["$defs"].(map[string]any)
	def, ok := defs[name]
	if !ok {
		return nil, fmt.Errorf("%s.json has no definition %q", file, name)
	}
	set.defs[key] = nil
	s, err := reader{set, file}.schema(def)
	if err != nil {
		delete(set.defs, key)
		return nil, fmt.Errorf("$defs: %s: %w", name, err)
	}
	set.defs[key] = s
	return s, nil
}
