package audit_test

import (
	"io"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"latchkey/events"
	"latchkey/shared/deployment"
	"latchkey/shared/fake"
	"latchkey/shared/function"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/settings"
	"latchkey/shared/keyusage/audit"
	"latchkey/shared/keyusage/ledger"
)

// TestNew holds that what an installation chooses reaches the ledger.
func TestNew(t *testing.T) {
	c := fake.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	h := function.Host{Name: events.FunctionAuditKeys, Region: region, AWS: aws.Config{Region: region}, Clock: c, Log: slog.New(slog.DiscardHandler),
		Metrics: emf.New(io.Discard, c, "audit-keys"), Limits: function.Limits{Timeout: time.Minute, AtOnce: 2}}
	retired := map[string]time.Time{"111122223333/eu-central-1/eu-central-1/old": c.Now()}
	const key, role = "arn:aws:kms:eu-central-1:123456789012:key/1c500df3-1a3b-9563-fda1-db178a4a57a6", "arn:aws:iam::111122223333:role/application"
	for _, any := range []bool{false, true} {
		s := settings.Audit{Account: "123456789012", Table: catalogName, PlatformKey: key, TrailBucket: bucket, LedgerBucket: ledgerName,
			KnownPrincipals: []string{role}, AnyPrincipal: any, Retired: retired}
		l, err := audit.New(h, s)
		if err != nil {
			t.Fatal(err)
		}
		want := ledger.Config{Account: s.Account, Region: region, PlatformKey: key, TrailBucket: bucket, LedgerBucket: ledgerName,
			Known: []string{role}, AnyPrincipal: any, Retired: retired, Turn: deployment.AuditTimeout}
		got := l.Config
		chosen := ledger.Config{Account: got.Account, Region: got.Region, PlatformKey: got.PlatformKey, TrailBucket: got.TrailBucket, LedgerBucket: got.LedgerBucket,
			Known: got.Known, AnyPrincipal: got.AnyPrincipal, Retired: got.Retired, Turn: got.Turn}
		if !reflect.DeepEqual(chosen, want) || got.MaxReport <= 0 || got.MaxReport >= 2_000_000 {
			t.Errorf("the ledger has %+v, want %+v", got, want)
		}
	}
}
