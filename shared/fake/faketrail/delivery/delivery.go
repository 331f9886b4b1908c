// Package delivery is the twin of what CloudTrail does after a call: it gathers
// an account's records and delivers them to a bucket as log files, some minutes
// late and in no order, with a signed digest file every hour. Names, contents
// and the chain of digests are as the CloudTrail guide describes them, so that
// what reads them cannot tell.
package delivery

import (
	"context"
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
	// Journal keeps what waits to be delivered, the chain of digests and the
	// private key over the end of the process; nil: nothing outlives it.
	Journal fake.Journal
}

// Delivery gathers and delivers. It is not safe for concurrent use, but for the
// calls that it is told of.
type Delivery struct {
	cfg     Config
	to      Bucket
	regions map[string]*region
	random  *fake.Rand
	signer  *signer // nil: not needed yet
	end     func()

	seq     uint64 // of records
	changes []fake.Change
}

// region is what waits to be delivered of one Region, and its chain of digests.
type region struct {
	docs  []doc
	dirty bool // saved otherwise
	chain
}

// chain is what the Region's next digest is made of. Exported fields are what
// the journal keeps.
type chain struct {
	Next    time.Time // of the next log file
	Logs    []digest.LogFile
	Oldest  string
	Newest  string
	Start   time.Time // of the digest's period; zero: no digest yet
	Last    *digest.File
	Content []byte // of the last digest
	Signed  string // its signature
}

// doc is one record that waits.
type doc struct {
	id   string // in the journal
	at   string // its eventTime
	body []byte
}

// Start begins to gather an account's records, or goes on where the journal
// says; now is the trail's beginning.
func Start(trail *faketrail.Trail, to Bucket, cfg Config, now time.Time) (*Delivery, error) {
	if cfg.Every <= 0 {
		cfg.Every = DefaultEvery
	}
	if cfg.Records <= 0 {
		cfg.Records = DefaultRecords
	}
	if cfg.Journal == nil {
		cfg.Journal = fake.NoJournal
	}
	d := &Delivery{cfg: cfg, to: to, regions: map[string]*region{}, random: fake.NewRand(cfg.Seed, "delivery")}
	if err := d.load(); err != nil {
		return nil, fmt.Errorf("loading the trail %s: %w", cfg.Name, err)
	}
	if cfg.Validate {
		d.regionOf(cfg.HomeRegion, now)
	}
	d.end = trail.SubscribeTo(cfg.Account, cfg.Wants, d.take)
	return d, d.Save()
}

// Stop ends the gathering; what was gathered is still delivered by Tick.
func (d *Delivery) Stop() { d.end() }

func (d *Delivery) regionOf(name string, at time.Time) *region {
	r := d.regions[name]
	if r == nil {
		r = &region{dirty: true}
		if d.cfg.Validate {
			r.Start = at.UTC().Truncate(digestEvery)
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
		r.Next = at.Truncate(d.cfg.Every).Add(2 * d.cfg.Every) // gathered for one period, delivered in the next
		r.dirty = true
	}
	d.seq++
	next := doc{id: docID(rec.AWSRegion, d.seq), at: rec.EventTime, body: rec.JSON()}
	r.docs = append(r.docs, next)
	d.keep(kindRecord, next.id, next.body)
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
			take(r.Next)
		}
		if !r.Start.IsZero() {
			take(r.Start.Add(digestEvery))
		}
	}
	return best, !best.IsZero()
}

// Tick delivers what is due. On an error the rest stays due.
func (d *Delivery) Tick(ctx context.Context, now time.Time) error {
	for _, name := range slices.Sorted(maps.Keys(d.regions)) {
		r := d.regions[name]
		for len(r.docs) > 0 && !r.Next.After(now) {
			if err := d.deliver(ctx, name, r, now); err != nil {
				return err
			}
		}
		for !r.Start.IsZero() && !r.Start.Add(digestEvery).After(now) {
			if err := d.digest(ctx, name, r); err != nil {
				return err
			}
		}
	}
	return d.Save()
}
