// Package conformance runs a suite of contract tests on every implementation of
// a port: the adapter on AWS's wire format and its embedded twin.
//
// A suite is a list of cases, each of which opens a world of its own. What an
// implementation cannot do is a list of exceptions, each with its reason and
// with what its failures say. An excepted case is run all the same: it has to
// fail, and in that way only. So an exception that is not needed any more, and a
// second defect behind a known one, fail the test.
package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Case is one sentence of a port's contract. W is what the suite's tests arrange
// and ask; each case gets a new one.
type Case[W any] struct {
	Name string // "Use/disabled"; unique in its suite
	Run  func(t *T, w W)
}

// Exception is a case that an implementation does not pass.
type Exception struct {
	Case   string // its name, or a prefix that ends in "/*": then each such case is excepted
	Shows  string // what every failure of the case says, in part
	Reason string // why the implementation cannot do it
}

// Run runs every case as a subtest, and fails where the exceptions do not fit.
func Run[W any](t *testing.T, open func(t *testing.T) W, cases []Case[W], exceptions ...Exception) {
	t.Helper()
	names := make([]string, len(cases))
	for i, c := range cases {
		names[i] = c.Name
	}
	if err := fit(names, exceptions); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			e := exceptionOf(c.Name, exceptions)
			if e == nil {
				c.Run(&T{TB: t}, open(t))
				return
			}
			w := open(t)
			failures := record(t, func(t *T) { c.Run(t, w) })
			if err := e.judge(failures); err != nil {
				t.Error(err)
			}
			t.Logf("excepted: %s", e.Reason)
		})
	}
}

// covers reports whether the exception is for a case.
func (e *Exception) covers(name string) bool {
	if prefix, ok := strings.CutSuffix(e.Case, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return name == e.Case
}

func exceptionOf(name string, exceptions []Exception) *Exception {
	for i := range exceptions {
		if exceptions[i].covers(name) {
			return &exceptions[i]
		}
	}
	return nil
}

// fit returns what is wrong with a list of exceptions, or with the names.
func fit(names []string, exceptions []Exception) error {
	for i, name := range names {
		if name == "" || slices.Contains(names[:i], name) {
			return fmt.Errorf("case %d: the name %q is empty or taken", i, name)
		}
	}
	for i := range exceptions {
		e := &exceptions[i]
		used := false
		for _, name := range names {
			used = used || exceptionOf(name, exceptions) == e
		}
		switch {
		case !used:
			return fmt.Errorf("exception %q is for no case, or for one that has an exception before it", e.Case)
		case e.Shows == "" || e.Reason == "":
			return fmt.Errorf("exception %q: say what its failures show, and its reason", e.Case)
		}
	}
	return nil
}

// judge compares how an excepted case went with what the exception says.
func (e *Exception) judge(failures []string) error {
	if len(failures) == 0 {
		return fmt.Errorf("the case passes: take the exception %q out of the list (its reason was: %s)", e.Case, e.Reason)
	}
	for _, f := range failures {
		if !strings.Contains(f, e.Shows) {
			return fmt.Errorf("the case fails in another way than the exception %q says (%q): %s", e.Case, e.Shows, f)
		}
	}
	return nil
}
