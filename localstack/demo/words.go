package demo

import (
	"fmt"
	"strings"
	"time"

	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage"
)

func it(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// until writes a moment of the story, to the minute.
func until(t *time.Time) string {
	if t == nil {
		return "an unknown time"
	}
	return shortMoment(*t)
}

// shortMoment is a moment inside a sentence: day 3, 09:00.
func shortMoment(t time.Time) string {
	days := t.UTC().Truncate(day).Sub(epoch.Truncate(day)) / day
	return fmt.Sprintf("day %d, %s", days, t.UTC().Format("15:04"))
}

func last(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return list[len(list)-1]
}

// trim shortens a key's ARN in a text.
func trim(text, arn string) string {
	if arn == "" {
		return text
	}
	return strings.ReplaceAll(text, arn, shortKey(arn))
}

// loss writes a data-loss window.
func loss(d news) string {
	if d.DataLossSeconds == nil || *d.DataLossSeconds == 0 {
		return "nothing, as nobody could write after the lock"
	}
	return "the last " + span(time.Duration(*d.DataLossSeconds)*time.Second) + " before the lock"
}

// signals say in words where the news of a revocation came from.
var signals = map[string]string{
	customerkey.SourceCloudTrail: "CloudTrail event, forwarded",
	customerkey.SourceKMS:        "KMS event",
	customerkey.SourceProbe:      "our probe",
	customerkey.SourceDenied:     "a denied call of ours",
}

func (s *story) lockWords(d news) string {
	k := s.keys[d.KeyARN]
	if k == nil {
		return ""
	}
	if d.Cause == string(customerkey.CauseUnreachable) {
		what := "key " + shortKey(d.KeyARN)
		if k.owner == nil {
			what = "the platform's key of " + k.region
		}
		return fmt.Sprintf("%s locked as a precaution: KMS has given no answer for 30 minutes", what)
	}
	return fmt.Sprintf("key %s LOCKED %s after the customer's act (%s): one write, %.2f ms, %s refused",
		shortKey(d.KeyARN), span(k.lockedAt.Sub(k.revokedAt)), signals[d.Source], milliseconds(k.lockWall), count(len(k.owner.products), "product", "products"))
}

func (s *story) unlockWords(d news) string {
	k := s.keys[d.KeyARN]
	if k == nil {
		return ""
	}
	if k.owner == nil {
		return fmt.Sprintf("the platform's key of %s answers: unlocked by itself", k.region)
	}
	if k.cautious {
		return fmt.Sprintf("KMS answers for key %s: unlocked by itself", shortKey(d.KeyARN))
	}
	return fmt.Sprintf("key %s is usable again, and stays so for longer than KMS may still show what was: unlocked", shortKey(d.KeyARN))
}

func (s *story) warningWords(d news) string {
	days := count(d.Day, "day", "days")
	if k := s.keys[d.KeyARN]; k != nil && !k.deletion.IsZero() {
		return fmt.Sprintf("warning, %s revoked: the key is deleted for good on %s; CancelKeyDeletion helps until then", days, shortMoment(k.deletion))
	}
	return fmt.Sprintf("warning, %s revoked: from %s on, only a restore brings the databases back", days, until(d.RecoverableUntil))
}

func (s *story) activeWords(g note) string {
	c := s.by[g.tenant]
	if c == nil {
		return ""
	}
	where := "a database of its own on a shard"
	if c.placement == "dedicated" {
		where = count(len(c.products), "Multi-AZ instance", "Multi-AZ instances")
	}
	under := "AWS's key"
	switch k := s.keyOf(c); {
	case c.key != nil:
		under = "its own key " + shortKey(k.arn)
	case k != nil:
		under = "the platform's key"
	}
	return fmt.Sprintf("all seven steps done: %s in %s, under %s", where, c.region, under)
}

func productWords(d news) string {
	switch {
	case d.Suspended:
		return fmt.Sprintf("product %s is suspended: %s", d.Product, d.Reason)
	case d.License != nil:
		return fmt.Sprintf("product %s: edition %s, %d seats, not suspended", d.Product, d.License.Edition, d.License.Seats)
	}
	return fmt.Sprintf("product %s changed", d.Product)
}

// findingWords tells of a finding, but of refusals: the story has told of those.
func findingWords(d news) string {
	if d.Kind == string(keyusage.DeniedUse) {
		return ""
	}
	return fmt.Sprintf("finding (%s, %s): %s", d.Severity, d.Kind, strings.ReplaceAll(trim(d.Sentence, d.KeyARN), "arn:aws:iam::"+platform+":", ""))
}

func deletedWords(d news) string {
	if d.Reason != "" {
		return fmt.Sprintf("database %s deleted; %s", d.DatabaseID, trim(d.Reason, d.KeyARN))
	}
	return fmt.Sprintf("database %s deleted, after a final snapshot", d.DatabaseID)
}
