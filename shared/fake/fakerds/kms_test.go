package fakerds

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/fake/fakekms"
)

const customerAdmin = "arn:aws:iam::444455556666:role/KeyAdmin"

// keyPolicy lets the customer's account do all and the test caller do some.
func keyPolicy(actions ...string) string {
	root := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"}`
	if len(actions) == 0 {
		return `{"Version":"2012-10-17","Statement":[` + root + `]}`
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[%s,{"Effect":"Allow","Principal":{"AWS":%q},"Action":["%s"],"Resource":"*"}]}`,
		root, testCaller, strings.Join(actions, `","`))
}

// The twin with the KMS twin: a customer's key in the customer's account, and
// changes that are seen up to five minutes late.
func TestRDS_withKMS(t *testing.T) {
	w := newWorld(t, nil)
	kms, err := fakekms.New(fakekms.Config{Clock: w.clock, Seed: 3, MaxLag: 5 * time.Minute, Changed: func(arn string) { w.KeyChanged(arn) }})
	w.must(err)
	w.cfg.KMS = kms
	w.restart()
	key, err := kms.CreateKey(ctx, customerAdmin, fakekms.CreateKeyInput{Region: testRegion, Policy: keyPolicy("kms:DescribeKey")})
	w.must(err)
	settle := func() { w.advance(5 * time.Minute) }
	settle()

	f := w.Fleet(testCaller)
	wantCode(t, f.Create(ctx, testSpec("orders", key)), database.CodeKeyNotAccessible)
	w.must(kms.PutKeyPolicy(ctx, customerAdmin, key, keyPolicy("kms:DescribeKey", "kms:CreateGrant")))
	settle()
	w.ready("orders", key)

	w.must(kms.PutKeyPolicy(ctx, customerAdmin, key, keyPolicy()))
	w.advance(day)
	w.wantStatus("orders", "available") // the grant holds, whatever became of the caller [aws-facts 4]
	w.must(w.Backups(testCaller).Create(ctx, "orders", "s", nil))
	w.advance(time.Hour)
	wantCode(t, w.Restorer(testCaller).RestoreSnapshot(ctx, "s", testSpec("again", "")), database.CodeKeyNotAccessible)

	w.must(kms.DisableKey(ctx, customerAdmin, key))
	w.advance(4 * time.Hour)
	w.wantStatus("orders", "inaccessible-encryption-credentials-recoverable")
	wantCode(t, f.Start(ctx, "orders"), database.CodeKeyNotAccessible)
	w.must(kms.EnableKey(ctx, customerAdmin, key))
	settle()
	w.must(f.Start(ctx, "orders"))
	w.advance(time.Hour)
	w.wantStatus("orders", "available")
	w.must(f.Delete(ctx, "orders"))
	w.advance(time.Hour)
	if grants, _, err := kms.ListGrants(ctx, customerAdmin, key, ""); err != nil || len(grants) != 0 {
		t.Fatalf("grants left: %v, %v", grants, err)
	}
}

// RDS uses the key for the instance; EBS uses it in RDS's name for each volume,
// to make it and whenever it is attached.
func TestRDS_volumes(t *testing.T) {
	w := newWorld(t, nil)
	spec := testSpec("orders", testKey)
	spec.MultiAZ = true
	w.must(w.Fleet(testCaller).Create(ctx, spec))
	primary, standby := "vol-[0-9a-f]{17}", "vol-[0-9a-f]{17}"
	want := regexp.MustCompile("^GenerateDataKey,GenerateDataKeyWithoutPlaintext " + primary + ",GenerateDataKeyWithoutPlaintext " + standby +
		",Decrypt " + primary + ",Decrypt " + standby + "$")
	if got := strings.Join(w.kms.used, ","); !want.MatchString(got) {
		t.Errorf("a new instance: %s", got)
	}
	made := w.kms.used[3:]
	w.advance(2 * time.Hour)
	w.must(w.Fleet(testCaller).Stop(ctx, "orders"))
	w.advance(time.Hour)
	before := len(w.kms.used)
	w.must(w.Fleet(testCaller).Start(ctx, "orders"))
	if got := w.kms.used[before:]; !slices.Equal(got, made[:2]) || made[0] == made[1] {
		t.Errorf("a start: %q, the volumes are %q", got, made)
	}
}
