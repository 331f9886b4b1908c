package digest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/trailtest"
)

var (
	day    = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	logKey = trailtest.New(trailtest.Config{PerFile: 30 * time.Minute}).Name
)

func verify(t *testing.T, b *bucket, hours int) *Report {
	t.Helper()
	r, err := Verify(context.Background(), Deps{Objects: b, Keys: b}, testTrail, day, day.Add(time.Duration(hours)*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// proved draws the hours: P for proved, - for not.
func proved(r *Report) string {
	var s strings.Builder
	for _, h := range r.Hours {
		if h.Proved {
			s.WriteByte('P')
		} else {
			s.WriteByte('-')
		}
	}
	return s.String()
}

// Each way to tamper with a chain of ten digests is found, is named, and takes
// the proof from the hours that it touches and from no others.
func TestVerify_tampering(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(t *testing.T, b *bucket)
		kind   ProblemKind // empty: no problem
		object string
		hours  string
	}{
		"intact": {func(*testing.T, *bucket) {}, "", "", "PPPPPPPP"},
		"log byte changed": {func(t *testing.T, b *bucket) {
			b.replace(t, logKey(8), "us-east-1", "us-west-1")
		}, LogChanged, logKey(8), "PPP--PPP"},
		"log truncated": {func(_ *testing.T, b *bucket) {
			b.objects[logKey(8)] = b.objects[logKey(8)][:100]
		}, LogChanged, logKey(8), "PPP--PPP"},
		"log removed": {func(_ *testing.T, b *bucket) {
			delete(b.objects, logKey(9))
		}, LogMissing, logKey(9), "PPP--PPP"},
		"digest removed": {func(_ *testing.T, b *bucket) {
			delete(b.objects, key(4))
		}, DigestMissing, key(4), "PPP--PPP"},
		"digest byte changed": {func(t *testing.T, b *bucket) {
			b.replace(t, key(4), `"hashValue":"`, `"hashValue":"0`)
		}, DigestUnsigned, key(4), "PPP--PPP"},
		"digest not JSON": {func(_ *testing.T, b *bucket) {
			b.objects[key(4)] = trailtest.Gzip([]byte("{"))
		}, DigestMalformed, key(4), "PPP--PPP"},
		"digests swapped": {func(_ *testing.T, b *bucket) {
			b.objects[key(4)], b.objects[key(5)] = b.objects[key(5)], b.objects[key(4)]
			b.metadata[key(4)], b.metadata[key(5)] = b.metadata[key(5)], b.metadata[key(4)]
		}, DigestMoved, key(4), "PPP---PP"},
		"digest of a newer signature": {func(t *testing.T, b *bucket) {
			f := b.read(t, key(4))
			f.LogFiles = f.LogFiles[:1] // signed well, but not the one that the next names
			b.put(t, f)
		}, DigestReplaced, key(4), "PPP--PPP"},
		"link with another hash": {func(t *testing.T, b *bucket) {
			f := b.read(t, key(5))
			f.PreviousHash = text(strings.Repeat("0", 64))
			b.put(t, f)
			relink(t, b, 6, 9)
		}, DigestReplaced, key(4), "PPP--PPP"},
		"link with another signature": {func(t *testing.T, b *bucket) {
			f := b.read(t, key(5))
			f.PreviousSignature = text(strings.Repeat("0", 512))
			b.put(t, f)
			relink(t, b, 6, 9)
		}, DigestReplaced, key(4), "PPP--PPP"},
		"link to elsewhere": {func(t *testing.T, b *bucket) {
			f := b.read(t, key(5))
			b.follow(&f, key(2))
			b.put(t, f)
			g := b.read(t, key(6))
			b.follow(&g, key(5))
			b.put(t, g)
			relink(t, b, 7, 9)
		}, DigestReplaced, key(4), "PPP--PPP"},
		"chain begins anew": {func(t *testing.T, b *bucket) {
			delete(b.objects, key(4))
			f := b.read(t, key(5))
			f.PreviousObject, f.PreviousHash, f.PreviousSignature = nil, nil, nil
			b.put(t, f)
			relink(t, b, 6, 9)
		}, ChainInterrupted, key(5), "PPP--PPP"},
		"signature removed": {func(_ *testing.T, b *bucket) {
			delete(b.metadata, key(4))
		}, DigestUnsigned, key(4), "PPP--PPP"},
		"signed with another algorithm": {func(_ *testing.T, b *bucket) {
			b.metadata[key(4)][MetaAlgorithm] = "SHA1withRSA"
		}, DigestUnsigned, key(4), "PPP--PPP"},
		"other algorithm in the file": {func(t *testing.T, b *bucket) {
			f := b.read(t, key(4))
			f.Algorithm = "SHA1withRSA"
			b.put(t, f)
			relink(t, b, 5, 9)
		}, DigestUnsigned, key(4), "PPP--PPP"},
		"key unknown": {func(_ *testing.T, b *bucket) { clear(b.keys) }, DigestUnsigned, key(0), "--------"},
		"newest removed": {func(_ *testing.T, b *bucket) {
			for h := 6; h < 10; h++ {
				delete(b.objects, key(h))
			}
		}, "", "", "PPPPP---"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBucket(t, 10)
			c.tamper(t, b)
			r := verify(t, b, 8)
			if got := proved(r); got != c.hours {
				t.Errorf("hours %s, want %s; problems %+v", got, c.hours, r.Problems)
			}
			found := slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Kind == c.kind && p.Object == c.object })
			if c.kind != "" && !found || c.kind == "" && len(r.Problems) > 0 {
				t.Errorf("problems %+v; want %q of %s", r.Problems, c.kind, c.object)
			}
			for _, h := range r.Hours {
				if h.Proved == (h.Why != "") {
					t.Errorf("hour %+v: proved or a reason, not both", h)
				}
			}
		})
	}
}

// relink signs digests anew after the one before them changed.
func relink(t *testing.T, b *bucket, from, to int) {
	for h := from; h <= to; h++ {
		f := b.read(t, key(h))
		b.follow(&f, key(h-1))
		b.put(t, f)
	}
}

func TestVerify_backfill(t *testing.T) {
	late := func(t *testing.T, b *bucket) string {
		g := trailtest.New(trailtest.Config{Seed: 11})
		f := digestFile(day.Add(3*time.Hour + 59*time.Minute + 31*time.Second))
		f.Object = strings.TrimSuffix(f.Object, ".json.gz") + "_backfill.json.gz"
		f.LogFiles = []LogFile{b.log(g, 5000)}
		b.put(t, f)
		return f.LogFiles[0].Object
	}
	b := newBucket(t, 10)
	late(t, b)
	if r := verify(t, b, 8); proved(r) != "PPPPPPPP" || len(r.Problems) > 0 {
		t.Errorf("hours %s, problems %+v; want all proved", proved(r), r.Problems)
	}
	b = newBucket(t, 10)
	delete(b.objects, late(t, b))
	if r := verify(t, b, 8); proved(r) != "PPP--PPP" {
		t.Errorf("hours %s, problems %+v; want those of the missing late file not proved", proved(r), r.Problems)
	}
}

// A digest of late files is none of the hours in which they came: it covers no
// time, and the chain goes on from the regular one before it.
func TestVerify_backfillCovers(t *testing.T) {
	at := func(h int) time.Time { return day.Add(time.Duration(h)*time.Hour + 59*time.Minute + 31*time.Second) }
	late := func(t *testing.T, b *bucket, h int) {
		f := digestFile(at(h - 1))
		f.Object = strings.TrimSuffix(f.Object, ".json.gz") + "_backfill.json.gz"
		b.put(t, f)
	}
	b := newBucket(t, 10)
	for h := 6; h < 10; h++ { // the newest
		delete(b.objects, key(h))
		late(t, b, h)
	}
	if r := verify(t, b, 8); proved(r) != "PPPPP---" {
		t.Errorf("hours %s, problems %+v; want those without a regular digest not proved", proved(r), r.Problems)
	}
	b = newBucket(t, 10)
	delete(b.objects, key(4))
	late(t, b, 4)
	f := b.read(t, key(5))
	f.PreviousObject, f.PreviousHash, f.PreviousSignature = nil, nil, nil
	b.put(t, f)
	relink(t, b, 6, 9)
	r := verify(t, b, 8)
	if proved(r) != "PPP--PPP" || len(r.Problems) != 1 || r.Problems[0].Kind != ChainInterrupted || !r.Problems[0].Start.Equal(at(3)) || !r.Problems[0].End.Equal(at(4)) {
		t.Errorf("hours %s, problems %+v; want the chain interrupted from %s to %s", proved(r), r.Problems, at(3), at(4))
	}
}

// readings says what was read of each log file; nothing: as it was signed.
type readings struct {
	*bucket
	wrong map[string]ProblemKind
}

func (r readings) Read(_ context.Context, _, key string) ([]byte, ProblemKind, error) {
	if wrong := r.wrong[key]; wrong != "" {
		return nil, wrong, nil
	}
	content, err := readAll(context.Background(), bytes.NewReader(r.objects[key]))
	sum := sha256.Sum256(content)
	return sum[:], "", err
}

// What was read decides, and a file that waits to be read hides nothing worse.
func TestVerify_read(t *testing.T) {
	for _, c := range []struct {
		wrong map[string]ProblemKind
		hours string
		why   string // of hour 4
	}{
		{nil, "PPPPPPPP", ""},
		{map[string]ProblemKind{logKey(8): LogUnread}, "PPP--PPP", "log-unread: " + logKey(8)},
		{map[string]ProblemKind{logKey(8): LogUnread, logKey(9): LogChanged}, "PPP--PPP", "log-changed: " + logKey(9)},
		{map[string]ProblemKind{logKey(8): LogUnread, logKey(10): LogMissing}, "PPP---PP", "log-missing: " + logKey(10)},
		{map[string]ProblemKind{logKey(8): LogBroken, logKey(9): LogUnread}, "PPP--PPP", "log-broken: " + logKey(8)},
	} {
		b := newBucket(t, 10)
		deps := Deps{Objects: b, Keys: b, Logs: readings{b, c.wrong}}
		r, err := Verify(context.Background(), deps, testTrail, day, day.Add(8*time.Hour))
		if err != nil || proved(r) != c.hours || r.Hours[4].Why != c.why {
			t.Errorf("%v: hours %s, %+v, %v", c.wrong, proved(r), r.Hours[4], err)
		}
	}
}

// A failed read is no tampering.
func TestVerify_readFails(t *testing.T) {
	b := newBucket(t, 3)
	b.fail = coded.New(coded.Retryable, "slow down")
	_, err := Verify(context.Background(), Deps{Objects: b, Keys: b}, testTrail, day, day.Add(time.Hour))
	if !coded.Is(err, coded.Retryable) {
		t.Errorf("err = %v; want code retryable", err)
	}
	b.fail = errors.New("connection reset")
	if _, err := Verify(context.Background(), Deps{Objects: b, Keys: b}, testTrail, day, day.Add(time.Hour)); !errors.Is(err, b.fail) {
		t.Errorf("err = %v; want the reader's", err)
	}
}

func TestTrail_DigestKey(t *testing.T) {
	trail := Trail{Bucket: "b", Prefix: "logs", Organization: "o-exampleorg", AccountID: "111122223333", Region: "us-east-2", Name: "your-trail-name", HomeRegion: "us-east-2"}
	got := trail.DigestKey(time.Date(2015, 8, 17, 15, 1, 31, 0, time.UTC))
	want := "logs/AWSLogs/o-exampleorg/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest_us-east-2_your-trail-name_us-east-2_20150817T150131Z.json.gz"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if e, ok := trail.entry(got); !ok || fmt.Sprint(e.end) != "2015-08-17 15:01:31 +0000 UTC" {
		t.Errorf("read back as %+v, %v", e, ok)
	}
	if _, ok := trail.entry(strings.Replace(got, "your", "other", 1)); ok {
		t.Error("took another trail's digest for its own")
	}
}

func TestTrail_Holds(t *testing.T) {
	plain := Trail{Bucket: "b", AccountID: "111122223333", Region: "us-east-2"}
	deep := Trail{Bucket: "b", Prefix: "logs", Organization: "o-exampleorg", AccountID: "111122223333", Region: "us-east-2"}
	const name = "111122223333_CloudTrail_us-east-2_20150801T0210Z_x.json.gz"
	for _, c := range []struct {
		trail       Trail
		bucket, key string
		want        bool
	}{
		{plain, "b", "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/01/" + name, true},
		{plain, "b", "AWSLogs/111122223333/CloudTrail-NetworkActivity/us-east-2/2015/08/01/" + name, true},
		{plain, "c", "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/01/" + name, false},
		{plain, "b", "AWSLogs/111122223333/CloudTrail/us-east-20/2015/08/01/" + name, false},
		{plain, "b", "AWSLogs/444455556666/CloudTrail/us-east-2/2015/08/01/" + name, false},
		{plain, "b", "logs/AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/01/" + name, false},
		{deep, "b", "logs/AWSLogs/o-exampleorg/111122223333/CloudTrail/us-east-2/2015/08/01/" + name, true},
		{deep, "b", "logs/AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/01/" + name, false},
	} {
		if got := c.trail.Holds(c.bucket, c.key); got != c.want {
			t.Errorf("%+v, %s/%s: %v", c.trail, c.bucket, c.key, got)
		}
	}
}

// The form is CloudTrail's own [CloudTrail guide, Custom implementations: data signing string].
func TestFile_StringToSign(t *testing.T) {
	f := File{EndTime: "2015-08-17T15:01:31Z", Bucket: "audit", Object: "AWSLogs/1/d.json.gz", PreviousSignature: text("50887ccffad4")}
	hash := "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of "hello"
	if got, want := string(f.StringToSign([]byte("hello"))), "2015-08-17T15:01:31Z\naudit/AWSLogs/1/d.json.gz\n"+hash+"\n50887ccffad4"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	f.PreviousSignature = nil
	if got := string(f.StringToSign(nil)); !strings.HasSuffix(got, "\nnull") {
		t.Errorf("%q; a first digest signs the word null", got)
	}
}
