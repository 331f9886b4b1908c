package ledgerreport

import (
	"testing"

	"latchkey/shared/customerkey"
	"latchkey/shared/keyusage"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/report"
)

func TestWithhold(t *testing.T) {
	const ours, theirs = "111122223333", "444455556666"
	known := append(accounts(&ledger.Summary{Rollups: []keyusage.Rollup{
		{Attribution: keyusage.Attribution{KeyARN: "arn:aws:kms:us-east-1:" + theirs + ":key/k"}}, {}, {Attribution: keyusage.Attribution{KeyARN: "k"}},
	}}), ours)
	for why, want := range map[string]string{
		"": "",
		"no digest covers 2025-03-01T22:00:00Z to 2025-03-01T23:20:00Z":                                                 "no digest covers 2025-03-01T22:00:00Z to 2025-03-01T23:20:00Z",
		"no digest of trail " + ours + "/us-east-1/us-east-1/all yet":                                                   "no digest of trail " + ours + "/us-east-1/us-east-1/all yet",
		"log-missing: AWSLogs/" + theirs + "/CloudTrail/us-east-1/a is gone since it was read":                          "log-missing: AWSLogs/" + theirs + "/CloudTrail/us-east-1/a is gone since it was read",
		"log-missing: AWSLogs/777788889999/CloudTrail/us-east-1/a is gone since it was read":                            "log-missing: in the log of another account",
		"log-unread: AWSLogs/" + ours + "/x/777788889999_CloudTrail_a (it had been proved before 2025-03-01T22:00:00Z)": "log-unread: in the log of another account (it had been proved before 2025-03-01T22:00:00Z)",
		"no digest of trail 777788889999/us-east-1/us-east-1/all yet":                                                   "the log of another account is not proved",
	} {
		hours := []digest.Hour{{Why: why}}
		withhold(hours, known)
		if hours[0].Why != want {
			t.Errorf("%q is told as %q, want %q", why, hours[0].Why, want)
		}
	}
}

// TestWithholdNames holds what a tenant is told of its keys' timelines.
func TestWithholdNames(t *testing.T) {
	known := []string{"111122223333"}
	for _, c := range []struct{ source, detail, want string }{
		{customerkey.SourceRegistration, "named by tenant globex", ""},
		{customerkey.SourceRegistration, "probed for tenant globex from now on", ""},
		{customerkey.SourceCloudTrail, `DisableKey from account "777788889999", not the key's`, `DisableKey from account "another", not the key's`},
		{customerkey.SourceCloudTrail, `DisableKey from account "111122223333"`, `DisableKey from account "111122223333"`},
		{customerkey.SourceProbe, "DescribeKey: Disabled", "DescribeKey: Disabled"},
	} {
		timeline := []report.Change{{Source: c.source, Detail: c.detail}}
		withholdNames(timeline, known)
		if timeline[0].Detail != c.want {
			t.Errorf("%q is told as %q, want %q", c.detail, timeline[0].Detail, c.want)
		}
	}
}
