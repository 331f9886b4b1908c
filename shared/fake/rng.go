package fake

import (
	"encoding/hex"
	"math/rand/v2"
	"sync"
)

// Rand is a seeded source of random numbers for one purpose. Streams of one
// seed and different names are independent, so that a draw added in one twin
// does not change what another does. It is safe for concurrent use, but the
// order of draws is then no longer reproducible.
type Rand struct {
	mu sync.Mutex
	r  *rand.Rand
}

// NewRand returns the stream of the name under the seed.
func NewRand(seed uint64, name string) *Rand {
	return &Rand{r: rand.New(rand.NewPCG(seed, hash(name)))}
}

// Float64 returns a number in [0, 1).
func (r *Rand) Float64() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.Float64()
}

// Int64N returns a number in [0, n), and 0 if n is not positive.
func (r *Rand) Int64N(n int64) int64 {
	if n <= 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.Int64N(n)
}

// Uint64 returns any number.
func (r *Rand) Uint64() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.Uint64()
}

// UUID returns a random UUID of version 4 in its text form.
func (r *Rand) UUID() string { return UUID(r.Uint64(), r.Uint64()) }

// UUID returns the text form of the UUID of version 4 whose free bits come from hi and lo.
func UUID(hi, lo uint64) string {
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 1<<63
	var raw [16]byte
	for i := range 8 {
		raw[i] = byte(hi >> (56 - 8*i))
		raw[8+i] = byte(lo >> (56 - 8*i))
	}
	var out [36]byte
	hex.Encode(out[0:8], raw[0:4])
	hex.Encode(out[9:13], raw[4:6])
	hex.Encode(out[14:18], raw[6:8])
	hex.Encode(out[19:23], raw[8:10])
	hex.Encode(out[24:36], raw[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// Mix scatters x over all 64 bits; different x give different results
// (the finalizer of SplitMix64).
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
