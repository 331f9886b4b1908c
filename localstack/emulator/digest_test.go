package emulator_test

import (
	"bytes"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/events"
	"latchkey/localstack/emulator/proxy"
	"latchkey/shared/deployment"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/trailtest"
	"latchkey/shared/keyusage/usage"
)

// validated is a trail that signs its digests, as CloudTrail does.
type validated struct {
	*world
	trail  digest.Trail
	signer *rsa.PrivateKey
}

// TestStack_Digest lets CloudTrail deliver a log file and the signed digest of
// its hour, and holds that the function asks CloudTrail for the public key and
// proves the hour.
func TestStack_Digest(t *testing.T) {
	w := up(t)
	const tenant = "digest-bakery"
	key := w.customerKey()
	w.signUp(deployment.Bus, tenant, key)
	w.must(w.Settle(w.ctx))
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	w.must(err)
	v := validated{world: w, signer: signer, trail: digest.Trail{
		Bucket: w.variables("latchkey-audit-keys")[deployment.EnvTrailBucket], AccountID: w.Account, Region: home, Name: deployment.Prefix, HomeRegion: home,
	}}
	asked := v.publishKey()
	hour := time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)
	log := v.deliverLog(tenant, key, hour)
	w.must(w.Settle(w.ctx))
	first := v.deliverDigest(hour, nil, log)
	v.deliverDigest(hour.Add(time.Hour), &first) // log files come up to a quarter of an hour after a call
	w.must(w.Settle(w.ctx))

	var page usage.Page
	res, err := http.Get(w.region.APIURL + "/tenants/" + tenant + "/key-usage?from=" + hour.Format(time.RFC3339) + "&to=" + hour.Add(2*time.Hour).Format(time.RFC3339))
	w.must(err)
	defer res.Body.Close()
	w.must(json.NewDecoder(res.Body).Decode(&page))
	if asked.Load() == 0 {
		t.Error("the function did not ask CloudTrail for its public keys")
	}
	switch s := page.Summary; {
	case s == nil || s.Proof == nil:
		t.Errorf("nothing is said of what is proved: %+v", page)
	case s.Proof.Hours != 2 || s.Proof.Proved != 1 || len(s.Proof.Gaps) != 1 || !s.Proof.Gaps[0].From.Equal(hour.Add(time.Hour)):
		t.Errorf("proved: %+v, want the first of two hours", s.Proof)
	case s.Totals.Uses != 1:
		t.Errorf("%d uses, want 1", s.Totals.Uses)
	}
}

// publishKey answers ListPublicKeys in CloudTrail's place, which the emulator
// does not, and counts how often the function's role asks.
// [CloudTrail API reference, ListPublicKeys]
func (v validated) publishKey() *atomic.Int64 {
	var asked atomic.Int64
	der := x509.MarshalPKCS1PublicKey(&v.signer.PublicKey)
	answer, err := json.Marshal(map[string]any{"PublicKeyList": []any{map[string]any{"Fingerprint": v.fingerprint(), "Value": der}}})
	v.must(err)
	v.Cleanup(v.Proxy.Inject(proxy.Rule{Service: "cloudtrail", Action: "ListPublicKeys", Role: "latchkey-" + home + "-audit-keys",
		Fault: func(w http.ResponseWriter, _ *http.Request, _ proxy.Call, _ func(http.ResponseWriter)) {
			asked.Add(1)
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			_, _ = w.Write(answer) // the function may have gone
		}}))
	return &asked
}

func (v validated) fingerprint() string {
	sum := md5.Sum(x509.MarshalPKCS1PublicKey(&v.signer.PublicKey))
	return hex.EncodeToString(sum[:])
}

// deliverLog puts a log file with one use of the tenant's key.
func (v validated) deliverLog(tenant, key string, at time.Time) digest.LogFile {
	v.Helper()
	record := v.sample("kms-call.generate-data-key", func(_ *events.Envelope, d map[string]any) {
		d["eventTime"], d["awsRegion"], d["recipientAccountId"] = at.Add(10*time.Minute), home, v.Account
		d["requestParameters"] = map[string]any{"keyId": key, "encryptionContext": map[string]any{"latchkey:tenant": tenant}}
		d["resources"] = []any{map[string]any{"accountId": customer, "type": "AWS::KMS::Key", "ARN": key}}
	})
	content, err := json.Marshal(map[string]any{"Records": []json.RawMessage{record.Detail}})
	v.must(err)
	name := "AWSLogs/" + v.Account + "/CloudTrail/" + home + at.Format("/2006/01/02/") + v.Account + "_CloudTrail_" + home + at.Format("_20060102T1504Z_") + "digestdigestdige.json.gz"
	v.deliver(name, content, nil)
	sum := sha256.Sum256(content)
	return digest.LogFile{Bucket: v.trail.Bucket, Object: name, Hash: hex.EncodeToString(sum[:]), HashAlgorithm: digest.HashAlgorithm}
}

// signed is a digest that was delivered.
type signed struct {
	digest.File
	content   []byte
	signature string
}

// deliverDigest puts the digest of the hour from start on, which follows the one before.
func (v validated) deliverDigest(start time.Time, before *signed, logs ...digest.LogFile) signed {
	v.Helper()
	end := start.Add(time.Hour)
	d := signed{File: digest.File{
		AccountID: v.Account, StartTime: start.Format(time.RFC3339), EndTime: end.Format(time.RFC3339), Bucket: v.trail.Bucket,
		Object: v.trail.DigestKey(end), Fingerprint: v.fingerprint(), Algorithm: digest.SignatureAlgorithm, LogFiles: logs,
	}}
	if before != nil {
		sum := sha256.Sum256(before.content)
		d.PreviousBucket, d.PreviousObject, d.PreviousSignature = &before.Bucket, &before.Object, &before.signature
		d.PreviousHash, d.PreviousHashAlgorithm = aws.String(hex.EncodeToString(sum[:])), aws.String(digest.HashAlgorithm)
	}
	var err error
	d.content, err = json.Marshal(d.File)
	v.must(err)
	sum := sha256.Sum256(d.StringToSign(d.content))
	signature, err := rsa.SignPKCS1v15(nil, v.signer, crypto.SHA256, sum[:])
	v.must(err)
	d.signature = hex.EncodeToString(signature)
	v.deliver(d.Object, d.content, map[string]string{digest.MetaSignature: d.signature, digest.MetaAlgorithm: digest.SignatureAlgorithm})
	return d
}

// deliver puts an object into the trail's bucket, and S3's event on the bus.
func (v validated) deliver(name string, content []byte, metadata map[string]string) {
	v.Helper()
	body := trailtest.Gzip(content)
	_, err := v.region.Clients.S3.PutObject(v.ctx, &s3.PutObjectInput{Bucket: aws.String(v.trail.Bucket), Key: &name, Body: bytes.NewReader(body), Metadata: metadata})
	v.must(err)
	v.put("default", v.sample("s3-object-created", func(_ *events.Envelope, d map[string]any) {
		d["bucket"] = map[string]any{"name": v.trail.Bucket}
		d["object"] = map[string]any{"key": name, "size": len(body), "etag": "b1946ac92492d2347c6235b4d2611184"}
	}))
}
