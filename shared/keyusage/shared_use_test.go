package keyusage_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
)

// What is found rests on the record that counts.
func TestLedger_Findings_shared(t *testing.T) {
	both := []string{logged(callersAccount, 1, sharedOne, byRole, foreign), logged(ownersAccount, 2, sharedOne, byAccount, foreign)}
	for _, order := range orders(2) {
		l, _ := inOrder(t, "one ledger", both, order)
		found, _ := l.Findings()
		if len(found) != 1 || found[0].Count != 1 || found[0].Principal.ID != role || found[0].Kind != keyusage.ForeignContext {
			t.Errorf("order %v: %+v", order, found)
		}
	}
	l, _ := inOrder(t, "one ledger", both[1:], []int{0})
	for range 2 { // reading changes nothing
		if found, _ := l.Findings(); len(found) != 1 || found[0].Count != 1 {
			t.Errorf("the owner's alone: %+v", found)
		}
	}
}

func TestLedger_Findings_sharedService(t *testing.T) {
	records := []string{
		logged(callersAccount, 1, sharedOne, byRDS, foreign), logged(ownersAccount, 2, sharedOne, byRDS, foreign),
		logged(ownersAccount, 3, sharedTwo, byRDS, foreign),
	}
	for _, order := range orders(len(records)) {
		l, _ := inOrder(t, "one ledger", records, order)
		for range 2 {
			found, _ := l.Findings()
			if len(found) != 1 || found[0].Count != 2 || len(found[0].Evidence) != 2 || found[0].Evidence[0].EventID[15] != 1 || found[0].Evidence[1].EventID[15] != 3 {
				t.Errorf("order %v: %+v; want 2 uses, by the caller's record where there is one", order, found)
			}
		}
	}
}

// Uses that were kept count as their records do.
func TestLedger_AddUse_shared(t *testing.T) {
	shared, _ := keyusage.ParseUUID([]byte(sharedOne))
	at := time.Date(2025, 3, 1, 10, 20, 30, 0, time.UTC)
	use := func(n byte, account, principal, operation string) keyusage.Use {
		return keyusage.Use{ID: keyusage.UUID{n}, At: at, Operation: operation, Principal: keyusage.Principal{ID: principal},
			Attribution: keyusage.Attribution{Tenant: "a", KeyARN: keyA}, Shared: shared, Account: account}
	}
	uses := []keyusage.Use{
		use(1, callersAccount, role, keyusage.ReEncryptFrom), use(1, callersAccount, role, keyusage.ReEncryptTo),
		use(2, ownersAccount, "111122223333/AROAEXAMPLE", keyusage.ReEncryptFrom), use(2, ownersAccount, "111122223333/AROAEXAMPLE", keyusage.ReEncryptTo),
	}
	for _, order := range orders(len(uses)) {
		l := keyusage.NewLedger(keyusage.Config{Seen: keyusage.NewEventSet()})
		for _, i := range append(order, order...) {
			if err := l.AddUse(&uses[i]); err != nil {
				t.Fatal(err)
			}
		}
		got := l.Rollups()
		if len(got) != 2 || got[0].Count != 1 || got[1].Count != 1 || got[0].Principal.ID != role || got[1].Principal.ID != role {
			t.Fatalf("order %v: %+v", order, got)
		}
	}
}

// With Each, which keeps every account's record, all are told.
func TestLedger_Add_sharedEach(t *testing.T) {
	told := 0
	l := keyusage.NewLedger(keyusage.Config{Seen: keyusage.NewEventSet(), Each: func(*keyusage.Counted) error { told++; return nil }})
	doc := `{"Records":[` + logged(ownersAccount, 2, sharedOne, byAccount, decryptA) + `,` + logged(callersAccount, 1, sharedOne, byRole, decryptA) + `]}`
	if _, err := l.AddFile(context.Background(), "f", strings.NewReader(doc)); err != nil || told != 2 {
		t.Errorf("%d told, %v; want both", told, err)
	}
}

// A copy that had to be counted before its caller's record came keeps it from
// counting again.
func TestLedger_AddFile_sharedReleased(t *testing.T) {
	l := keyusage.NewLedger(keyusage.Config{Seen: keyusage.NewEventSet()})
	for _, record := range []string{
		logged(ownersAccount, 2, sharedOne, byAccount, decryptA), logged(ownersAccount, 2, sharedOne, byAccount, decryptA),
		logged(callersAccount, 1, sharedOne, byRole, decryptA),
	} {
		if _, err := l.AddFile(context.Background(), "f", strings.NewReader(`{"Records":[`+record+`]}`)); err != nil {
			t.Fatal(err)
		}
		l.Release()
	}
	if got := l.Totals(); got.Uses != 1 || got.Duplicates != 2 {
		t.Errorf("%+v; want one use, two duplicates", got)
	}
}

// With Each, the owner's copy makes no finding where the caller's log is read,
// and counts nevertheless.
func TestLedger_Findings_elsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		record string
		found  int
	}{
		"the owner's copy":          {logged(ownersAccount, 2, sharedOne, byAccount, foreign), 0},
		"the caller's record":       {logged(callersAccount, 1, sharedOne, byRole, foreign), 1},
		"a service, of no account":  {logged(ownersAccount, 2, sharedOne, byRDS, foreign), 1},
		"no other record":           {logged(ownersAccount, 2, "", byAccount, foreign), 1},
		"a caller of another's log": {strings.ReplaceAll(logged(ownersAccount, 2, sharedOne, byAccount, foreign), callersAccount, "777788889999"), 1},
		"in another Region":         {strings.ReplaceAll(logged(ownersAccount, 2, sharedOne, byAccount, foreign), `"us-east-1"`, `"us-west-2"`), 1},
	} {
		t.Run(name, func(t *testing.T) {
			told := 0
			l := keyusage.NewLedger(keyusage.Config{Directory: twoTenants(), Seen: keyusage.NewEventSet(), Each: func(*keyusage.Counted) error { told++; return nil },
				Elsewhere: func(account, region string) bool { return account != "777788889999" && region == "us-east-1" }})
			if _, err := l.AddFile(context.Background(), "f", strings.NewReader(`{"Records":[`+c.record+`]}`)); err != nil {
				t.Fatal(err)
			}
			n := 0
			found, _ := l.Findings()
			for _, f := range found {
				if f.Kind == keyusage.ForeignContext {
					n++
				}
			}
			if n != c.found || told != 1 || l.Totals().Uses != 1 {
				t.Errorf("%d findings, want %d; %d told of %d uses", n, c.found, told, l.Totals().Uses)
			}
		})
	}
}
