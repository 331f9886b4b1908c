package delivery_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/shared/fake"
	"latchkey/shared/fake/faketrail"
	"latchkey/shared/fake/faketrail/delivery"
	"latchkey/shared/keyusage/digest"
)

// A delivery with a journal goes on where it was: nothing that was gathered is
// lost, and the chain of digests is one, whenever the process ended.
func TestDelivery_Journal(t *testing.T) {
	journal, err := fake.OpenJournal(filepath.Join(t.TempDir(), "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	trail, b := faketrail.New(1), newBucket()
	cfg := delivery.Config{Bucket: "trail", Account: account, Name: "latchkey", HomeRegion: home, Validate: true, Journal: journal}
	now := epoch
	var d *delivery.Delivery
	calls := 0
	for m := range 6 * 60 {
		if m%37 == 0 { // the process is another one
			if d != nil {
				d.Stop()
			}
			cfg.Seed = uint64(m) + 1
			if d, err = delivery.Start(trail, b, cfg, now); err != nil {
				t.Fatal(err)
			}
		}
		if m%7 == 0 && m < 5*60 {
			trail.Record(call("Decrypt", home, now))
			calls++
		}
		if err := d.Save(); err != nil {
			t.Fatal(err)
		}
		if next, ok := d.NextAt(); ok && !next.After(now) {
			if err := d.Tick(ctx, now); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(time.Minute)
	}
	records := 0
	for key, body := range b.objects {
		if !strings.Contains(key, "/CloudTrail-Digest/") {
			records += strings.Count(content(t, body), `"eventName":"Decrypt"`)
		}
	}
	if records != calls {
		t.Errorf("%d records were delivered of %d", records, calls)
	}
	rep, err := digest.Verify(ctx, digest.Deps{Objects: b, Keys: d}, d.Trail(home), epoch.Add(time.Hour), epoch.Add(4*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range rep.Hours {
		if !h.Proved {
			t.Errorf("%s is not proved: %s", h.Start, h.Why)
		}
	}
}

func content(t *testing.T, body []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
