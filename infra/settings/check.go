package settings

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

var (
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	classForm   = regexp.MustCompile(`^db\.[a-z0-9]+\.[a-z0-9]+$`)
	groupForm   = regexp.MustCompile(`^sg-[0-9a-f]{8,17}$`)
	bucketForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`) // [S3 guide, Bucket naming rules]
	prefixForm  = regexp.MustCompile(`^([A-Za-z0-9!_.*'()-]+/)*$`)
	engineForm  = regexp.MustCompile("^(" + deployment.EngineForm + ")$")
	knownForm   = regexp.MustCompile("^(" + deployment.PrincipalForm + ")$")
)

// retentions are the days that a log group can keep its events, from a week.
// [CloudWatch Logs API reference, PutRetentionPolicy]
var retentions = []int{7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// checks gathers what is wrong.
type checks []error

func (c *checks) that(ok bool, key, hint string, v any) {
	if !ok {
		*c = append(*c, coded.Field("context."+key, hint, "%s cannot be used", show(v)))
	}
}

func (c *checks) each(list []string, form *regexp.Regexp, key, hint string) {
	for _, s := range list {
		c.that(form.MatchString(s), key, hint, s)
	}
}

// within refuses what is below or above bounds.
func within[T int | time.Duration](c *checks, v, from, to T, key string) {
	c.that(v >= from && v <= to, key, fmt.Sprintf("give %v to %v", from, to), v)
}

// check returns every problem, by key.
func (s Settings) check() []error {
	var c checks
	s.checkPlaces(&c)
	s.checkContacts(&c)
	s.checkDatabases(&c)
	s.checkTrail(&c)
	return c
}

func (s Settings) checkPlaces(c *checks) {
	c.that(len(s.Regions) > 0, "regions", "list the Regions that get a cell, such as eu-central-1", s.Regions)
	for i, r := range s.Regions {
		c.that(events.SupportedRegion(r), "regions", "give a Region of a realm: see events.Regions", r)
		c.that(!slices.Contains(s.Regions[:i], r), "regions", "list each Region once", r)
	}
	for _, realm := range s.Realms {
		of := events.RegionsOf(realm)
		c.that(of != nil, "realms", "give a realm: see events.Realms", realm)
		c.that(of == nil || slices.ContainsFunc(of, func(r string) bool { return slices.Contains(s.Regions, r) }),
			"realms", "add a Region of the realm to regions, or leave the realm out", realm)
	}
	for _, r := range s.Regions {
		in := func(realm events.Realm) bool { return events.InRealm(r, realm) }
		c.that(len(s.Realms) == 0 || slices.ContainsFunc(s.Realms, in), "regions", "add its realm to realms, or leave the Region out", r)
	}
	c.that(s.EntryRegion == "" || slices.Contains(s.Regions, s.EntryRegion), "entryRegion", "give one of regions", s.EntryRegion)
	s.checkZones(c)
}

func (s Settings) checkContacts(c *checks) {
	if err := s.Events(Trail{}).Validate(); err != nil {
		c.that(false, "commerceSource", coded.Hint(err), s.CommerceSource)
	}
	c.that(s.CommerceSource != "", "commerceSource", "give a name of your own, or leave the key out", s.CommerceSource)
	c.each(s.CommerceAccounts, accountForm, "commerceAccounts", "give AWS accounts of 12 digits")
	address, err := mail.ParseAddress(s.Alarms)
	c.that(err == nil && address.Name == "" && address.Address == s.Alarms, "alarms", "give the e-mail address that alarms go to", s.Alarms)
	u, err := url.Parse(s.RunbookBase)
	c.that(err == nil && u.Scheme == "https" && u.Host != "", "runbookBase", "give the https address under which docs/runbook.md can be read", s.RunbookBase)
	c.that(slices.Contains([]string{"debug", "info", "warn", "error"}, s.LogLevel), "logLevel", "give debug, info, warn or error", s.LogLevel)
	c.that(slices.Contains(retentions, s.LogDays), "logDays", "give one of the days that CloudWatch Logs offers, such as 30, 90 or 365", s.LogDays)
	c.that(s.Intake == "open" || s.Intake == "listed", "intake", "give open or listed", s.Intake)
	c.each(s.IntakeAccounts, accountForm, "intakeAccounts", "give AWS accounts of 12 digits")
	c.that(s.Intake != "listed" || len(s.IntakeAccounts) > 0, "intakeAccounts", "list the customers' accounts, or set intake to open", s.IntakeAccounts)
	c.that(s.Intake != "open" || len(s.IntakeAccounts) == 0, "intakeAccounts", "set intake to listed, or leave the accounts out", s.IntakeAccounts)
}

func (s Settings) checkDatabases(c *checks) {
	c.that(classForm.MatchString(s.DatabaseClass), "databaseClass", "give a class such as db.m7g.large", s.DatabaseClass)
	within(c, s.DatabaseStorageGiB, deployment.StorageGiBMin, deployment.StorageGiBMax, "databaseStorageGiB")
	c.that(engineForm.MatchString(s.EngineVersion), "engineVersion", "give "+deployment.EngineMajor+" as a text, or a minor version of it that "+
		"aws rds describe-db-engine-versions lists", s.EngineVersion)
	within(c, s.ShardCapacity, 1, deployment.ShardCapacityMax, "shardCapacity")
	c.that(s.SnapshotSchedule == "monthly" || s.SnapshotSchedule == "daily", "snapshotSchedule", "give monthly or daily", s.SnapshotSchedule)
	within(c, s.UnreachableLimit, deployment.UnreachableMin, deployment.UnreachableMax, "unreachableLimit")
	vpc, err := netip.ParsePrefix(s.VPCCIDR)
	c.that(s.VPCCIDR == "" || err == nil && vpc.Addr().Is4() && vpc == vpc.Masked() && vpc.Bits() >= 16 && vpc.Bits() <= 24,
		"vpcCidr", "give a range of IPv4 addresses from /16 to /24, such as 10.64.0.0/16", s.VPCCIDR)
	c.each(s.ApplicationGroups, groupForm, "applicationGroups", "give ids of security groups, sg-…")
	for _, cidr := range s.ApplicationCIDRs {
		p, err := netip.ParsePrefix(cidr)
		c.that(err == nil && p.Bits() > 0 && p == p.Masked(), "applicationCidrs", "give address ranges such as 10.1.0.0/16, and not the whole Internet", cidr)
	}
}

func (s Settings) checkTrail(c *checks) {
	s.checkTrails(c)
	c.each(s.KnownPrincipals, knownForm, "knownPrincipals",
		`give ARNs of roles or users (or beginnings of them that end in *) and names of services, or "any" alone: nobody is told of as unknown then`)
	for i, p := range s.KnownPrincipals {
		c.that(!slices.Contains(s.KnownPrincipals[:i], p), "knownPrincipals", "list each once", p)
		own := func(region string) bool { return strings.HasSuffix(p, ":role/"+deployment.Prefix+"-"+region+"-*") }
		c.that(!slices.ContainsFunc(s.Regions, own), "knownPrincipals", "leave it out: a cell's own roles are always known", p)
	}
	var trails []string
	for _, text := range s.RetiredTrails {
		trail, _, err := deployment.ParseRetiredTrail(text)
		c.that(err == nil, "retiredTrails",
			"give trails as ACCOUNT/REGION/HOME REGION/NAME@HOUR, such as 111122223333/us-west-2/us-east-1/management@2026-03-01T20", text)
		c.that(err != nil || !slices.Contains(trails, trail), "retiredTrails", "list each trail once", text)
		trails = append(trails, trail)
	}
}

// Problems returns the single problems of an error that Read returned.
func Problems(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}
