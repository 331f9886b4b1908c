package simulation

import (
	"time"

	"latchkey/localstack/cell"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/objects/embedded"
)

// useTruth is every call on customers' keys in the platform's account, counted
// where it is made.
type useTruth struct {
	made map[use]uint64
}

// use is what calls are counted by.
type use struct {
	key, operation, code string
	hour                 int64 // since 1970
}

func newUseTruth() *useTruth { return &useTruth{made: map[use]uint64{}} }

// ledger is what a cell keeps of these calls. Half an hour between two files
// and no digests: histories are long, and package ledger tests those.
func (u *useTruth) ledger() *cell.Ledger {
	return &cell.Ledger{Objects: embedded.NewMemory(), Wants: ofCustomers, Every: 30 * time.Minute, Unvalidated: true}
}

func ofCustomers(c faketrail.Call) bool {
	return c.Source == "kms.amazonaws.com" && len(c.Resources) > 0 && c.Resources[0].AccountID != platform
}

// count takes note of a call, and wants no record of it.
func (u *useTruth) count(c faketrail.Call) bool {
	if !ofCustomers(c) {
		return false
	}
	code := c.ErrorCode
	if code == customerkey.CodeAccessDenied {
		code = "AccessDenied" // as CloudTrail writes it
	}
	u.made[use{c.Resources[0].ARN, c.Name, code, c.At.Unix() / 3600}]++
	return false
}

// askedDays bounds how much is asked of the ledger at once.
const askedDays = 300 * day

// checkUses holds the ledger's counts against the calls that were made.
func (r *run) checkUses() {
	if r.uses == nil {
		return
	}
	until := r.clock.Now().Truncate(time.Hour).Add(-3 * time.Hour) // what came later may be on its way
	told := map[use]uint64{}
	tenants := []string{""}
	for _, t := range r.truth.tenants {
		tenants = append(tenants, t.id)
	}
	for _, tenant := range tenants {
		for from := epoch; from.Before(until); from = from.Add(askedDays) {
			to := until
			if to.Sub(from) > askedDays {
				to = from.Add(askedDays)
			}
			sum, err := r.cell.Ledger.Collect(r.ctx, tenant, from, to)
			if err != nil {
				r.breaks("the simulation itself", "asking the ledger of %q: %v", tenant, err)
				return
			}
			for _, u := range sum.Rollups {
				told[use{u.KeyARN, u.Operation, u.ErrorCode, u.Hour.Unix() / 3600}] += u.Count
			}
		}
	}
	for u, n := range r.uses.made {
		if u.hour >= until.Unix()/3600 {
			continue
		}
		if told[u] != n {
			r.breaks("every use is in the ledger once", "%s (%s) of key %s was called %d times in an hour, the ledger has %d", u.operation, u.code, u.key, n, told[u])
		}
		delete(told, u)
	}
	for u, n := range told {
		r.breaks("every use is in the ledger once", "the ledger has %d of %s (%s) of key %s, and no such call was made", n, u.operation, u.code, u.key)
	}
}
