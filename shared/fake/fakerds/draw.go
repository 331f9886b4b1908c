package fakerds

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"latchkey/shared/fake"
)

// draw returns 64 random bits for a purpose, the same for the same seed and labels.
func (r *RDS) draw(labels ...string) uint64 {
	h := fnv.New64a()
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], r.cfg.Seed)
	h.Write(seed[:])
	for _, l := range labels {
		h.Write([]byte(l))
		h.Write([]byte{0})
	}
	return fake.Mix(h.Sum64())
}

// within draws a duration from a range.
func (r *RDS) within(g Range, labels ...string) time.Duration {
	if g.Max <= g.Min {
		return g.Min
	}
	return g.Min + time.Duration(r.draw(labels...)%uint64(g.Max-g.Min+1))
}

// chance draws true with the odds of 1 in n.
func (r *RDS) chance(n uint64, labels ...string) bool { return r.draw(labels...)%n == 0 }

// maxIDTries bounds the search for a free identifier; two tries that collide are a 1 in 2^128 matter.
const maxIDTries = 8

// newResourceID returns a DbiResourceId that is not in use: "db-" and 26
// characters of base32. A name that is used again gets another one, since it
// depends on the time too.
func (r *RDS) newResourceID(name string, at time.Time) string {
	id := ""
	for n := 0; n < maxIDTries; n++ {
		var raw [16]byte
		labels := []string{"resource", r.cfg.Account, r.cfg.Region, name, at.Format(time.RFC3339Nano), strconv.Itoa(n)}
		binary.BigEndian.PutUint64(raw[:8], r.draw(append(labels, "hi")...))
		binary.BigEndian.PutUint64(raw[8:], r.draw(append(labels, "lo")...))
		id = "db-" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])
		if !r.resources[id] {
			break
		}
	}
	return id
}

// volumes returns the EBS volumes of an instance: one, and one of a standby.
func (r *RDS) volumes(i *instance) []string {
	ids := []string{fmt.Sprintf("vol-0%016x", r.draw("volume", i.ResourceID))}
	if i.Spec.MultiAZ {
		ids = append(ids, fmt.Sprintf("vol-0%016x", r.draw("standby-volume", i.ResourceID)))
	}
	return ids
}

// zones returns the primary's and the standby's Availability Zone.
func (r *RDS) zones(resourceID string) (primary, standby string) {
	d := r.draw("zones", resourceID)
	first := d % 3
	second := (first + 1 + d>>32%2) % 3
	return r.cfg.Region + string(rune('a'+first)), r.cfg.Region + string(rune('a'+second))
}

// endpoint returns the host and port of an instance. The middle label is the
// account's in the Region, as in AWS's own names.
func (r *RDS) endpoint(name string) string {
	d := strconv.FormatUint(r.draw("endpoint", r.cfg.Account, r.cfg.Region)%(1<<50)+1<<50, 36)
	return name + ".c" + d[:min(len(d), 11)] + "." + r.cfg.Region + ".rds.amazonaws.com:5432"
}

// managedKeyARN makes up the ARN of the AWS managed key aws/rds.
func managedKeyARN(account, region string) string {
	h := fnv.New64a()
	h.Write([]byte("aws/rds " + account + " " + region))
	return "arn:aws:kms:" + region + ":" + account + ":key/" + fake.UUID(fake.Mix(h.Sum64()), fake.Mix(^h.Sum64()))
}
