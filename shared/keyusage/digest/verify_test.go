package digest

import (
	"context"
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
