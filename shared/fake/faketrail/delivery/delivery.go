// Package delivery is the twin of what CloudTrail does after a call: it gathers
// an account's records and delivers them to a bucket as log files, some minutes
// late and in no order, with a signed digest file every hour. Names, contents
// and the chain of digests are as the CloudTrail guide describes them, so that
// what reads them cannot tell.
package delivery

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/keyusage/digest"
)

// Bucket takes the trail's objects. Metadata names have no x-amz-meta- prefix.
type Bucket interface {
	PutObject(ctx context.Context, key string, body []byte, metadata map[string]string) error
}

// Defaults of Config. [CloudTrail guide, How CloudTrail works; CloudTrail digest file structure]
const (
	DefaultEvery   = 5 * time.Minute
	DefaultRecords = 5000
	digestEvery    = time.Hour
)

// Config is one trail of one account, which covers every Region.
type Config struct {
	Bucket     string // its name, as digests give it
	Account    string
	Name       string // of the trail
	HomeRegion string
	Seed       uint64
	Every      time.Duration // between two log files of a Region; 0: DefaultEvery
	Records    int           // most in one file; 0: DefaultRecords
	Validate   bool          // write digest files
	// Wants says which calls are recorded; nil: all of them.
	Wants func(faketrail.Call) bool
}

// Delivery gathers and delivers. It is not safe for concurrent use, but for the
// calls that it is told of.
type Delivery struct {
	cfg     Config
	to      Bucket
	regions map[string]*region
	random  *fake.Rand
	signer  *signer
	end     func()
}

// region is what waits to be delivered of one Region, and its chain of digests.
type region struct {
	docs    []faketrail.Record
	next    time.Time // of the next log file
	logs    []digest.LogFile
	oldest  string
	newest  string
	start   time.Time // of the digest's period; zero: no digest yet
	last    *digest.File
	content []byte // of the last digest
	signed  string // its signature
}

// Start begins to gather an account's records; now is the trail's beginning.
func Start(trail *faketrail.Trail, to Bucket, cfg Config, now time.Time) (*Delivery, error) {
	if cfg.Every <= 0 {
		cfg.Every = DefaultEvery
	}
	if cfg.Records <= 0 {
		cfg.Records = DefaultRecords
	}
	d := &Delivery{cfg: cfg, to: to, regions: map[string]*region{}, random: fake.NewRand(cfg.Seed, "delivery")}
	if cfg.Validate {
		var err error
		if d.signer, err = newSigner(); err != nil {
			return nil, err
		}
		d.regionOf(cfg.HomeRegion, now)
	}
	d.end = trail.SubscribeTo(cfg.Account, cfg.Wants, d.take)
	return d, nil
}

// Stop ends the gathering; what was gathered is still delivered by Tick.
func (d *Delivery) Stop() { d.end() }

func (d *Delivery) regionOf(name string, at time.Time) *region {
	r := d.regions[name]
	if r == nil {
		r = &region{}
		if d.cfg.Validate {
			r.start = at.UTC().Truncate(digestEvery)
		}
		d.regions[name] = r
	}
	return r
}

func (d *Delivery) take(rec faketrail.Record) {
	at, err := time.Parse(time.RFC3339, rec.EventTime)
	if err != nil {
		panic(fmt.Sprintf("faketrail made a record without a time: %q", rec.EventTime))
	}
	r := d.regionOf(rec.AWSRegion, at)
	if len(r.docs) == 0 {
		r.next = at.Truncate(d.cfg.Every).Add(2 * d.cfg.Every) // gathered for one period, delivered in the next
	}
	r.docs = append(r.docs, rec)
}

// NextAt returns when Tick has something to do.
func (d *Delivery) NextAt() (time.Time, bool) {
	var best time.Time
	take := func(t time.Time) {
		if best.IsZero() || t.Before(best) {
			best = t
		}
	}
	for _, r := range d.regions {
		if len(r.docs) > 0 {
			take(r.next)
		}
		if !r.start.IsZero() {
			take(r.start.Add(digestEvery))
		}
	}
	return best, !best.IsZero()
}

// Tick delivers what is due. On an error the rest stays due.
func (d *Delivery) Tick(ctx context.Context, now time.Time) error {
	for _, name := range slices.Sorted(maps.Keys(d.regions)) {
		r := d.regions[name]
		for len(r.docs) > 0 && !r.next.After(now) {
			if err := d.deliver(ctx, name, r, now); err != nil {
				return err
			}
		}
		for !r.start.IsZero() && !r.start.Add(digestEvery).After(now) {
			if err := d.digest(ctx, name, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// deliver writes one log file.
func (d *Delivery) deliver(ctx context.Context, name string, r *region, now time.Time) error {
	n := min(len(r.docs), d.cfg.Records)
	oldest, newest := r.docs[0].EventTime, r.docs[0].EventTime
	var doc bytes.Buffer
	doc.WriteString(`{"Records":[`)
	for i, rec := range r.docs[:n] {
		if i > 0 {
			doc.WriteByte(',')
		}
		doc.Write(rec.JSON())
		oldest, newest = min(oldest, rec.EventTime), max(newest, rec.EventTime)
	}
	doc.WriteString(`]}`)
	key := d.logKey(name, now)
	body, err := pack(doc.Bytes())
	if err != nil {
		return err
	}
	if err := d.to.PutObject(ctx, key, body, nil); err != nil {
		return fmt.Errorf("delivering %s: %w", key, err)
	}
	r.docs = slices.Delete(r.docs, 0, n)
	if !d.cfg.Validate {
		return nil
	}
	sum := sha256.Sum256(doc.Bytes())
	r.logs = append(r.logs, digest.LogFile{Bucket: d.cfg.Bucket, Object: key, Hash: hex.EncodeToString(sum[:]),
		HashAlgorithm: digest.HashAlgorithm, OldestEventTime: oldest, NewestEventTime: newest})
	if r.oldest == "" || oldest < r.oldest {
		r.oldest = oldest
	}
	r.newest = max(r.newest, newest)
	return nil
}

// logKey names a log file. [CloudTrail guide, CloudTrail log file name format]
func (d *Delivery) logKey(region string, at time.Time) string {
	at = at.UTC()
	return fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", d.cfg.Account, region,
		at.Format("2006/01/02"), d.cfg.Account, region, at.Format("20060102T1504Z"), d.unique())
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// unique returns the 16 characters that tell files of one minute apart.
func (d *Delivery) unique() string {
	b := make([]byte, 16)
	for i := range b {
		b[i] = letters[d.random.Int64N(int64(len(letters)))]
	}
	return string(b)
}

func pack(doc []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(doc); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
