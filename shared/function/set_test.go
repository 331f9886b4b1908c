package function_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
)

// variables is a config with one variable of each form.
type variables struct {
	Table      string
	Regions    []string
	Cells      map[string]string
	Capacity   int
	Limit      time.Duration
	Prefix     string
	Principals []string
}

var word = function.Form{Allowed: "a word", Pattern: `[a-z0-9-]+`, Max: 20}

func (v *variables) Bind(s *function.Set) {
	s.Text(deployment.EnvTable, &v.Table, word)
	s.List(deployment.EnvRegions, &v.Regions, word)
	s.Pairs(deployment.EnvCells, &v.Cells, word, word)
	s.Number(deployment.EnvShardCapacity, &v.Capacity, 1, 100)
	s.Duration(deployment.EnvUnreachable, &v.Limit, time.Minute, time.Hour)
	s.Text(deployment.EnvTrailPrefix, &v.Prefix, word)
	s.List(deployment.EnvKnownPrincipals, &v.Principals, word)
}

func good() map[string]string {
	return map[string]string{
		deployment.EnvTable: "t", deployment.EnvRegions: "a, b", deployment.EnvCells: "a=x,b=y",
		deployment.EnvShardCapacity: "50", deployment.EnvUnreachable: "30m", "PATH": "/bin",
	}
}

func environ(values map[string]string) []string {
	var out []string
	for name, value := range values {
		out = append(out, name+"="+value)
	}
	return out
}

// bind reads an environment and returns each problem's variable and text.
func bind(t *testing.T, values map[string]string) (variables, map[string]string) {
	t.Helper()
	var v variables
	s := function.NewSet(environ(values))
	v.Bind(s)
	problems := map[string]string{}
	if err := s.Err(); err != nil {
		for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
			var e *coded.Error
			if !errors.As(one, &e) || e.Code != coded.Invalid || e.Hint == "" {
				t.Errorf("problem %v has no hint or another code", one)
				continue
			}
			problems[e.Field] += e.Message + "; " + e.Hint
		}
	}
	return v, problems
}

func TestSet_Good(t *testing.T) {
	v, problems := bind(t, good())
	if len(problems) > 0 || v.Table != "t" || !slices.Equal(v.Regions, []string{"a", "b"}) || fmt.Sprint(v.Cells) != "map[a:x b:y]" ||
		v.Capacity != 50 || v.Limit != 30*time.Minute || v.Prefix != "" || v.Principals != nil {
		t.Errorf("read %+v, problems %v", v, problems)
	}
}

func TestSet_Problems(t *testing.T) {
	for _, c := range []struct{ name, variable, value, want string }{
		{"missing", deployment.EnvTable, "", "is not set; allowed: a word"},
		{"of blanks", deployment.EnvTable, "  ", "is not set"},
		{"another form", deployment.EnvTable, "A B", `"A B" is not allowed; allowed: a word`},
		{"too long a text", deployment.EnvTable, strings.Repeat("a", 21), "is not allowed"},
		{"a list with a hole", deployment.EnvRegions, "a,,b", `"a,,b" is not allowed; allowed: a comma-separated list of a word`},
		{"a list with one twice", deployment.EnvRegions, "a,a", "is not allowed"},
		{"a pair without value", deployment.EnvCells, "a", "pairs of a word = a word"},
		{"a pair twice", deployment.EnvCells, "a=x,a=y", "is not allowed"},
		{"no number", deployment.EnvShardCapacity, "many", `"many" is not allowed; allowed: 1 … 100`},
		{"too large", deployment.EnvShardCapacity, "101", "1 … 100"},
		{"no duration", deployment.EnvUnreachable, "30", "1m0s … 1h0m0s"},
		{"too long", deployment.EnvUnreachable, "2h", "1m0s … 1h0m0s"},
		{"optional, but wrong", deployment.EnvTrailPrefix, "A B", "is not allowed"},
		{"of nobody", "LATCHKEY_TABEL", "t", "does not read it; remove it, or correct its name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values := good()
			values[c.variable] = c.value
			_, problems := bind(t, values)
			if len(problems) != 1 || !strings.Contains(problems[c.variable], c.want) {
				t.Errorf("problems %v, want %q at %s", problems, c.want, c.variable)
			}
		})
	}
}

// Everything that is wrong is told at once.
func TestSet_AllProblems(t *testing.T) {
	_, problems := bind(t, map[string]string{deployment.EnvShardCapacity: "0", "LATCHKEY_X": "1"})
	for _, name := range []string{deployment.EnvTable, deployment.EnvRegions, deployment.EnvCells, deployment.EnvShardCapacity, deployment.EnvUnreachable, "LATCHKEY_X"} {
		if problems[name] == "" {
			t.Errorf("nothing about %s", name)
		}
	}
	if len(problems) != 6 {
		t.Errorf("%d problems: %v", len(problems), problems)
	}
}
