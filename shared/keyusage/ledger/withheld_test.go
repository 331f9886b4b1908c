package ledger_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage/ledger/ledgerreport"
	"latchkey/shared/keyusage/trailtest"
)

// TestMake_otherAccounts: why an hour is not proved tells a tenant nothing of
// another account, and the operator all.
func TestMake_otherAccounts(t *testing.T) {
	const other = "777788889999"
	for _, c := range []struct{ account, operator, tenant string }{
		{other, other, "log-unread: in the log of another account"},
		{account, account, "log-unread: AWSLogs/" + account},
	} {
		w := newWorld(t, trailtest.Config{Seed: 41, Tenants: 1, PerFile: time.Hour})
		s := newSigner(w)
		s.trail.AccountID = c.account
		deps := w.deps()
		deps.PublicKeys = s
		l := w.open(deps)
		doc := w.gen.File(0, 20)
		unread := w.deliver(strings.ReplaceAll(w.gen.Name(0), account, c.account), doc)
		ingest(t, l, s.digest(start.Add(time.Hour), map[string][]byte{unread: doc}), s.digest(start.Add(2*time.Hour), nil))
		for tenant, want := range map[string]string{"": c.operator, w.gen.World.Tenants[0].ID: c.tenant} {
			rep, err := ledgerreport.Make(ctx, l, tenant, start, start.Add(2*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(rep.Proof.Gaps)
			if err != nil || !strings.Contains(string(text), want) || tenant != "" && strings.Contains(string(text), other) {
				t.Errorf("%s, tenant %q: %s, want %s; %v", c.account, tenant, text, want, err)
			}
		}
	}
}
