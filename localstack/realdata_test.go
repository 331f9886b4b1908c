package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/localstack/api"
)

// trailFolder holds public CloudTrail log files, where they were fetched.
const trailFolder = "../../shared/data/cloudtrail"

// TestEventPut_RealCloudTrail puts every record of real CloudTrail files:
// each is understood or counted as unknown, and none is broken.
func TestEventPut_RealCloudTrail(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(trailFolder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no CloudTrail files in %s", trailFolder)
	}
	cmd, c := startKillable(t, filepath.Join(t.TempDir(), "state"))
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	url := cmdURL(t, cmd.Args[3])
	services := map[string]int{}
	total := map[api.Status]int{}
	for _, file := range files {
		countServices(t, file, services)
		var out, errOut bytes.Buffer
		code := run(context.Background(), []string{"--json", "--url", url, "event", "put", file}, nil, &out, &errOut)
		if code != exitOK {
			t.Errorf("%s: exit code %d: %s", filepath.Base(file), code, errOut.String())
		}
		var r api.PutResult
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, e := range r.Entries {
			total[e.Status]++
			if e.Problem != nil {
				t.Errorf("%s: record %s: %+v", filepath.Base(file), e.ID, *e.Problem)
			}
		}
	}
	records := 0
	for _, n := range services {
		records += n
	}
	t.Logf("%d records, %d of KMS and %d of RDS: %v", records, services["kms"], services["rds"], total)
	understood := total[api.Accepted] + total[api.Unrouted]
	if understood < services["kms"]+services["rds"] || understood+total[api.Unknown] != records {
		t.Errorf("%v of %d records", total, records)
	}
	checkNothingLeft(t, context.Background(), c)
}

func countServices(t *testing.T, file string, services map[string]int) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var trail struct {
		Records []struct{ EventSource string }
	}
	if err := json.Unmarshal(body, &trail); err != nil {
		t.Fatal(err)
	}
	for _, r := range trail.Records {
		services[strings.TrimSuffix(r.EventSource, ".amazonaws.com")]++
	}
}
