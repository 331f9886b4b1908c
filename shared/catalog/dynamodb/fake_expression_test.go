package dynamodb_test

import (
	"fmt"
	"regexp"
)

// expression evaluates the few forms that the store uses: comparisons and
// attribute_not_exists, joined with AND and OR, in parentheses.
// [DynamoDB guide, Condition and filter expressions]
type expression struct {
	tokens        []string
	names, values map[string]any
	row           stored
}

var lexer = regexp.MustCompile(`[#:]?\w+|<=|[<>=(),]`)

// holds reports whether the expression in that field of the request is true of
// the row; without an expression it is.
func holds(request map[string]any, field string, row stored) bool {
	text, ok := request[field].(string)
	if !ok {
		return true
	}
	e := newExpression(request, text, row)
	result := e.or()
	if len(e.tokens) > 0 {
		panic(fmt.Sprintf("%s: cannot read on at %q", text, e.tokens))
	}
	return result
}

func newExpression(request map[string]any, text string, row stored) *expression {
	return &expression{lexer.FindAllString(text, -1), object(request["ExpressionAttributeNames"]), object(request["ExpressionAttributeValues"]), row}
}

func (e *expression) next() string {
	t := e.tokens[0]
	e.tokens = e.tokens[1:]
	return t
}

// accept takes the next token if it is this one.
func (e *expression) accept(token string) bool {
	if len(e.tokens) == 0 || e.tokens[0] != token {
		return false
	}
	e.next()
	return true
}

func (e *expression) expect(token string) {
	if !e.accept(token) {
		panic(fmt.Sprintf("want %q before %q", token, e.tokens))
	}
}

func (e *expression) or() bool {
	result := e.and()
	for e.accept("OR") {
		right := e.and()
		result = result || right
	}
	return result
}

func (e *expression) and() bool {
	result := e.term()
	for e.accept("AND") {
		right := e.term()
		result = result && right
	}
	return result
}

func (e *expression) term() bool {
	switch {
	case e.accept("("):
		result := e.or()
		e.expect(")")
		return result
	case e.accept("attribute_not_exists"):
		e.expect("(")
		a := e.attribute()
		e.expect(")")
		return a == nil
	}
	a, operator, b := e.attribute(), e.next(), e.values[e.next()]
	if a == nil || b == nil {
		return false
	}
	c := compare(a, b)
	return map[string]bool{"=": c == 0, "<": c < 0, ">": c > 0, "<=": c <= 0}[operator]
}

// attribute returns the attribute that the next token names; nil if the row has none.
func (e *expression) attribute() any {
	token := e.next()
	name, ok := e.names[token].(string)
	if !ok {
		panic(fmt.Sprintf("no name for %q", token))
	}
	return e.row[name]
}

// update applies "SET #a = if_not_exists(#a, :a), …" to the row.
func update(request map[string]any, row stored) {
	e := newExpression(request, request["UpdateExpression"].(string), row)
	e.expect("SET")
	for {
		name := e.names[e.next()].(string)
		e.expect("=")
		e.expect("if_not_exists")
		e.expect("(")
		old := e.attribute()
		e.expect(",")
		if old == nil {
			old = e.values[e.tokens[0]]
		}
		e.next()
		e.expect(")")
		row[name] = old
		if !e.accept(",") {
			return
		}
	}
}
