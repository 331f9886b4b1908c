package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/events"
	"latchkey/shared/deployment"
	"latchkey/shared/keyusage/trailtest"
)

// TestStack_Ledger lets CloudTrail deliver a file with a use of a tenant's key,
// twice, and looks for it in the ledger's bucket and in the HTTP API.
func TestStack_Ledger(t *testing.T) {
	w := up(t)
	const tenant = "ledger-bakery"
	key := w.customerKey()
	w.signUp(deployment.Bus, tenant, key)
	w.must(w.Settle(w.ctx))
	at := time.Now().UTC().Truncate(time.Hour)
	record := w.sample("kms-call.generate-data-key", func(_ *events.Envelope, d map[string]any) {
		d["eventTime"], d["awsRegion"], d["recipientAccountId"] = at, home, w.Account
		d["requestParameters"] = map[string]any{"keyId": key, "encryptionContext": map[string]any{"latchkey:tenant": tenant}}
		d["resources"] = []any{map[string]any{"accountId": customer, "type": "AWS::KMS::Key", "ARN": key}}
	})
	file, err := json.Marshal(map[string]any{"Records": []json.RawMessage{record.Detail}})
	w.must(err)
	name := "AWSLogs/" + w.Account + "/CloudTrail/" + home + at.Format("/2006/01/02/") + w.Account + "_CloudTrail_" + home + at.Format("_20060102T1504Z_") + "0123456789abcdef.json.gz"
	env := w.variables("latchkey-audit-keys")
	_, err = w.region.Clients.S3.PutObject(w.ctx, &s3.PutObjectInput{Bucket: aws.String(env[deployment.EnvTrailBucket]), Key: &name, Body: bytes.NewReader(trailtest.Gzip(file))})
	w.must(err)
	for range 2 {
		w.put("default", w.sample("s3-object-created", func(_ *events.Envelope, d map[string]any) {
			d["bucket"] = map[string]any{"name": env[deployment.EnvTrailBucket]}
			d["object"] = map[string]any{"key": name, "size": len(file), "etag": "b1946ac92492d2347c6235b4d2611184"}
		}))
		w.must(w.Settle(w.ctx))
	}
	out, err := w.region.Clients.S3.ListObjectsV2(w.ctx, &s3.ListObjectsV2Input{Bucket: aws.String(env[deployment.EnvLedgerBucket])})
	w.must(err)
	files := 0
	for _, o := range out.Contents {
		if strings.Contains(*o.Key, "tenant="+tenant+"/date="+at.Format("2006-01-02")+"/") {
			files++
		}
	}
	if files != 1 {
		t.Errorf("%d files of the tenant in %d of the ledger, want 1", files, len(out.Contents))
	}
	res, err := http.Get(w.region.APIURL + "/tenants/" + tenant + "/key-usage?from=" + at.Format("2006-01-02") + "&to=" + at.AddDate(0, 0, 1).Format("2006-01-02"))
	w.must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	w.must(err)
	if res.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"GenerateDataKey"`)) || !bytes.Contains(body, []byte(key)) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}
