package keyusage_test

import (
	"context"
	"strings"
	"testing"

	"latchkey/shared/keyusage"
)

// Whoever passes a VPC endpoint is in two records, of which one is the call's;
// only whom the endpoint refuses is in that record alone.
func TestLedger_Add_networkActivity(t *testing.T) {
	event := func(members string) string {
		return `"eventName":"Decrypt","eventType":"AwsVpceEvent","eventCategory":"NetworkActivity","vpcEndpointId":"vpce-1","userIdentity":` + byAccount + members
	}
	for name, c := range map[string]struct {
		members string
		want    keyusage.Outcome // empty: no use
	}{
		"passed":                     {event(""), ""},
		"passed, and KMS refused it": {event(`,"errorCode":"AccessDenied"`), ""},
		"refused by the endpoint":    {event(`,"errorCode":"VpceAccessDenied","errorMessage":"The request was denied due to a VPC endpoint policy"`), keyusage.Denied},
		"the call's own":             {`"eventName":"Decrypt","eventCategory":"Management"`, keyusage.Allowed},
	} {
		t.Run(name, func(t *testing.T) {
			l := keyusage.NewLedger(keyusage.Config{Seen: keyusage.NewEventSet()})
			if _, err := l.AddFile(context.Background(), "f", strings.NewReader(envelope(c.members))); err != nil {
				t.Fatal(err)
			}
			got, totals := l.Rollups(), l.Totals()
			if c.want == "" {
				if len(got) != 0 || totals.Uses != 0 || totals.Network != 1 || totals.KMSRecords != 1 {
					t.Errorf("%+v, %+v", got, totals)
				}
				return
			}
			if len(got) != 1 || got[0].Outcome() != c.want || totals.Network != 0 {
				t.Errorf("%+v, %+v, want %s", got, totals, c.want)
			}
			if found, _ := l.Findings(); (len(found) == 1) != (c.want == keyusage.Denied) {
				t.Errorf("findings %+v", found)
			}
		})
	}
}
