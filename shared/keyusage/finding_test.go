package keyusage_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/keyusage"
)

// day is a list of uses of key A, each at a time of 2025-03-01.
func findings(t *testing.T, dir keyusage.Directory, cfg keyusage.Rules, records ...string) []keyusage.Finding {
	t.Helper()
	for i, r := range records {
		records[i] = fmt.Sprintf(`{"eventVersion":"1.11","eventSource":"kms.amazonaws.com","recipientAccountId":"111122223333","eventID":"6e2fcf0f-5d2b-4b0f-9d3f-%012d",%s}`, i, r)
	}
	l := keyusage.NewLedger(keyusage.Config{Directory: dir, Rules: cfg})
	res, err := l.AddFile(context.Background(), "f", strings.NewReader(`{"Records":[`+strings.Join(records, ",")+`]}`))
	if err != nil || res.BrokenRecords != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	list, _ := l.Findings()
	return list
}

// decrypt is a use of a key by RDS at a time of the day; more members win.
func decrypt(at, key, context, more string) string {
	return `"userIdentity":{"type":"AWSService","invokedBy":"rds.amazonaws.com"},"awsRegion":"us-east-1","eventName":"Decrypt",` +
		`"eventTime":"2025-03-01T` + at + `Z","resources":[{"ARN":"` + key + `"}],"requestParameters":{"encryptionContext":` + context + `}` + more
}

func TestLedger_Findings(t *testing.T) {
	const own = `{"aws:rds:db-id":"db-A1"}`
	dir := twoTenants()
	dir.strangers["arn:aws:iam::111122223333:user/eve"] = true
	stranger := `,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve"}`
	for name, c := range map[string]struct {
		record   string
		kind     keyusage.Kind // empty: none
		severity keyusage.Severity
		sentence string // a part of it
	}{
		"expected use":        {decrypt("10:00:00", keyA, own, ""), "", "", ""},
		"denied":              {decrypt("10:00:00", keyA, own, `,"errorCode":"AccessDenied"`), keyusage.DeniedUse, keyusage.Medium, "was refused (AccessDenied)"},
		"denied, unknown key": {decrypt("10:00:00", "arn:aws:kms:us-east-1:1:key/z", own, `,"errorCode":"AccessDeniedException"`), keyusage.DeniedUse, keyusage.Medium, "once at 2025-03-01T10:00:00Z"},
		"disabled":            {decrypt("10:00:00", keyA, own, `,"errorCode":"DisabledException"`), "", "", ""},
		"throttled":           {decrypt("10:00:00", keyA, own, `,"errorCode":"ThrottlingException"`), "", "", ""},
		"dry run":             {decrypt("10:00:00", keyA, "null", `,"errorCode":"DryRunOperationException"`), "", "", ""},
		"stranger":            {decrypt("10:00:00", keyA, own, stranger), keyusage.UnknownPrincipal, keyusage.High, "user/eve called Decrypt on key " + keyA + " of tenant a once"},
		"stranger looks":      {decrypt("10:00:00", keyA, own, stranger+`,"eventName":"DescribeKey"`), "", "", ""},
		"stranger elsewhere":  {decrypt("10:00:00", "arn:aws:kms:us-east-1:1:key/z", own, stranger), keyusage.UnrecordedKey, keyusage.Medium, "key/z once at 2025-03-01T10:00:00Z, which is on no record, with an encryption context that names tenant a."},
		"service elsewhere":   {decrypt("10:00:00", "arn:aws:kms:us-east-1:1:key/z", own, ""), "", "", ""},
		"foreign context":     {decrypt("10:00:00", keyA, `{"aws:rds:db-id":"db-B1"}`, ""), keyusage.ForeignContext, keyusage.Critical, "belongs to tenant b"},
		"no context":          {decrypt("10:00:00", keyA, "null", ""), keyusage.NoContext, keyusage.Medium, "without an encryption context"},
		"wrong region":        {decrypt("10:00:00", keyA, own, `,"awsRegion":"eu-west-1"`), keyusage.WrongRegion, keyusage.High, "in Region eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := findings(t, dir, keyusage.Rules{}, c.record)
			if c.kind == "" {
				if len(got) != 0 {
					t.Errorf("%+v; want none", got)
				}
				return
			}
			if len(got) != 1 || got[0].Kind != c.kind || got[0].Severity != c.severity || !strings.Contains(got[0].Sentence(), c.sentence) {
				t.Fatalf("%+v; want %s, %s, %q", got, c.kind, c.severity, c.sentence)
			}
			if f := got[0]; len(f.Evidence) != 1 || f.Evidence[0].EventID.String() != "6e2fcf0f-5d2b-4b0f-9d3f-000000000000" {
				t.Errorf("evidence %+v", f.Evidence)
			}
		})
	}
}

func TestLedger_Findings_afterRevocation(t *testing.T) {
	const own = `{"aws:rds:db-id":"db-A1"}`
	at := func(clock string) time.Time {
		v, err := time.Parse("2006-01-02 15:04:05", "2025-03-01 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	open := []keyusage.Revocation{{From: at("10:00:00"), Reason: "disabled", Evidence: "event 1"}}
	closed := []keyusage.Revocation{{From: at("10:00:00"), Until: at("11:00:00"), Reason: "disabled", Evidence: "event 1"}}
	for name, c := range map[string]struct {
		revoked []keyusage.Revocation
		use     string
		found   bool
	}{
		"before":                        {open, decrypt("09:59:59", keyA, own, ""), false},
		"within KMS's consistency":      {open, decrypt("10:05:00", keyA, own, ""), false},
		"after it":                      {open, decrypt("10:05:01", keyA, own, ""), true},
		"hours later":                   {open, decrypt("23:00:00", keyA, own, ""), true},
		"before it was enabled":         {closed, decrypt("10:59:59", keyA, own, ""), true},
		"when it was enabled":           {closed, decrypt("11:00:00", keyA, own, ""), false},
		"refused":                       {open, decrypt("12:00:00", keyA, own, `,"errorCode":"DisabledException"`), false},
		"described":                     {open, decrypt("12:00:00", keyA, own, `,"eventName":"DescribeKey"`), false},
		"another key":                   {open, decrypt("12:00:00", keyB, `{"aws:rds:db-id":"db-B1"}`, ""), false},
		"revoked later in the use hour": {[]keyusage.Revocation{{From: at("12:30:00")}}, decrypt("12:10:00", keyA, own, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := twoTenants()
			key := dir.keys[keyA]
			key.Revoked = c.revoked
			dir.keys[keyA] = key
			got := findings(t, dir, keyusage.Rules{}, c.use)
			if !c.found {
				if len(got) != 0 {
					t.Errorf("%+v; want none", got)
				}
				return
			}
			if len(got) != 1 || got[0].Kind != keyusage.UseAfterRevocation || got[0].Severity != keyusage.Critical {
				t.Fatalf("%+v; want one use after revocation", got)
			}
			f := got[0]
			if !f.HoldUntil.Equal(f.Last.Add(15 * time.Minute)) {
				t.Errorf("held until %v; CloudTrail may deliver an EnableKey until 15 minutes after %v", f.HoldUntil, f.Last)
			}
			if want := "revoked at 2025-03-01T10:00:00Z (disabled; evidence event 1)"; !strings.Contains(f.Sentence(), want) {
				t.Errorf("%q; want %q in it", f.Sentence(), want)
			}
		})
	}
}

func TestLedger_Findings_grouped(t *testing.T) {
	denied := func(at string) string {
		return decrypt(at, keyA, `{"aws:rds:db-id":"db-A1"}`, `,"errorCode":"AccessDenied"`)
	}
	got := findings(t, twoTenants(), keyusage.Rules{Evidence: 2},
		denied("12:00:00"), denied("10:00:00"), denied("23:59:59"), denied("11:00:00"))
	if len(got) != 1 || got[0].Count != 4 || got[0].First.Hour() != 10 || got[0].Last.Hour() != 23 {
		t.Fatalf("%+v; want one finding for the day, with 4 uses", got)
	}
	if e := got[0].Evidence; len(e) != 2 || e[0].At.Hour() != 10 || e[1].At.Hour() != 11 {
		t.Errorf("evidence %+v; want the earliest two", e)
	}
	again := findings(t, twoTenants(), keyusage.Rules{}, denied("13:00:00"))
	if again[0].ID() != got[0].ID() {
		t.Error("the same finding of another file has another id")
	}
	other := findings(t, twoTenants(), keyusage.Rules{}, strings.Replace(denied("13:00:00"), "2025-03-01", "2025-03-02", 1))
	if other[0].ID() == got[0].ID() {
		t.Error("a finding of another day has the same id")
	}
}

func TestLedger_Findings_bounded(t *testing.T) {
	var records []string
	for i := range 20 {
		records = append(records, decrypt("10:00:00", keyA, `null`, fmt.Sprintf(`,"errorCode":"AccessDenied","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/%d"}`, i)))
	}
	l := keyusage.NewLedger(keyusage.Config{Rules: keyusage.Rules{MaxFindings: 5}})
	for _, r := range records {
		doc := `{"Records":[{"eventVersion":"1","eventSource":"kms.amazonaws.com","eventID":"6e2fcf0f-5d2b-4b0f-9d3f-000000000000",` + r + `}]}`
		if _, err := l.AddFile(context.Background(), "f", bytes.NewReader([]byte(doc))); err != nil {
			t.Fatal(err)
		}
	}
	if list, dropped := l.Findings(); len(list) != 5 || dropped != 15 {
		t.Errorf("%d findings, %d dropped; want 5, 15", len(list), dropped)
	}
}

func TestFinding_Sentence_object(t *testing.T) {
	for want, f := range map[string]keyusage.Finding{
		"root called ListKeys once at ":                      {},
		"root called ListKeys on key K once at ":             {KeyARN: "K"},
		"root called ListKeys on key K of tenant T once at ": {KeyARN: "K", Tenant: "T"},
	} {
		f.Kind, f.Operation, f.Principal, f.Count = keyusage.DeniedUse, "ListKeys", keyusage.Principal{ID: "root"}, 1
		if got := f.Sentence(); !strings.HasPrefix(got, want) {
			t.Errorf("%q; want it to begin with %q", got, want)
		}
	}
}

// TestNeedDirectory: the list is of all kinds but those that come without a
// directory.
func TestNeedDirectory(t *testing.T) {
	foreign := `,"userIdentity":{"type":"AWSAccount","principalId":"AIDA","accountId":"999988887777"}`
	without := keyusage.NeedDirectory()
	for _, record := range []string{
		decrypt("10:00:00", keyA, `{"latchkey:tenant":"b"}`, foreign), decrypt("10:00:00", keyA, `null`, foreign),
		decrypt("10:00:00", keyA, `{"latchkey:tenant":"a"}`, foreign+`,"errorCode":"AccessDenied"`),
	} {
		for _, f := range findings(t, nil, keyusage.Rules{}, record) {
			if slices.Contains(without, f.Kind) || f.Kind != keyusage.DeniedUse {
				t.Errorf("%s comes without a directory", f.Kind)
			}
		}
	}
	if slices.Contains(without, keyusage.DeniedUse) || len(without) != 6 {
		t.Errorf("%v", without)
	}
}

// TestLedger_Findings_nobody: without a directory no tenant is one of ours.
func TestLedger_Findings_nobody(t *testing.T) {
	stranger := `,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve"}`
	if got := findings(t, nil, keyusage.Rules{}, decrypt("10:00:00", keyA, `{"latchkey:tenant":"a"}`, stranger)); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
