package simulation

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/events"
)

// keyTruth is what was really done to a customer's key.
type keyTruth struct {
	arn, account, region string
	disabled             bool
	deletion             time.Time // pending until then
	policyDenies         bool
	gone                 bool
	approval             bool // some tenant of it wants to approve the way back
	grantTaken           bool // a grant of RDS's was revoked: the way back needs a person

	unusableSince time.Time // zero: usable
	usableSince   time.Time
	ever          bool // revoked at some time
	first         time.Time
	sawLocked     bool // the record was seen locked since unusableSince
}

func (k *keyTruth) usable() bool {
	return !k.disabled && k.deletion.IsZero() && !k.policyDenies && !k.gone
}

// changed takes note of a change at a moment.
func (k *keyTruth) changed(now time.Time) {
	switch usable := k.usable(); {
	case usable && !k.unusableSince.IsZero():
		k.unusableSince, k.usableSince, k.sawLocked = time.Time{}, now, false
	case !usable && k.unusableSince.IsZero():
		k.unusableSince = now
		if !k.ever {
			k.ever, k.first = true, now
		}
	}
}

// isEvidence reports whether a revocation at that moment, in CloudTrail's whole
// seconds, is the one that is in force.
func (k *keyTruth) isEvidence(at time.Time) bool {
	return !k.unusableSince.IsZero() && !at.Before(k.unusableSince.Truncate(time.Second))
}

func (k *keyTruth) firstRevoked() time.Time { return k.first }

// sent is one commerce event that was put on the bus.
type sent struct {
	id         string
	detailType string
	detail     any
	sequence   int64
	product    string
	at         time.Time
}

// tenantTruth is what commerce has said of a tenant.
type tenantTruth struct {
	id     string
	key    *keyTruth // nil: no key of its own
	region string
	sent   []sent
}

// wanted is what a product must come to, by the events in order of sequence.
type wanted struct {
	active, suspended bool
	edition           string
}

// fold applies what was sent in order of sequence, and so says independently
// of arrival what must come out.
func (t *tenantTruth) fold() (products map[string]wanted, destroyed bool) {
	ordered := slices.Clone(t.sent)
	slices.SortStableFunc(ordered, func(a, b sent) int { return int(a.sequence - b.sequence) })
	products = map[string]wanted{}
	for _, s := range ordered {
		p := products[s.product]
		switch e := s.detail.(type) {
		case *events.TenantDestroyed:
			destroyed = true
			continue
		case *events.ProductActivated:
			p = wanted{active: true, edition: e.License.Edition}
		case *events.ProductDeactivated:
			p.active = false
		case *events.ProductSuspended:
			p.suspended = true
		case *events.ProductUnsuspended:
			p.suspended = false
		case *events.LicenseUpdated:
			p.edition = e.License.Edition
		default:
			continue
		}
		products[s.product] = p
	}
	return products, destroyed
}

// created reports whether a Tenant Created was sent.
func (t *tenantTruth) created() bool {
	return slices.ContainsFunc(t.sent, func(s sent) bool { return s.detailType == events.TypeTenantCreated })
}

// mayLose reports whether the data of a product may be gone at a moment, and is
// the oracle of "nothing is destroyed while it should live": the tenant left, or
// gave the product up, a whole grace period ago. A tenant's grace runs from when
// it left, however long a later event makes it.
func (t *tenantTruth) mayLose(product string, grace time.Duration, now time.Time) bool {
	var left time.Time
	for _, s := range t.sent {
		switch e := s.detail.(type) {
		case *events.TenantDestroyed:
			g := grace
			if e.GraceDays != nil {
				g = time.Duration(*e.GraceDays) * 24 * time.Hour
			}
			if left.IsZero() {
				left = s.at
			}
			if !now.Before(left.Add(g)) {
				return true
			}
		case *events.ProductDeactivated:
			if e.Product == product && !now.Before(s.at.Add(grace)) {
				return true
			}
		}
	}
	return false
}

// truth is what was really done, whatever the control plane has heard of it.
type truth struct {
	keys       []*keyTruth
	tenants    []*tenantTruth
	outageFrom time.Time // zero: none now
	outageTo   time.Time // end of the last one
	outages    bool      // there was one
}

func (t *truth) byARN(arn string) *keyTruth {
	for _, k := range t.keys {
		if k.arn == arn {
			return k
		}
	}
	return nil
}

// quiet reports whether no outage touched the span before now.
func (t *truth) quiet(span time.Duration, now time.Time) bool {
	return t.outageFrom.IsZero() && !t.outageTo.After(now.Add(-span))
}

// sortedKeys returns map keys in order, so that a history follows from its seed.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// violation is a broken promise.
type violation struct {
	promise string
	detail  string
	at      time.Time
}

func (v *violation) Error() string {
	return fmt.Sprintf("%s: %s (virtual time %s)", v.promise, v.detail, v.at.Format("2006-01-02 15:04:05"))
}

// story returns what was sent of a tenant, for reports.
func (t *tenantTruth) story() []string {
	var out []string
	for _, s := range t.sent {
		out = append(out, fmt.Sprintf("%s #%d %s %s %s", s.at.Format("01-02 15:04:05"), s.sequence, s.detailType, s.product, compact(s.detail)))
	}
	return out
}
