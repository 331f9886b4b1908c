package demo

import (
	"context"
	"fmt"
	"time"

	"latchkey/localstack/cell"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/fake"
	"latchkey/shared/fake/fakerds"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/keyusage"
	"latchkey/shared/reconcile"
	"latchkey/shared/snapshot"
)

const (
	platform = "111122223333"
	// kmsLag is how long KMS takes to show a change everywhere in this story.
	kmsLag = 30 * time.Second
)

// delivery is how late AWS's own events come.
var delivery = cell.Delay{Min: 2 * time.Second, Max: 45 * time.Second}

// regions are those that the cell serves; the first is its home.
var regions = []string{"eu-central-1", "us-east-1", "eu-west-2", "ap-southeast-2", "ap-northeast-1"}

// story is one telling. Its steps are chained by err: once it is set, they do
// nothing.
type story struct {
	Options
	ctx   context.Context
	err   error
	rng   *fake.Rand
	clock *fake.Clock
	cell  *cell.Cell
	out   *printer
	watch *watch
	notes notes
	books books
	trail *trail

	cast []*customer
	by   map[string]*customer
	keys map[string]*key // by ARN, the platform's too
	ring []*key          // the same, in order
	dark map[string]bool // Regions in which KMS gives no answer

	served, refused int // requests, by the answer
	verdicts        [promises]verdict
	report          Report
}

func newStory(ctx context.Context, o Options) (*story, error) {
	s := &story{
		Options: o, ctx: ctx, rng: fake.NewRand(o.Seed, "demo"), clock: fake.NewClock(epoch),
		out: newPrinter(o.Out, o.JSON), by: map[string]*customer{}, keys: map[string]*key{}, dark: map[string]bool{},
	}
	s.report.Tenants = o.Tenants
	s.notes.story = s
	s.trail = newTrail()
	s.books = books{made: map[string]bool{}, multiAZ: map[string]bool{}, confirmed: map[string]bool{}, marked: map[string]bool{}, restored: map[string]news{}, findings: map[keyusage.Kind]int{}}
	store := embedded.NewMemory(s.clock)
	s.watch = newWatch(s, store)
	c, err := cell.New(ctx, cell.Config{
		Account: platform, Regions: regions, Seed: o.Seed, Clock: s.clock, Store: store,
		MaxLag: kmsLag, Delay: delivery, Hooks: o.hooks,
		Ledger: s.trail.ledger(o),
		Wrap:   func(catalog.Store) catalog.Store { return s.watch },
		Sent:   s.watch.sent, Handling: s.watch.handling, Handled: s.watch.handled,
		Quotas: fakerds.Quotas{Instances: 2 * MaxTenants, StorageGiB: 1 << 30, ManualSnapshots: 1 << 20},
		Adjust: func(c *reconcile.Config) { c.Schedule = snapshot.Daily },
	})
	if err != nil {
		return nil, err
	}
	s.cell = c
	c.Trail.SubscribeTo(platform, s.trail.count, func(faketrail.Record) {})
	for _, region := range regions {
		s.own(&key{arn: c.Audit.Config.PlatformKeys[region], account: platform, region: region})
	}
	return s, nil
}

// own takes note of a key.
func (s *story) own(k *key) {
	s.keys[k.arn] = k
	s.ring = append(s.ring, k)
}

// fail ends the story; the first error counts.
func (s *story) fail(doing string, err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("%s (%s): %w", doing, moment(s.clock.Now()), err)
	}
}

// look is how often applications ask for their contexts while time passes.
const look = time.Hour

// until lets time pass until a moment, with a look at least every hour.
func (s *story) until(t time.Time) {
	for s.err == nil && s.clock.Now().Before(t) {
		next := s.clock.Now().Truncate(look).Add(look)
		if next.After(t) {
			next = t
		}
		s.fail("letting time pass", s.cell.Advance(s.ctx, next))
		s.glance()
	}
	s.notes.flush()
}

// at lets time pass until a day of the story and an hour of it, "15:04".
func (s *story) at(dayOfStory int, hour string) {
	h, err := time.Parse("15:04", hour)
	s.fail("reading the script", err)
	midnight := epoch.Truncate(day).Add(time.Duration(dayOfStory) * day)
	s.until(midnight.Add(time.Duration(h.Hour())*time.Hour + time.Duration(h.Minute())*time.Minute))
}

// pass lets time pass for a while.
func (s *story) pass(d time.Duration) { s.until(s.clock.Now().Add(d)) }

// passUntil lets time pass, minute by minute, until something is so, and for
// no longer than max. It returns how long that took and whether it came to be.
func (s *story) passUntil(max time.Duration, so func() bool) (took time.Duration, came bool) {
	began := s.clock.Now()
	for s.err == nil {
		took = s.clock.Now().Sub(began)
		if so() {
			return took, true
		}
		if took >= max {
			return took, false
		}
		s.until(s.clock.Now().Add(time.Minute))
	}
	return took, false
}

// say writes a line of the story.
func (s *story) say(name string, t tone, format string, args ...any) {
	s.notes.flush()
	s.out.line(s.clock.Now(), name, t, fmt.Sprintf(format, args...))
}

// Names in the second column that are not a customer's.
const (
	latchkey = "latchkey"
	commerce = "commerce"
	aws      = "aws"
)
