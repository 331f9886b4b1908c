package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/keyusage/trailtest"
)

// inBoth is one call in the log files of the caller's account and of the key
// owner's.
func (w *world) inBoth(n int, at time.Time) (caller, owner string) { return w.inBothOf(account, n, at) }

// inBothOf is inBoth, of a caller of another account.
func (w *world) inBothOf(callers string, n int, at time.Time) (caller, owner string) {
	key := w.gen.World.Tenants[0].KeyARN
	owners := strings.Split(key, ":")[4]
	record := func(account, event, identity string) []byte {
		return fmt.Appendf(nil, `{"Records":[{"eventVersion":"1.11","userIdentity":%s,"eventTime":%q,"eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1",`+
			`"requestParameters":{"encryptionContext":{"a":"b"}},"resources":[{"ARN":%q}],"eventID":%q,"recipientAccountId":%q,"sharedEventID":"aaaaaaaa-0000-4000-8000-%012d"}]}`,
			strings.ReplaceAll(identity, w.gen.World.Account, callers), at.Format(time.RFC3339), key, event, account, n)
	}
	name := func(account string) string { return strings.ReplaceAll(w.gen.Name(n), w.gen.World.Account, account) }
	caller = w.deliver(name(callers), record(callers, fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve","accountId":"111122223333"}`))
	owner = w.deliver(name(owners), record(owners, fmt.Sprintf("00000000-0000-4000-8001-%012d", n),
		`{"type":"AWSAccount","principalId":"AIDAEVE","accountId":"111122223333"}`))
	return caller, owner
}

// TestLedger_Usage_twoAccounts: a call that two accounts log counts once, by the
// caller's record, whichever came first; and where only the owner's is there, by
// that one.
func TestLedger_Usage_twoAccounts(t *testing.T) {
	w := newWorld(t, trailtest.Config{Seed: 43, Tenants: 1, PerFile: time.Minute})
	l := w.open(w.deps())
	caller, owner := w.inBoth(1, start)
	ingest(t, l, owner, caller)
	caller, owner = w.inBoth(2, start)
	ingest(t, l, caller, owner, owner)
	_, owner = w.inBoth(3, start)
	ingest(t, l, owner)
	check := func(l *ledger.Ledger, what string) {
		t.Helper()
		s, err := l.Collect(ctx, w.gen.World.Tenants[0].ID, start, start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]uint64{}
		for _, r := range s.Rollups {
			got[r.Principal.ID] += r.Count
		}
		if len(got) != 2 || got["arn:aws:iam::111122223333:user/eve"] != 2 || got["111122223333/AIDAEVE"] != 1 {
			t.Errorf("%s: %v; want 2 by the caller's records, 1 by the owner's", what, got)
		}
	}
	check(l, "counted")

	kept, err := w.objects.List(ctx, bucket, ledger.RollupPrefix, "")
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d days are kept, %v", len(kept), err)
	}
	check(w.open(w.deps()), "kept")
}
