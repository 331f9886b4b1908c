package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"latchkey/events"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// Trail is where CloudTrail delivers the files of a Region already.
type Trail struct {
	Bucket string // of this account, in the Region
	Prefix string // of the objects there; may be empty
	Key    string // ARN of the key that the objects are under; empty: none
}

// Trail returns the trail that a Region has already; the zero value where the
// cell makes bucket and trail.
func (s Settings) Trail(region string) Trail { return s.Trails[region] }

// Events returns the configuration of the routing table of a cell. trail is the
// one that its ledger reads, whoever made it.
func (s Settings) Events(trail Trail) events.Config {
	return events.Config{CommerceSource: s.CommerceSource, TrailBucket: trail.Bucket, TrailPrefix: trail.Prefix}
}

// object takes an object, or a text that is one in JSON, as -c gives it.
func (r *reader) object(key string) map[string]any {
	v, ok := r.take(key)
	if !ok {
		return nil
	}
	if text, ok := v.(string); ok {
		var from map[string]any
		if json.Unmarshal([]byte(text), &from) == nil {
			return from
		}
	}
	from, ok := v.(map[string]any)
	if !ok {
		r.bad(key, "give an object whose members are Regions", v)
	}
	return from
}

// trails takes {"eu-central-1": {"bucket": …, "prefix": …, "key": …}}.
func (r *reader) trails(key string) map[string]Trail {
	var out map[string]Trail
	from := r.object(key)
	for _, region := range slices.Sorted(maps.Keys(from)) {
		members, ok := from[region].(map[string]any)
		if !ok {
			r.bad(key+"."+region, "give an object with bucket, prefix and key", from[region])
			continue
		}
		of := &reader{context: members, left: maps.Clone(members)}
		trail := Trail{Bucket: of.text("bucket", ""), Prefix: of.text("prefix", ""), Key: of.text("key", "")}
		for _, member := range slices.Sorted(maps.Keys(of.left)) {
			of.bad(member, "give bucket, prefix and key", of.left[member])
		}
		for _, problem := range of.errs {
			e := problem.(*coded.Error)
			e.Field = "context." + key + "." + region + "." + strings.TrimPrefix(e.Field, "context.")
			r.errs = append(r.errs, e)
		}
		if out == nil {
			out = map[string]Trail{}
		}
		out[region] = trail
	}
	return out
}

// zones takes a number, for every Region, or names or ids of zones by Region.
func (r *reader) zones(key string, otherwise int) (int, map[string][]string) {
	text, _ := r.context[key].(string)
	if _, isObject := r.context[key].(map[string]any); !isObject && !strings.HasPrefix(text, "{") {
		return r.number(key, otherwise), nil
	}
	from := r.object(key)
	out := map[string][]string{}
	for _, region := range slices.Sorted(maps.Keys(from)) {
		of := &reader{context: map[string]any{key + "." + region: from[region]}, left: map[string]any{}}
		out[region] = of.list(key + "." + region)
		r.errs = append(r.errs, of.errs...)
	}
	return otherwise, out
}

// zoneForm is that of a zone's name (us-east-1a) and of its id (use1-az1), which
// is the same zone in every account. [EC2 guide, Availability Zones]
var zoneForm = regexp.MustCompile(`^([a-z]{2}(-[a-z]+)+-[0-9][a-z]|[a-z]{3,4}[0-9]-az[0-9])$`)

func (s Settings) checkZones(c *checks) {
	c.that(s.Zones == 2 || s.Zones == 3, "zones", "give 2 or 3, or names or ids of zones by Region", s.Zones)
	for _, region := range slices.Sorted(maps.Keys(s.ZoneNames)) {
		key, names := "zones."+region, s.ZoneNames[region]
		c.that(slices.Contains(s.Regions, region), key, "give one of regions", region)
		c.that(len(names) == 2 || len(names) == 3, key, "give 2 or 3 zones", names)
		for i, n := range names {
			named := strings.HasPrefix(n, region)
			c.that(zoneForm.MatchString(n) && (named || strings.Contains(n, "-az")), key,
				"give names such as "+region+"a, or ids such as use1-az1, of the Region's zones", n)
			c.that(!slices.Contains(names[:i], n), key, "list each zone once", n)
			c.that(named == strings.HasPrefix(names[0], region), key, "give names or ids, not both: they may be the same zone", n)
		}
	}
}

func (s Settings) checkTrails(c *checks) {
	taken := map[string]string{} // bucket → Region
	for _, region := range slices.Sorted(maps.Keys(s.Trails)) {
		trail, key := s.Trails[region], "trails."+region
		c.that(slices.Contains(s.Regions, region), key, "give one of regions", region)
		c.that(bucketForm.MatchString(trail.Bucket), key+".bucket", "give the name of the bucket that CloudTrail delivers to", trail.Bucket)
		c.that(taken[trail.Bucket] == "", key+".bucket", "a bucket is in one Region: give the one in "+region+", or leave the Region out and have a trail made", trail.Bucket)
		taken[trail.Bucket] = region
		c.that(prefixForm.MatchString(trail.Prefix) && len(trail.Prefix) <= deployment.TrailPrefixMax, key+".prefix",
			fmt.Sprintf("give a prefix of at most %d characters that ends in a slash, or none", deployment.TrailPrefixMax), trail.Prefix)
		if trail.Key != "" {
			arn, err := events.ParseKeyARN(trail.Key)
			c.that(err == nil && arn.Region == region, key+".key", "give the ARN of the key of "+region+" that the trail's files are under", trail.Key)
		}
	}
}
