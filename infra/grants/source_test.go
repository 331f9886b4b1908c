package grants

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// function is what one declaration refers to.
type function struct {
	receiver string
	exported bool
	requests []string // names of the SDK's input types, without Input
	names    []string // every other name in it
}

// declared reads the functions of a package, without its tests.
func declared(t *testing.T, folder string) map[string][]function {
	t.Helper()
	paths, err := filepath.Glob("../../shared/" + folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]function{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				all[d.Name.Name] = append(all[d.Name.Name], read(d))
			case *ast.GenDecl:
				for name, request := range targets(d) {
					all[name] = append(all[name], function{requests: []string{request}})
				}
			}
		}
	}
	return all
}

// aTarget is the header X-Amz-Target of a call that is made without the
// service's client, as a constant. [IAM guide, Create a signed AWS API request]
var aTarget = regexp.MustCompile(`^"(?:[a-z0-9]+\.)*[A-Za-z0-9]+_[0-9]{8}\.([A-Z][A-Za-z]+)"$`)

// targets returns the calls that constants name, by the constants' names.
func targets(d *ast.GenDecl) map[string]string {
	found := map[string]string{}
	for _, s := range d.Specs {
		v, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for i, x := range v.Values {
			text, ok := x.(*ast.BasicLit)
			if !ok || i >= len(v.Names) {
				continue
			}
			if m := aTarget.FindStringSubmatch(text.Value); m != nil {
				found[v.Names[i].Name] = m[1]
			}
		}
	}
	return found
}

func read(f *ast.FuncDecl) function {
	out := function{receiver: receiverOf(f), exported: f.Name.IsExported()}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "sdk" && strings.HasSuffix(n.Sel.Name, "Input") {
				out.requests = append(out.requests, strings.TrimSuffix(n.Sel.Name, "Input"))
				return false
			}
		case *ast.Ident:
			out.names = append(out.names, n.Name)
		}
		return true
	})
	return out
}

func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	x := f.Recv.List[0].Type
	if star, ok := x.(*ast.StarExpr); ok {
		x = star.X
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// reachable returns the requests of the adapter's methods and of all that they
// refer to by name. A method of another exported type of the package is not
// theirs.
func reachable(all map[string][]function, a adapter) map[string]bool {
	found, seen := map[string]bool{}, map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, f := range all[name] {
			if ast.IsExported(f.receiver) && f.receiver != a.receiver {
				continue
			}
			for _, r := range f.requests {
				found[r] = true
			}
			for _, n := range f.names {
				visit(n)
			}
		}
	}
	for name, same := range all {
		for _, f := range same {
			if f.receiver == a.receiver && f.exported && (a.methods == nil || slices.Contains(a.methods, name)) {
				visit(name)
			}
		}
	}
	return found
}
