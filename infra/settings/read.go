package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// Read returns the settings of a context, with defaults for what is not given.
// Its error joins a coded.Invalid for every problem. The CDK's own keys are left
// alone; any other unknown key is a problem.
func Read(context map[string]any) (Settings, error) {
	r := &reader{context: context, left: maps.Clone(context)}
	s := Settings{
		Regions:            r.list("regions"),
		EntryRegion:        r.text("entryRegion", ""),
		CommerceSource:     r.text("commerceSource", events.SourceCommerce),
		CommerceAccounts:   r.list("commerceAccounts"),
		Alarms:             r.text("alarms", ""),
		RunbookBase:        r.text("runbookBase", ""),
		LogLevel:           r.text("logLevel", "info"),
		LogDays:            r.number("logDays", 90),
		ReserveConcurrency: r.truth("reserveConcurrency", true),
		DatabaseClass:      r.text("databaseClass", "db.m7g.large"),
		DatabaseStorageGiB: r.number("databaseStorageGiB", 100),
		EngineVersion:      r.text("engineVersion", deployment.EngineVersion),
		ShardCapacity:      r.number("shardCapacity", 50),
		SnapshotSchedule:   r.text("snapshotSchedule", "monthly"),
		UnreachableLimit:   r.duration("unreachableLimit", 30*time.Minute),
		VPCCIDR:            r.text("vpcCidr", ""),
		ApplicationGroups:  r.list("applicationGroups"),
		ApplicationCIDRs:   r.list("applicationCidrs"),
		Intake:             r.text("intake", "open"),
		IntakeAccounts:     r.list("intakeAccounts"),
		Trails:             r.trails("trails"),
		KnownPrincipals:    r.list("knownPrincipals"),
		RetiredTrails:      r.list("retiredTrails"),
	}
	if slices.Equal(s.KnownPrincipals, []string{anyPrincipal}) {
		s.KnownPrincipals, s.AnyPrincipal = nil, true
	}
	s.Zones, s.ZoneNames = r.zones("zones", 3)
	for _, realm := range r.list("realms") {
		s.Realms = append(s.Realms, events.Realm(realm))
	}
	if s.EntryRegion == "" && len(s.Regions) > 0 {
		s.EntryRegion = s.Regions[0]
	}
	r.unknown()
	r.errs = append(r.errs, s.check()...)
	return s, errors.Join(r.errs...)
}

// anyPrincipal, alone in knownPrincipals, turns the rule about unknown principals off.
const anyPrincipal = deployment.AnyPrincipal

// reader takes values out of a context and gathers what is wrong with them.
type reader struct {
	context, left map[string]any
	errs          []error
}

func (r *reader) take(key string) (any, bool) {
	v, ok := r.context[key]
	delete(r.left, key)
	return v, ok && v != nil
}

func (r *reader) bad(key, hint string, v any) {
	r.errs = append(r.errs, coded.Field("context."+key, hint, "%s cannot be used", show(v)))
}

func (r *reader) text(key, otherwise string) string {
	v, ok := r.take(key)
	if !ok {
		return otherwise
	}
	s, ok := v.(string)
	if !ok {
		r.bad(key, "give a text", v)
		return otherwise
	}
	return s
}

// list takes a list of texts, or one text with commas, as -c gives it.
func (r *reader) list(key string) []string {
	v, ok := r.take(key)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case string:
		return strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ' ' })
	case []any:
		var out []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				r.bad(key, "give a list of texts", e)
				continue
			}
			out = append(out, s)
		}
		return out
	}
	r.bad(key, "give a list of texts", v)
	return nil
}

// number takes a number, or a text that is one, as -c gives it.
func (r *reader) number(key string, otherwise int) int {
	v, ok := r.take(key)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		r.bad(key, "give a whole number", v)
		return otherwise
	}
	return n
}

func (r *reader) truth(key string, otherwise bool) bool {
	v, ok := r.take(key)
	if !ok {
		return otherwise
	}
	b, err := strconv.ParseBool(fmt.Sprint(v))
	if err != nil {
		r.bad(key, "give true or false", v)
		return otherwise
	}
	return b
}

func (r *reader) duration(key string, otherwise time.Duration) time.Duration {
	s := r.text(key, otherwise.String())
	d, err := time.ParseDuration(s)
	if err != nil {
		r.bad(key, "give a duration such as 30m", s)
		return otherwise
	}
	return d
}

// toolkitKeys are those that the CDK's CLI writes into the context, beside those
// with a colon or an @: cdk acknowledge, and cdk cli-telemetry.
// [aws-cdk-cli source, cdk-toolkit]
var toolkitKeys = []string{"acknowledged-issue-numbers", "cli-telemetry"}

func (r *reader) unknown() {
	for _, key := range slices.Sorted(maps.Keys(r.left)) {
		if !strings.ContainsAny(key, ":@") && !slices.Contains(toolkitKeys, key) {
			r.errs = append(r.errs, coded.Field("context."+key, "see docs/deploy.md for the keys that there are", "there is no such key"))
		}
	}
}

// show is a value as a message quotes it.
func show(v any) string {
	s := fmt.Sprintf("%q", fmt.Sprint(v))
	if len(s) > 80 {
		s = s[:77] + `…"`
	}
	return s
}
