package keyusage_test

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"latchkey/shared/keyusage"
)

const (
	callersAccount = "111122223333"
	ownersAccount  = "444455556666" // of keyA and keyB
	role           = "arn:aws:iam::111122223333:role/app"
)

// logged is a call's record in the log of an account; n tells events apart.
func logged(account string, n int, shared, identity, members string) string {
	if shared != "" {
		members += `,"sharedEventID":"` + shared + `"`
	}
	return fmt.Sprintf(`{"eventVersion":"1.11","eventTime":"2025-03-01T10:20:30Z","eventSource":"kms.amazonaws.com","awsRegion":"us-east-1",`+
		`"eventID":"00000000-0000-4000-8000-%012d","recipientAccountId":%q,"userIdentity":%s,%s}`, n, account, identity, members)
}

const (
	byRole    = `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/app/s","accountId":"111122223333","sessionContext":{"sessionIssuer":{"arn":"` + role + `"}}}`
	byAccount = `{"type":"AWSAccount","principalId":"AROAEXAMPLE:s","accountId":"111122223333"}`
	byRDS     = `{"type":"AWSService","invokedBy":"rds.amazonaws.com"}`
	sharedOne = "aaaaaaaa-0000-4000-8000-000000000001"
	sharedTwo = "aaaaaaaa-0000-4000-8000-000000000002"

	decryptA  = `"eventName":"Decrypt","requestParameters":{"encryptionContext":{"aws:rds:db-id":"db-A1"}},"resources":[{"ARN":"` + keyA + `"}]`
	foreign   = `"eventName":"Decrypt","requestParameters":{"encryptionContext":{"aws:rds:db-id":"db-B1"}},"resources":[{"ARN":"` + keyA + `"}]`
	reEncrypt = `"eventName":"ReEncrypt","requestParameters":{"sourceEncryptionContext":{"aws:rds:db-id":"db-A1"},"destinationEncryptionContext":{"aws:rds:db-id":"db-A1"}},"resources":[{"ARN":"` + keyA + `"},{"ARN":"` + keyA + `"}]`
)

// orders are all orders of n things.
func orders(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, o := range orders(n - 1) {
		for at := range n {
			next := append(append(append([]int{}, o[:at]...), n-1), o[at:]...)
			all = append(all, next)
		}
	}
	return all
}

// Each record is a file of its own, read in every order, by one ledger, by one
// for each file, and with every file twice.
func TestLedger_AddFile_shared(t *testing.T) {
	for name, c := range map[string]struct {
		records    []string
		want       map[string]uint64 // by principal and operation
		duplicates int64             // of the records, each read once
	}{
		"both": {[]string{logged(callersAccount, 1, sharedOne, byRole, decryptA), logged(ownersAccount, 2, sharedOne, byAccount, decryptA)},
			map[string]uint64{role + " Decrypt": 1}, 1},
		"the owner's alone": {[]string{logged(ownersAccount, 2, sharedOne, byAccount, decryptA)},
			map[string]uint64{"111122223333/AROAEXAMPLE Decrypt": 1}, 0},
		"two calls, one in both": {[]string{logged(callersAccount, 1, sharedOne, byRole, decryptA), logged(ownersAccount, 2, sharedOne, byAccount, decryptA), logged(ownersAccount, 3, sharedTwo, byAccount, decryptA)},
			map[string]uint64{role + " Decrypt": 1, "111122223333/AROAEXAMPLE Decrypt": 1}, 1},
		"a service": {[]string{logged(callersAccount, 1, sharedOne, byRDS, decryptA), logged(ownersAccount, 2, sharedOne, byRDS, decryptA)},
			map[string]uint64{"rds.amazonaws.com Decrypt": 1}, 1},
		"a service, in either log": {[]string{logged(callersAccount, 1, sharedOne, byRDS, decryptA), logged(ownersAccount, 2, sharedTwo, byRDS, decryptA)},
			map[string]uint64{"rds.amazonaws.com Decrypt": 2}, 0},
		"two copies, of three accounts": {[]string{logged(callersAccount, 1, sharedOne, byRole, decryptA), logged(ownersAccount, 2, sharedOne, byAccount, decryptA), logged("777788889999", 3, sharedOne, byAccount, decryptA)},
			map[string]uint64{role + " Decrypt": 1}, 2},
		"two copies alone": {[]string{logged(ownersAccount, 2, sharedOne, byAccount, decryptA), logged("777788889999", 3, sharedOne, byAccount, decryptA)},
			map[string]uint64{"111122223333/AROAEXAMPLE Decrypt": 1}, 1},
		"ReEncrypt": {[]string{logged(callersAccount, 1, sharedOne, byRole, reEncrypt), logged(ownersAccount, 2, sharedOne, byAccount, reEncrypt)},
			map[string]uint64{role + " ReEncryptFrom": 1, role + " ReEncryptTo": 1}, 1},
		"other operations": {[]string{logged(callersAccount, 1, sharedOne, byRole, decryptA), logged(ownersAccount, 2, sharedOne, byAccount, strings.Replace(decryptA, "Decrypt", "Encrypt", 1))},
			map[string]uint64{role + " Decrypt": 1, "111122223333/AROAEXAMPLE Encrypt": 1}, 0},
		"not shared": {[]string{logged(callersAccount, 1, "", byRole, decryptA), logged(callersAccount, 2, "", byRole, decryptA)},
			map[string]uint64{role + " Decrypt": 2}, 0},
		"same ids of two events": {[]string{logged(callersAccount, 1, sharedOne, byRole, decryptA), logged(callersAccount, 2, "", byRole, decryptA)},
			map[string]uint64{role + " Decrypt": 2}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range orders(len(c.records)) {
				for _, way := range []string{"one ledger", "merged", "twice", "read between", "released at the end"} {
					l, read := inOrder(t, way, c.records, order)
					got := map[string]uint64{}
					l.Each(func(r keyusage.Rollup) { got[r.Principal.ID+" "+r.Operation] += r.Count })
					if !reflect.DeepEqual(got, c.want) {
						t.Errorf("%s, order %v: %v, want %v", way, order, got, c.want)
					}
					totals := l.Totals()
					if want := c.duplicates + int64(read-len(c.records)); totals.Duplicates != want {
						t.Errorf("%s, order %v: %d duplicates, want %d", way, order, totals.Duplicates, want)
					}
				}
			}
		})
	}
}

// inOrder reads records in an order, and returns how many it read.
func inOrder(t *testing.T, way string, records []string, order []int) (l *keyusage.Ledger, read int) {
	t.Helper()
	cfg := keyusage.Config{Directory: twoTenants(), Seen: keyusage.NewEventSet()}
	l = keyusage.NewLedger(cfg)
	if way == "twice" {
		order = append(append([]int{}, order...), order...)
	}
	for _, i := range order {
		to := l
		if way == "merged" {
			to = keyusage.NewLedger(cfg)
		}
		if _, err := to.AddFile(context.Background(), "f", bytes.NewReader([]byte(`{"Records":[`+records[i]+`]}`))); err != nil {
			t.Fatal(err)
		}
		switch way {
		case "merged":
			if err := l.Merge(to); err != nil {
				t.Fatal(err)
			}
		case "read between":
			l.Totals()
			l.Findings()
		}
	}
	if way == "released at the end" {
		l.Release()
	}
	return l, len(order)
}
