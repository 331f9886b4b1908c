package events

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWrapCloudTrail(t *testing.T) {
	want := sample(t, "kms-call.disable-key")
	env, err := WrapCloudTrail(want.Detail, "")
	if err != nil {
		t.Fatal(err)
	}
	if env.Source != SourceKMS || env.DetailType != TypeCloudTrailCall || env.Account != "111122223333" ||
		env.Region != "eu-central-1" || !env.Time.Equal(want.Time) {
		t.Errorf("wrapped %+v", env)
	}
	if env, err = WrapCloudTrail(want.Detail, "444455556666"); err != nil || env.Account != "444455556666" {
		t.Errorf("account %s, %v", env.Account, err)
	}
	if _, err := Parse(env); err != nil {
		t.Error(err)
	}
	for eventType, detailType := range map[string]string{"AwsServiceEvent": "AWS Service Event via CloudTrail", "AwsApiCall": TypeCloudTrailCall, "": TypeCloudTrailCall} {
		env, err := WrapCloudTrail(edit(t, string(want.Detail), map[string]any{"eventType": eventType}), "")
		if err != nil || env.DetailType != detailType {
			t.Errorf("%s is delivered as %s (%v), want %s", eventType, env.DetailType, err, detailType)
		}
	}
}

func TestWrapCloudTrail_Broken(t *testing.T) {
	record := string(sample(t, "kms-call.disable-key").Detail)
	for _, c := range []struct {
		record []byte
		field  string
	}{
		{[]byte(`{`), "detail"},
		{[]byte(`[]`), "detail"},
		{edit(t, record, map[string]any{"eventTime": "now"}), "detail"},
		{edit(t, record, map[string]any{"eventTime": nil}), "time"},
		{edit(t, record, map[string]any{"eventID": nil}), "id"},
		{edit(t, record, map[string]any{"eventSource": "kms"}), "detail.eventSource"},
		{edit(t, record, map[string]any{"eventSource": ".amazonaws.com"}), "detail.eventSource"},
	} {
		_, err := WrapCloudTrail(c.record, "111122223333")
		wantField(t, err, c.field)
	}
}

// TestParse_RealRecords reads every KMS and RDS record of a public collection
// of CloudTrail files, as EventBridge would deliver them.
func TestParse_RealRecords(t *testing.T) {
	files, err := filepath.Glob("../../shared/data/cloudtrail/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the collection of CloudTrail files is not here (../../shared/data/cloudtrail)")
	}
	understood, unknown := 0, 0
	for _, f := range files {
		for _, record := range records(t, f) {
			env, err := WrapCloudTrail(record, "")
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(f), err)
				continue
			}
			if env.Source != SourceKMS && env.Source != SourceRDS {
				continue
			}
			_, err = Parse(env)
			switch {
			case err == nil:
				understood++
			case errors.Is(err, ErrUnknown):
				unknown++
			default:
				t.Errorf("%s, record %s: %v", filepath.Base(f), env.ID, err)
			}
			if routes := table(t).Match(env); env.Source == SourceRDS && len(routes) != 0 {
				t.Errorf("an RDS call takes %s", routeNames(routes))
			}
		}
	}
	t.Logf("%d understood, %d unknown", understood, unknown)
	if understood < 300 {
		t.Errorf("only %d of the records are understood", understood)
	}
}

func records(t *testing.T, file string) []json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Records []json.RawMessage }
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Records
}
