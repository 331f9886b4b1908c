// Package trailtest makes CloudTrail log files for tests and benchmarks: of the
// shape, size and entropy of real ones, the same for the same seed, and with
// the truth beside them.
package trailtest

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// Config describes the files. A zero value means the default.
type Config struct {
	Seed       uint64
	Tenants    int           // default 40
	Databases  int           // of each tenant; default 3
	Roles      int           // application roles; default 12
	KMSPercent int           // share of KMS records; default 70
	Start      time.Time     // of the first file; default 2025-03-01
	PerFile    time.Duration // time that a file covers; default 5 minutes, as CloudTrail delivers
}

// Database is a tenant's database.
type Database struct {
	ID, ResourceID, VolumeID, SecretARN string
}

// Tenant is a tenant with a key of its own.
type Tenant struct {
	ID, KeyARN, KeyMaterialID string
	Databases                 []Database
}

// World is what the records are about.
type World struct {
	Account, Region string
	Tenants         []Tenant
	Roles           []string // ARNs
}

// Use is one KMS record, as it should come out of the ledger. Principal is the
// role behind a session, or the service.
type Use struct {
	Tenant, Database, KeyARN, Operation, Principal, ErrorCode string
	Hour                                                      int64 // hours since 1970
}

// Generator writes files. It is not safe for concurrent use.
type Generator struct {
	World World
	cfg   Config
	rng   *rand.Rand
	at    time.Time
	// Seen is called with each KMS record's truth, if set.
	Seen func(Use)
}

// New returns a generator.
func New(cfg Config) *Generator {
	cfg.Tenants = orDefault(cfg.Tenants, 40)
	cfg.Databases = orDefault(cfg.Databases, 3)
	cfg.Roles = orDefault(cfg.Roles, 12)
	cfg.KMSPercent = orDefault(cfg.KMSPercent, 70)
	if cfg.Start.IsZero() {
		cfg.Start = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	}
	if cfg.PerFile == 0 {
		cfg.PerFile = 5 * time.Minute
	}
	g := &Generator{cfg: cfg, rng: rand.New(rand.NewPCG(cfg.Seed, 0x6c6b))}
	g.World = g.newWorld()
	return g
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func (g *Generator) newWorld() World {
	w := World{Account: "111122223333", Region: "us-east-1"}
	for i := range g.cfg.Tenants {
		id := "t-" + pad(i+1, 5)
		account := strconv.Itoa(200000000000 + i*7919)
		t := Tenant{
			ID:            id,
			KeyARN:        "arn:aws:kms:" + w.Region + ":" + account + ":key/" + g.uuid(),
			KeyMaterialID: g.hex(64),
		}
		for d := range g.cfg.Databases {
			name := id + "-db-" + strconv.Itoa(d+1)
			t.Databases = append(t.Databases, Database{
				ID:         name,
				ResourceID: "db-" + g.letters(26),
				VolumeID:   "vol-" + g.hex(17),
				SecretARN:  "arn:aws:secretsmanager:" + w.Region + ":" + w.Account + ":secret:rds!" + name + "-" + g.letters(6),
			})
		}
		w.Tenants = append(w.Tenants, t)
	}
	for i := range g.cfg.Roles {
		w.Roles = append(w.Roles, "arn:aws:iam::"+w.Account+":role/latchkey-service-"+pad(i+1, 2))
	}
	return w
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}

const (
	hexDigits = "0123456789abcdef"
	capitals  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

func (g *Generator) pick(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.rng.IntN(len(alphabet))]
	}
	return string(b)
}

func (g *Generator) hex(n int) string     { return g.pick(hexDigits, n) }
func (g *Generator) letters(n int) string { return g.pick(capitals, n) }

func (g *Generator) uuid() string { return string(g.appendUUID(nil)) }

func (g *Generator) appendUUID(b []byte) []byte {
	hi, lo := g.rng.Uint64(), g.rng.Uint64()
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b = append(b, '-')
		}
		if i == 16 {
			hi = lo
		}
		b = append(b, hexDigits[hi&15])
		hi >>= 4
	}
	return b
}
