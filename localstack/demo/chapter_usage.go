package demo

import (
	"strings"
	"time"

	"latchkey/localstack/cell"
	"latchkey/shared/customerkey"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/keyusage"
)

// stranger is a session of a role that nobody has named to the ledger.
const stranger = "arn:aws:sts::" + platform + ":assumed-role/nightly-export/i-0a1b2c3d"

// usageUntil is the end of what is asked of the ledger.
var usageUntil = epoch.Truncate(day).Add(16*day + 13*time.Hour)

// whoUsed tells what the ledger of key use says, and what it finds.
func (s *story) whoUsed() {
	s.chapter("Who used the keys")
	s.at(16, "12:05")
	maple, elm := s.by["maple"], s.by["elm"]
	s.say(aws, plain, "CloudTrail has recorded every call on the keys of the %d customers named here in %s (the others are left out to be quick), in log files every half hour and a signed digest every hour",
		len(s.trail.keys), regions[0])
	s.say(maple.id, bad, "a session of role nightly-export, which nobody has told the ledger of, uses key %s; KMS allows it: the key trusts the whole account", shortKey(maple.key.arn))
	s.use(maple.key, stranger, customerkey.EncryptionContext(maple.id))
	s.say(maple.id, bad, "and our own software, by mistake, uses the same key for the database of %s", elm.id)
	s.use(maple.key, cell.Role(platform), map[string]string{
		customerkey.ContextTenant: maple.id, "aws:rds:db-id": s.database(elm, elm.products[0]).ResourceID,
	})
	s.at(16, "15:05") // two digests on: the first may be read before the hour's last file
	u := s.readLedger(usageUntil)
	if s.err != nil {
		return
	}
	s.checkCalls(u)
	s.checkDenied(u, s.by["cedar"])
	s.checkRevoked(u)
	s.checkFound(u)
	s.checkProved(u)
}

// use makes a data key under a customer's key.
func (s *story) use(k *key, caller string, encryptionContext map[string]string) {
	if s.err == nil {
		_, err := s.cell.KMS.GenerateDataKey(s.ctx, caller, fakekms.Use{KeyARN: k.arn, EncryptionContext: encryptionContext})
		s.fail("using a key", err)
	}
}

// checkCalls holds every count of the ledger against the calls that were made.
func (s *story) checkCalls(u usage) {
	told := map[call]uint64{}
	purposes := map[keyusage.Purpose]uint64{}
	for _, r := range u.rollups {
		c := call{r.KeyARN, r.Operation, r.ErrorCode, r.Hour.Unix() / 3600}
		told[c] += r.Count
		purposes[r.Purpose] += r.Count
		s.report.KeyUses += int(r.Count)
		k := s.trail.keys[r.KeyARN]
		s.hold(usageWhole, k != nil && r.Tenant == k.owner.id && r.Purpose != keyusage.ForUnknown, "%s of key %s is put down to %q, for %s", r.Operation, shortKey(r.KeyARN), r.Tenant, r.Purpose)
	}
	for c, n := range s.trail.made {
		if c.hour >= usageUntil.Unix()/3600 {
			continue
		}
		s.report.KeyUsesMade += int(n)
		s.hold(usageWhole, told[c] == n, "%s (%s) of key %s was called %d times in an hour, the ledger has %d", c.operation, c.code, shortKey(c.key), n, told[c])
		delete(told, c)
	}
	for c, n := range told {
		s.hold(usageWhole, false, "the ledger has %d of %s (%s) of key %s, and no such call was made", n, c.operation, c.code, shortKey(c.key))
	}
	s.say(latchkey, good, "the ledger has %d calls of the %d that were made, each once, each with its tenant and purpose: %d for databases, %d of our own (probes, mostly), %d administration",
		s.report.KeyUses, s.report.KeyUsesMade, purposes[keyusage.ForDatabase], purposes[keyusage.ForApplication], purposes[keyusage.ForManagement])
}

// checkDenied shows the preflight that was refused.
func (s *story) checkDenied(u usage, c *customer) {
	n := uint64(0)
	for _, r := range u.rollups {
		if r.Outcome() != keyusage.Denied {
			continue
		}
		s.report.KeyUsesDenied += int(r.Count)
		if r.KeyARN == c.key.arn && r.Operation == "CreateGrant" {
			n += r.Count
		}
	}
	s.hold(usageWhole, n > 0, "the denied preflight of %s is not in the ledger", c.id)
	s.say(c.id, plain, "its denied preflight is there too: CreateGrant, refused %s on day 0 to %s", count(int(n), "time", "times"), roleName(cell.Role(platform)))
}

// checkRevoked looks for uses of keys that had been revoked, in the ledger and
// in the calls themselves.
func (s *story) checkRevoked(u usage) {
	for _, f := range u.findings {
		if f.Kind == keyusage.UseAfterRevocation {
			s.report.UsedAfterRevocation += int(f.Count)
		}
	}
	truly, revoked := 0, 0
	for arn, k := range s.trail.keys {
		truly += s.trail.after[arn]
		if k.locks > 0 {
			revoked++
		}
	}
	s.hold(usageNever, truly == 0 && s.report.UsedAfterRevocation == 0, "%d uses after a revocation were made, the ledger has %d", truly, s.report.UsedAfterRevocation)
	s.hold(usageNever, revoked > 0, "no recorded key was ever revoked")
	s.say(latchkey, good, "uses after a revocation: %d (the calls themselves, counted where they were made: %d)", s.report.UsedAfterRevocation, truly)
}

// checkFound looks for the two planted uses among the findings, and among the
// events that left.
func (s *story) checkFound(u usage) {
	maple := s.by["maple"].key.arn
	found := func(kind keyusage.Kind, is func(keyusage.Finding) bool) {
		n := 0
		for _, f := range u.findings {
			if f.Kind == kind {
				n++
				s.hold(usageFound, f.KeyARN == maple && is(f), "a finding that nobody caused: %s", f.Sentence())
			}
		}
		s.hold(usageFound, n == 1, "%d findings of %s; one was caused", n, kind)
		s.hold(usageFound, s.books.findings[kind] == 1, "%d events told of %s; one should", s.books.findings[kind], kind)
	}
	found(keyusage.UnknownPrincipal, func(f keyusage.Finding) bool { return strings.HasSuffix(f.Principal.ID, ":role/nightly-export") })
	found(keyusage.ForeignContext, func(f keyusage.Finding) bool { return f.Foreign == "elm" })
	for _, n := range s.books.findings {
		s.report.Findings += n
	}
}

// checkProved counts the hours that the digests prove.
func (s *story) checkProved(u usage) {
	first := ""
	for _, h := range u.hours {
		if h.Proved {
			s.report.HoursProved++
		} else if first == "" {
			first = moment(h.Start) + ": " + h.Why
		}
	}
	s.report.HoursRecorded = int(usageUntil.Sub(epoch) / time.Hour)
	s.hold(usageProved, s.report.HoursProved == s.report.HoursRecorded, "%d of %d hours are proved; first that is not: %s", s.report.HoursProved, s.report.HoursRecorded, first)
	s.say(latchkey, good, "%d of %d hours are proved complete: CloudTrail's digests were checked, signature by signature, against what the ledger read", s.report.HoursProved, s.report.HoursRecorded)
}

// roleName returns the last part of a role's ARN.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
