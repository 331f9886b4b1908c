package schema

import (
	"fmt"
	"regexp"
	"sync"
)

// Form is a regular expression that is compiled when it is first matched, so
// that a program does not pay at its start for what it may never use. It is
// safe for concurrent use and must not be copied.
type Form struct {
	expr string
	once sync.Once
	re   *regexp.Regexp
}

// NewForm returns the form of an expression in Go's syntax. One that does not
// compile panics at its first match; Set.Verify finds those of schemas.
func NewForm(expr string) *Form { return &Form{expr: expr} }

// MatchString reports whether the form matches some part of s.
func (f *Form) MatchString(s string) bool {
	f.once.Do(func() { f.re = regexp.MustCompile(f.expr) })
	return f.re.MatchString(s)
}

func (r reader) form(v any) (*Form, error) {
	expr, err := text(v)
	if err != nil {
		return nil, err
	}
	return r.set.form(expr), nil
}

// form returns the one Form of an expression.
func (set *Set) form(expr string) *Form {
	f, ok := set.patterns[expr]
	if !ok {
		f = NewForm(expr)
		set.patterns[expr] = f
	}
	return f
}

func (f *Form) compile() error {
	if _, err := regexp.Compile(f.expr); err != nil {
		return fmt.Errorf("pattern %q: %w", f.expr, err)
	}
	return nil
}
