package markup

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// builtins are the functions of text/template that there are here.
var builtins = map[string]any{
	"len": func(v any) int { return reflect.ValueOf(v).Len() },
	"not": func(v any) bool { return !truth(reflect.ValueOf(v)) },
	"and": func(a, b any) bool { return truth(reflect.ValueOf(a)) && truth(reflect.ValueOf(b)) },
	"or":  func(a, b any) bool { return truth(reflect.ValueOf(a)) || truth(reflect.ValueOf(b)) },
	"eq":  func(a, b any) bool { return compare(a, b) == 0 },
	"gt":  func(a, b any) bool { return compare(a, b) > 0 },
	"printf": func(format string, args ...any) string {
		return fmt.Sprintf(format, args...)
	},
}

// compare compares two whole numbers of any type.
func compare(a, b any) int {
	x, y := number(a), number(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func number(v any) int64 {
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return r.Int()
	case r.CanUint():
		return int64(min(r.Uint(), 1<<63-1)) //nolint:gosec // it fits
	default:
		panic(failure{fmt.Errorf("markup: %v is not a whole number", v)})
	}
}

// truth is text/template's: a value is false where it is its type's zero value,
// or empty.
func truth(v reflect.Value) bool {
	if !v.IsValid() {
		return false
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return v.Len() > 0
	case reflect.Struct:
		return true
	case reflect.Interface, reflect.Pointer:
		return !v.IsNil()
	default:
		return !v.IsZero()
	}
}

// inside is what a pointer or an interface leads to.
func inside(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	return v
}

// pipe returns a pipeline's value, and gives it to its variables.
func (x *execution) pipe(dot reflect.Value, p *parse.PipeNode) reflect.Value {
	if p == nil {
		return reflect.Value{}
	}
	if len(p.Cmds) != 1 {
		x.fail(p, "has a pipe")
	}
	value := x.command(dot, p.Cmds[0])
	for _, d := range p.Decl {
		x.variables = append(x.variables, variable{d.Ident[0], value})
	}
	return value
}

func (x *execution) command(dot reflect.Value, c *parse.CommandNode) reflect.Value {
	name, called := c.Args[0].(*parse.IdentifierNode)
	if !called {
		if len(c.Args) > 1 {
			x.fail(c, "calls what is no function")
		}
		return x.value(dot, c.Args[0])
	}
	f := reflect.ValueOf(x.funcs[name.Ident])
	kind := f.Type()
	if given, takes := len(c.Args)-1, kind.NumIn(); given != takes && !(kind.IsVariadic() && given >= takes-1) {
		x.fail(c, "has %d arguments, want %d", given, takes)
	}
	args := make([]reflect.Value, len(c.Args)-1)
	for i := range args {
		want := kind.In(min(i, kind.NumIn()-1))
		if kind.IsVariadic() && i >= kind.NumIn()-1 {
			want = want.Elem()
		}
		args[i] = x.value(dot, c.Args[i+1])
		if !args[i].IsValid() || !args[i].Type().AssignableTo(want) {
			x.fail(c, "argument %d does not fit %s", i+1, want)
		}
	}
	return f.Call(args)[0]
}

func (x *execution) value(dot reflect.Value, n parse.Node) reflect.Value {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return x.fields(n, dot, n.Ident)
	case *parse.VariableNode:
		for i := len(x.variables) - 1; i >= 0; i-- {
			if x.variables[i].name == n.Ident[0] {
				return x.fields(n, x.variables[i].value, n.Ident[1:])
			}
		}
		x.fail(n, "there is no such variable")
	case *parse.PipeNode:
		return x.pipe(dot, n)
	case *parse.StringNode:
		return reflect.ValueOf(n.Text)
	case *parse.NumberNode:
		if n.IsInt {
			return reflect.ValueOf(int(n.Int64))
		}
	case *parse.IdentifierNode:
		return x.command(dot, &parse.CommandNode{NodeType: parse.NodeCommand, Args: []parse.Node{n}})
	}
	x.fail(n, "is not supported")
	return reflect.Value{}
}

// fields follows names of fields, also of embedded structs.
func (x *execution) fields(n parse.Node, v reflect.Value, names []string) reflect.Value {
	for _, name := range names {
		v = inside(v)
		if !v.IsValid() || v.Kind() != reflect.Struct {
			x.fail(n, "%s is of nothing", name)
		}
		if v = v.FieldByName(name); !v.IsValid() || !v.CanInterface() {
			x.fail(n, "there is no field %s", name)
		}
	}
	return v
}
