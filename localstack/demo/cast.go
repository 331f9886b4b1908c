package demo

import (
	"fmt"
	"time"

	"latchkey/events"
	"latchkey/shared/customerkey/keypolicy"
	"latchkey/shared/fake/fakekms"
)

// customer is one tenant of the story.
type customer struct {
	id        string
	region    string
	placement string
	choice    string // of the key
	products  []string
	back      string // how the way back starts
	backups   string
	key       *key // of its own, or nil
	named     bool // narrated; the others are only counted
	early     bool // its first product comes before its Tenant Created
	writes    bool // its applications write a row an hour, to prove what came back

	sequence  int64
	sent      []sent         // what commerce said of it
	rows      map[string]int // rows written, by product
	history   map[string][]row
	destroyed bool
	lost      bool // its key is deleted for good
}

// row is one row that an application wrote to a product's database.
type row struct {
	value string
	at    time.Time
}

// key is a KMS key and what its owner has done with it.
type key struct {
	arn, account, region string
	owner                *customer   // nil: the platform's
	users                []*customer // whose databases are under it
	forwards             bool        // its account forwards its key events to us

	revokedAt time.Time // by its owner, who has not given it back; zero: usable
	reported  bool      // that is a call which says so, and we hear of it
	deletion  time.Time // of a pending deletion
	shut      bool      // a lock is recorded, and no unlock that its owner allowed
	lockedAt  time.Time // of the last lock
	lockWall  time.Duration
	locks     int
	cautious  bool  // the last lock was a precaution
	warnings  []int // days
}

func (k *key) admin() string { return "arn:aws:iam::" + k.account + ":role/KeyAdmin" }

// part describes one customer with a part in the story.
type part struct {
	id, region, placement, choice string
	products                      []string
	silent                        bool // no forwarding rule
	writes                        bool
}

var roles = []part{
	{id: "alder", region: "eu-central-1", placement: events.PlacementShared, choice: events.KeyPlatform, products: []string{"tracker", "wiki"}},
	{id: "birch", region: "us-east-1", placement: events.PlacementShared, choice: events.KeyAWSOwned, products: []string{"tracker"}},
	{id: "cedar", region: "eu-central-1", placement: events.PlacementDedicated, choice: events.KeyCustomer, products: []string{"tracker"}},
	{id: "elm", region: "eu-central-1", placement: events.PlacementDedicated, choice: events.KeyCustomer, products: []string{"desk", "tracker", "wiki"}, writes: true},
	{id: "fir", region: "us-east-1", placement: events.PlacementDedicated, choice: events.KeyCustomer, products: []string{"tracker", "wiki"}, writes: true},
	{id: "hazel", region: "eu-west-2", placement: events.PlacementDedicated, choice: events.KeyCustomer, products: []string{"desk", "wiki"}},
	{id: "juniper", region: "ap-southeast-2", placement: events.PlacementDedicated, choice: events.KeyCustomer, products: []string{"tracker"}, writes: true},
	{id: "larch", region: "ap-northeast-1", placement: events.PlacementDedicated, choice: events.KeyCustomer, products: []string{"desk"}, silent: true, writes: true},
	{id: "maple", region: "eu-central-1", placement: events.PlacementDedicated, choice: events.KeyCustomer, products: []string{"tracker"}},
	{id: "oak", region: "eu-west-2", placement: events.PlacementDedicated, choice: events.KeyPlatform, products: []string{"tracker"}},
	{id: "rowan", region: "us-east-1", placement: events.PlacementShared, choice: events.KeyPlatform, products: []string{"wiki"}},
}

// maxKeys bounds the customers with a key of their own: every key is probed all
// through the story.
const maxKeys = 60

// gather makes the customers: those with a part, and a crowd.
func (s *story) gather() {
	for _, p := range roles {
		c := &customer{id: p.id, region: p.region, placement: p.placement, choice: p.choice, products: p.products,
			backups: events.Backups30Days, named: true, writes: p.writes, early: p.id == "rowan"}
		if p.id == "juniper" {
			c.back = events.ReturnApproval
		}
		s.join(c, !p.silent)
	}
	keys := 0
	for _, c := range s.cast {
		if c.key != nil {
			keys++
		}
	}
	for i := len(s.cast); i < s.Tenants; i++ {
		c := s.oneOfMany(i, keys < maxKeys)
		if c.choice == events.KeyCustomer {
			keys++
		}
		s.join(c, s.rng.Int64N(4) > 0)
	}
}

// oneOfMany draws a customer of the crowd: one in five brings a key.
func (s *story) oneOfMany(i int, mayBringKey bool) *customer {
	c := &customer{id: fmt.Sprintf("tenant-%04d", i), region: regions[s.rng.Int64N(int64(len(regions)))],
		placement: events.PlacementShared, choice: events.KeyPlatform, products: []string{"tracker"}, backups: events.Backups30Days}
	if s.rng.Int64N(3) == 0 {
		c.backups = events.Backups7Days
	}
	if i%4 == 0 {
		c.products = append(c.products, "wiki")
	}
	switch {
	case i%5 == 0 && mayBringKey:
		c.placement, c.choice = events.PlacementDedicated, events.KeyCustomer
	case i%10 == 1:
		c.placement = events.PlacementDedicated
	case i%5 == 2:
		c.choice = events.KeyAWSOwned
	}
	return c
}

// join puts a customer in the cast, and makes its key where it brings one.
func (s *story) join(c *customer, forwards bool) {
	c.rows, c.history = map[string]int{}, map[string][]row{}
	s.cast = append(s.cast, c)
	s.by[c.id] = c
	if c.choice == events.KeyCustomer && s.err == nil {
		s.bring(c, forwards)
	}
	if k := s.keyOf(c); k != nil {
		k.users = append(k.users, c)
	}
}

// bring makes a customer's own key.
func (s *story) bring(c *customer, forwards bool) {
	k := &key{account: fmt.Sprintf("4444%08d", len(s.cast)), region: c.region, owner: c, forwards: forwards}
	without := ""
	if c.id == "cedar" {
		without = keypolicy.GrantForRDS
	}
	arn, err := s.cell.KMS.CreateKey(s.ctx, k.admin(), fakekms.CreateKeyInput{Region: k.region, Policy: s.policy(k, true, without)})
	s.fail("making a key", err)
	k.arn, c.key = arn, k
	s.own(k)
	s.trail.record(k)
	if forwards {
		s.cell.Forward(k.account)
	}
}

// keyOf returns the key that a customer's databases must be under: its own, the
// platform's, or nil for AWS's.
func (s *story) keyOf(c *customer) *key {
	switch c.choice {
	case events.KeyCustomer:
		return c.key
	case events.KeyPlatform:
		return s.keys[s.cell.Audit.Config.PlatformKeys[c.region]]
	}
	return nil
}
