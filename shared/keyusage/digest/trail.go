package digest

import (
	"context"
	"strings"
	"time"

	"latchkey/shared/coded"
)

// Trail says where a trail's digest files are.
type Trail struct {
	Bucket       string
	Prefix       string // of the trail, without a slash at its end, or empty
	Organization string // "o-…" for an organization's trail, or empty
	AccountID    string // whose events
	Region       string // whose events
	Name         string
	HomeRegion   string // where the trail is defined
}

// DigestPrefix is what the keys of all digest files begin with. [CloudTrail
// guide, CloudTrail digest file structure: digest file location]
func (t Trail) DigestPrefix() string {
	return t.accountPrefix() + "CloudTrail-Digest/" + t.Region + "/"
}

func (t Trail) accountPrefix() string {
	p := "AWSLogs/"
	if t.Prefix != "" {
		p = t.Prefix + "/" + p
	}
	if t.Organization != "" {
		p += t.Organization + "/"
	}
	return p + t.AccountID + "/"
}

// Holds reports whether a log file may be one of the trail's, by where it is: its
// key says the account and the Region, and not the trail. [CloudTrail guide,
// Finding your CloudTrail log files]
func (t Trail) Holds(bucket, key string) bool {
	rest, ours := strings.CutPrefix(key, t.accountPrefix())
	_, rest, _ = strings.Cut(rest, "/") // CloudTrail, CloudTrail-NetworkActivity
	return ours && bucket == t.Bucket && strings.HasPrefix(rest, t.Region+"/")
}

const keyTime = "20060102T150405Z"

// DigestKey is the key of the digest file whose period ends at a time.
func (t Trail) DigestKey(end time.Time) string {
	end = end.UTC()
	return t.DigestPrefix() + end.Format("2006/01/02/") + t.fileName() + end.Format(keyTime) + ".json.gz"
}

func (t Trail) fileName() string {
	return t.AccountID + "_CloudTrail-Digest_" + t.Region + "_" + t.Name + "_" + t.HomeRegion + "_"
}

// maxPages bounds a listing: at S3's 1,000 keys a page, 100 years of digests.
const maxPages = 1000

// entry is a digest file by its key.
type entry struct {
	key      string
	end      time.Time
	backfill bool // holds log files that came too late for their own digest
}

// list returns the trail's digest files whose period ends in [from, to].
func (t Trail) list(ctx context.Context, objects Objects, from, to time.Time) ([]entry, error) {
	var found []entry
	after := t.DigestKey(from.Add(-time.Second))
	for range maxPages {
		keys, err := objects.List(ctx, t.Bucket, t.DigestPrefix(), after)
		if err != nil {
			return nil, coded.Wrap(coded.Of(err), err, "listing digest files")
		}
		if len(keys) == 0 {
			return found, nil
		}
		for _, key := range keys {
			e, ours := t.entry(key)
			if ours && !e.backfill && e.end.After(to) {
				return found, nil
			}
			if ours && !e.end.After(to) && !e.end.Before(from) {
				found = append(found, e)
			}
		}
		after = keys[len(keys)-1]
	}
	return nil, coded.New(coded.Invalid, "more than %d pages of digest files", maxPages)
}

// entry reads a key; other trails may write beside this one.
func (t Trail) entry(key string) (entry, bool) {
	name := key[strings.LastIndexByte(key, '/')+1:]
	rest, ours := strings.CutPrefix(name, t.fileName())
	rest, suffixed := strings.CutSuffix(rest, ".json.gz")
	rest, backfill := strings.CutSuffix(rest, "_backfill")
	end, err := time.Parse(keyTime, rest)
	return entry{key: key, end: end, backfill: backfill}, ours && suffixed && err == nil
}

// ParseKey reads from the key of a digest file which trail it is of, and when
// its period ends.
func ParseKey(bucket, key string) (t Trail, end time.Time, ok bool) {
	name := strings.TrimSuffix(strings.TrimSuffix(key[strings.LastIndexByte(key, '/')+1:], ".json.gz"), "_backfill")
	parts := strings.Split(name, "_")
	before, at, found := strings.Cut(key, "AWSLogs/")
	n := len(parts)
	if !found || n < 6 || parts[1] != "CloudTrail-Digest" {
		return t, end, false
	}
	t = Trail{
		Bucket: bucket, Prefix: strings.TrimSuffix(before, "/"), AccountID: parts[0], Region: parts[2],
		Name: strings.Join(parts[3:n-2], "_"), HomeRegion: parts[n-2], // a name may have underscores
	}
	if org, _, _ := strings.Cut(at, "/"); strings.HasPrefix(org, "o-") {
		t.Organization = org
	}
	end, err := time.Parse(keyTime, parts[n-1])
	return t, end, err == nil && strings.HasPrefix(key, t.DigestPrefix())
}
