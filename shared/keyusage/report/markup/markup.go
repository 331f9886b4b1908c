// Package markup fills templates of HTML. Their syntax is text/template's, as far
// as a report needs it: fields, variables, functions, if, with, range and
// template; no methods and no pipes.
//
// What is filled in is escaped for text and for attributes in double quotes, so
// these are the only places for it: a template must have no action in a script,
// a style, an address or a comment. Verbatim alone is written as it is.
//
// It is there because html/template looks up methods by names that only the
// running program knows. Whatever links it makes the linker keep every exported
// method of every type: in a function, 9 MB of AWS's clients. A test compares
// the two.
package markup

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"reflect"
	"text/template/parse"
)

// Verbatim is HTML, or what else the template's place takes, that is not escaped.
type Verbatim string

// Set is templates that know each other. Safe for concurrent use.
type Set struct {
	trees map[string]*parse.Tree
	funcs map[string]any
}

// Parse reads templates, given by their names. Functions return one value.
func Parse(funcs map[string]any, sources map[string]string) (*Set, error) {
	s := &Set{trees: map[string]*parse.Tree{}, funcs: map[string]any{}}
	for _, more := range []map[string]any{builtins, funcs} {
		for name, f := range more {
			s.funcs[name] = f
		}
	}
	for name, text := range sources {
		trees, err := parse.Parse(name, text, "", "", s.funcs)
		if err != nil {
			return nil, err
		}
		for defined, tree := range trees {
			s.trees[defined] = tree
		}
	}
	return s, nil
}

// Must panics on an error of Parse, for templates that are part of the program.
func Must(s *Set, err error) *Set {
	if err != nil {
		panic(err)
	}
	return s
}

// failure is an error on its way up to Execute.
type failure struct{ error }

// Execute writes a template filled with data. An error is w's, or names the
// place in the template that does not fit the data.
func (s *Set) Execute(w io.Writer, name string, data any) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case failure:
			err = p.error
		default:
			panic(p)
		}
	}()
	out := bufio.NewWriter(w)
	s.run(out, name, reflect.ValueOf(data), 0)
	return out.Flush()
}

// maxDepth bounds templates that use each other.
const maxDepth = 20

func (s *Set) run(out *bufio.Writer, name string, data reflect.Value, depth int) {
	tree := s.trees[name]
	if tree == nil || depth > maxDepth {
		panic(failure{fmt.Errorf("markup: no template %s, or it uses itself", name)})
	}
	x := &execution{Set: s, out: out, tree: tree, depth: depth, variables: []variable{{"$", data}}}
	x.list(data, tree.Root)
}

// execution is one template that is being filled.
type execution struct {
	*Set
	out       *bufio.Writer
	tree      *parse.Tree
	depth     int
	variables []variable // the innermost last
}

type variable struct {
	name  string
	value reflect.Value
}

func (x *execution) fail(n parse.Node, format string, args ...any) {
	place, context := x.tree.ErrorContext(n)
	panic(failure{fmt.Errorf("markup: %s: %s: %s", place, context, fmt.Sprintf(format, args...))})
}

func (x *execution) list(dot reflect.Value, list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		x.node(dot, n)
	}
}

func (x *execution) node(dot reflect.Value, n parse.Node) {
	depth := len(x.variables)
	switch n := n.(type) {
	case *parse.TextNode:
		x.write(string(n.Text))
	case *parse.ActionNode:
		value := x.pipe(dot, n.Pipe)
		if len(n.Pipe.Decl) > 0 {
			return // the variable lives on
		}
		x.print(n, value)
	case *parse.IfNode:
		if truth(x.pipe(dot, n.Pipe)) {
			x.list(dot, n.List)
		} else {
			x.list(dot, n.ElseList)
		}
		x.variables = x.variables[:depth]
	case *parse.WithNode:
		if value := x.pipe(dot, n.Pipe); truth(value) {
			x.list(value, n.List)
		} else {
			x.list(dot, n.ElseList)
		}
		x.variables = x.variables[:depth]
	case *parse.RangeNode:
		x.each(dot, n)
		x.variables = x.variables[:depth]
	case *parse.TemplateNode:
		x.run(x.out, n.Name, x.pipe(dot, n.Pipe), x.depth+1)
	default:
		x.fail(n, "is not supported")
	}
}

func (x *execution) each(dot reflect.Value, n *parse.RangeNode) {
	names := n.Pipe.Decl
	bare := *n.Pipe
	bare.Decl = nil
	all := inside(x.pipe(dot, &bare))
	if all.Kind() != reflect.Slice && all.Kind() != reflect.Array {
		x.fail(n, "cannot range over %s", all.Kind())
	}
	depth := len(x.variables)
	for i := range all.Len() {
		for k, name := range names {
			value := all.Index(i)
			if k == 0 && len(names) == 2 {
				value = reflect.ValueOf(i)
			}
			x.variables = append(x.variables, variable{name.Ident[0], value})
		}
		x.list(all.Index(i), n.List)
		x.variables = x.variables[:depth]
	}
	if all.Len() == 0 {
		x.list(dot, n.ElseList)
	}
}

func (x *execution) print(n parse.Node, value reflect.Value) {
	value = inside(value)
	if !value.IsValid() {
		x.fail(n, "there is no such value")
	}
	v := value.Interface()
	if text, ok := v.(Verbatim); ok {
		x.write(string(text))
		return
	}
	x.write(html.EscapeString(fmt.Sprint(v)))
}

func (x *execution) write(s string) {
	if _, err := x.out.WriteString(s); err != nil {
		panic(failure{err})
	}
}
