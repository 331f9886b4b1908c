package function

import (
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// variablePrefix begins the name of every variable of ours.
const variablePrefix = "LATCHKEY_"

// Set reads a function's variables. Each method reads one, names it as read, and
// keeps what is wrong with it, so that Err can tell all at once. A variable that
// is missing or empty is a problem, unless deployment.Optional names it: then
// what the destination holds stays.
type Set struct {
	values map[string]string
	read   []string
	errs   []error
}

// NewSet returns a set over an environment of "NAME=value" strings.
func NewSet(environ []string) *Set {
	s := &Set{values: map[string]string{}}
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			s.values[name] = value
		}
	}
	return s
}

// Names returns the variables that were read, sorted.
func (s *Set) Names() []string { return slices.Sorted(slices.Values(s.read)) }

// Err returns every problem, one coded.Invalid error for each variable, joined.
// A variable of ours that is set but that nothing reads is one too: it is
// misspelled, or belongs to another version.
func (s *Set) Err() error {
	errs := slices.Clone(s.errs)
	for name, value := range s.values {
		if strings.HasPrefix(name, variablePrefix) && !slices.Contains(s.read, name) {
			errs = append(errs, coded.Field(name, "remove it, or correct its name; this function reads "+strings.Join(s.Names(), ", "),
				"%q is set, but the function does not read it", value))
		}
	}
	slices.SortStableFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// value returns what a variable is set to, and whether there is anything to read.
func (s *Set) value(name, allowed string) (string, bool) {
	s.read = append(s.read, name)
	value := strings.TrimSpace(s.values[name])
	if value == "" && !slices.Contains(deployment.Optional(), name) {
		s.errs = append(s.errs, coded.Field(name, "allowed: "+allowed, "is not set"))
	}
	return value, value != ""
}

// Refuse notes a problem with a variable that was read; allowed says what it may be.
func (s *Set) Refuse(name, value, allowed string) {
	s.errs = append(s.errs, coded.Field(name, "allowed: "+allowed, "%q is not allowed", value))
}

// Form is what the text of a variable must look like.
type Form struct {
	Allowed string // for people
	Pattern string // a regular expression for the whole text
	Max     int    // bytes; 0: any number
}

// fits reports whether a text has the form. Patterns are compiled when they are
// needed, not when the process starts: a function reads few of all there are.
func (f Form) fits(text string) bool {
	return (f.Max == 0 || len(text) <= f.Max) && regexp.MustCompile("^(?:"+f.Pattern+")$").MatchString(text)
}

// Text reads a text of one form.
func (s *Set) Text(name string, into *string, f Form) {
	value, ok := s.value(name, f.Allowed)
	switch {
	case !ok:
	case !f.fits(value):
		s.Refuse(name, value, f.Allowed)
	default:
		*into = value
	}
}

// List reads texts of one form with commas between them; none may come twice.
func (s *Set) List(name string, into *[]string, f Form) {
	allowed := "a comma-separated list of " + f.Allowed
	value, ok := s.value(name, allowed)
	if !ok {
		return
	}
	var list []string
	for one := range strings.SplitSeq(value, ",") {
		one = strings.TrimSpace(one)
		if !f.fits(one) || slices.Contains(list, one) {
			s.Refuse(name, value, allowed)
			return
		}
		list = append(list, one)
	}
	*into = list
}

// Pairs reads "name=value" with commas between them; no name may come twice.
func (s *Set) Pairs(name string, into *map[string]string, key, val Form) {
	allowed := "comma-separated pairs of " + key.Allowed + " = " + val.Allowed
	value, ok := s.value(name, allowed)
	if !ok {
		return
	}
	pairs := map[string]string{}
	for one := range strings.SplitSeq(value, ",") {
		k, v, ok := strings.Cut(strings.TrimSpace(one), "=")
		if !ok || !key.fits(k) || !val.fits(v) || pairs[k] != "" {
			s.Refuse(name, value, allowed)
			return
		}
		pairs[k] = v
	}
	*into = pairs
}

// Number reads a whole number within bounds.
func (s *Set) Number(name string, into *int, from, to int) {
	allowed := strconv.Itoa(from) + " … " + strconv.Itoa(to)
	value, ok := s.value(name, allowed)
	if !ok {
		return
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < from || n > to {
		s.Refuse(name, value, allowed)
		return
	}
	*into = n
}

// Duration reads a duration such as 30m within bounds.
func (s *Set) Duration(name string, into *time.Duration, from, to time.Duration) {
	allowed := from.String() + " … " + to.String()
	value, ok := s.value(name, allowed)
	if !ok {
		return
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < from || d > to {
		s.Refuse(name, value, allowed)
		return
	}
	*into = d
}

// level reads the log level.
func (s *Set) level(into *slog.Level) {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	const allowed = "debug, info, warn or error"
	value, ok := s.value(deployment.EnvLogLevel, allowed)
	if !ok {
		return
	}
	level, known := levels[value]
	if !known {
		s.Refuse(deployment.EnvLogLevel, value, allowed)
		return
	}
	*into = level
}
