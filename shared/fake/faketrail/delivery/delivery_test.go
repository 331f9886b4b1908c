package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/fake/faketrail/delivery"
	"latchkey/shared/keyusage/digest"
	"latchkey/shared/keyusage/scan"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 1, 10, 7, 0, 0, time.UTC)
)

const (
	account = "111122223333"
	home    = "eu-central-1"
)

// bucket keeps objects in memory; the next PutObject fails with fail.
type bucket struct {
	objects  map[string][]byte
	metadata map[string]map[string]string
	fail     error
}

func newBucket() *bucket {
	return &bucket{objects: map[string][]byte{}, metadata: map[string]map[string]string{}}
}

func (b *bucket) PutObject(_ context.Context, key string, body []byte, metadata map[string]string) error {
	if err := b.fail; err != nil {
		b.fail = nil
		return err
	}
	if b.objects[key] != nil {
		return fmt.Errorf("%s is written twice", key)
	}
	b.objects[key], b.metadata[key] = body, metadata
	return nil
}

func (b *bucket) Open(_ context.Context, _, key string) (io.ReadCloser, map[string]string, error) {
	if b.objects[key] == nil {
		return nil, nil, coded.New(coded.NotFound, "no object %s", key)
	}
	return io.NopCloser(bytes.NewReader(b.objects[key])), b.metadata[key], nil
}

func (b *bucket) List(_ context.Context, _, prefix, after string) ([]string, error) {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(key, prefix) && key > after {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func call(name, region string, at time.Time) faketrail.Call {
	arn := "arn:aws:kms:" + region + ":" + account + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
	return faketrail.Call{Source: "kms.amazonaws.com", Name: name, Region: region, At: at,
		Caller: "arn:aws:iam::" + account + ":role/latchkey", Request: map[string]any{"keyId": arn},
		Resources: []faketrail.Resource{{AccountID: account, Type: "AWS::KMS::Key", ARN: arn}}}
}

// play makes a call every ten minutes for some hours, in two Regions.
func play(t *testing.T, trail *faketrail.Trail, d *delivery.Delivery, hours int) (calls int) {
	t.Helper()
	for m := 0; m < hours*60; m++ {
		now := epoch.Add(time.Duration(m) * time.Minute)
		if m%10 == 0 && m < (hours-1)*60 {
			trail.Record(call("Decrypt", home, now))
			trail.Record(call("DescribeKey", "us-east-1", now))
			calls += 2
		}
		if next, ok := d.NextAt(); ok && !next.After(now) {
			if err := d.Tick(ctx, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	return calls
}

func start(t *testing.T, cfg delivery.Config) (*faketrail.Trail, *delivery.Delivery, *bucket) {
	t.Helper()
	trail, b := faketrail.New(1), newBucket()
	cfg.Bucket, cfg.Account, cfg.Name, cfg.HomeRegion = "trail", account, "latchkey", home
	d, err := delivery.Start(trail, b, cfg, epoch)
	if err != nil {
		t.Fatal(err)
	}
	return trail, d, b
}

// What is delivered holds every record once, is proved complete by the digests,
// and no longer is once a byte of it is changed.
func TestDelivery_Validated(t *testing.T) {
	trail, d, b := start(t, delivery.Config{Validate: true})
	calls := play(t, trail, d, 6)
	ids := map[string]bool{}
	var log string
	for key, body := range b.objects {
		if strings.Contains(key, "/CloudTrail-Digest/") {
			continue
		}
		log = key
		_, err := scan.New(scan.Limits{}).File(ctx, key, bytes.NewReader(body), func(rec *scan.Record) error {
			ids[string(rec.EventID)] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != calls {
		t.Errorf("%d records were delivered of %d calls", len(ids), calls)
	}
	if !strings.HasPrefix(log, "AWSLogs/"+account+"/CloudTrail/") || !strings.Contains(log, "/2026/03/01/"+account+"_CloudTrail_") {
		t.Errorf("a log file is called %s", log)
	}
	from, to := epoch.Truncate(time.Hour), epoch.Truncate(time.Hour).Add(3*time.Hour)
	verify := func() *digest.Report {
		rep, err := digest.Verify(ctx, digest.Deps{Objects: b, Keys: d}, d.Trail(home), from, to)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	rep := verify()
	if len(rep.Problems) > 0 || len(rep.Hours) != 3 {
		t.Fatalf("report: %+v", rep)
	}
	for _, h := range rep.Hours {
		if !h.Proved {
			t.Errorf("%s is not proved: %+v", h.Start, rep)
		}
	}
	for key := range b.objects {
		if strings.Contains(key, "/CloudTrail/"+home) {
			b.objects[key][len(b.objects[key])/2] ^= 1
		}
	}
	if rep := verify(); len(rep.Problems) == 0 {
		t.Error("changed log files are not noticed")
	}
}

// A delivery that fails is made again, and nothing is lost or written twice.
func TestDelivery_TriesAgain(t *testing.T) {
	trail, d, b := start(t, delivery.Config{Records: 3})
	for i := range 8 {
		trail.Record(call("Decrypt", home, epoch.Add(time.Duration(i)*time.Second)))
	}
	later := epoch.Add(time.Hour)
	for range 4 {
		b.fail = errors.New("down")
		if err := d.Tick(ctx, later); err == nil {
			t.Fatal("a failed delivery is not told")
		}
	}
	if err := d.Tick(ctx, later); err != nil {
		t.Fatal(err)
	}
	if _, more := d.NextAt(); more || len(b.objects) != 3 {
		t.Errorf("%d files of 8 records, 3 in each; more: %v", len(b.objects), more)
	}
	d.Stop()
	trail.Record(call("Decrypt", home, later))
	if _, more := d.NextAt(); more {
		t.Error("records are gathered after Stop")
	}
}
