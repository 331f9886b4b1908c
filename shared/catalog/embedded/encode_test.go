package embedded

import (
	"bytes"
	"math"
	"reflect"
	"sort"
	"testing"
	"time"

	"latchkey/shared/catalog"
)

var sampleRecord = record{
	key: catalog.Key{Part: "tenant#é", Sort: "."}, version: 1 << 40, body: []byte("{\"a\":\x00}"), lane: catalog.LaneKeys,
	due: 1_772_366_400_000_001, expires: never,
	indexes: catalog.Indexes{Kind: "k", Tenant: "t", KeyARN: "arn", Resource: "db-1", Host: "h", Shard: "open/eu"},
}

func TestDecodeRecord_RoundTrip(t *testing.T) {
	for name, r := range map[string]record{
		"full":  sampleRecord,
		"empty": {key: catalog.Key{Part: "p", Sort: "s"}, version: 1, due: never, expires: never, body: []byte{}},
		"early": {key: catalog.Key{Part: "p", Sort: "s"}, version: 1, due: -5, expires: math.MinInt64 + 1, body: []byte{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeRecord(appendKey(nil, r.key), encodeRecord(&r))
			if err != nil || !reflect.DeepEqual(*got, r) {
				t.Errorf("got %+v, %v, want %+v", got, err, r)
			}
		})
	}
}

func TestDecode_Damaged(t *testing.T) {
	m := catalog.Message{ID: "m1", Group: "g", Body: []byte("body")}
	decode := map[string]func([]byte) error{
		"record":  func(b []byte) error { _, err := decodeRecord(appendKey(nil, sampleRecord.key), b); return err },
		"message": func(b []byte) error { _, err := decodeMessage(b); return err },
	}
	for name, whole := range map[string][]byte{"record": encodeRecord(&sampleRecord), "message": encodeMessage(&m)} {
		for i := range whole {
			if decode[name](whole[:i]) == nil {
				t.Errorf("%s cut to %d bytes of %d is taken", name, i, len(whole))
			}
			flipped := bytes.Clone(whole)
			flipped[i] ^= 4
			if decode[name](flipped) == nil {
				t.Errorf("%s with byte %d altered is taken", name, i)
			}
		}
	}
	if _, err := decodeRecord([]byte("no separator"), encodeRecord(&sampleRecord)); err == nil {
		t.Error("a key without a separator is taken")
	}
}

// FuzzDecodeRecord requires that any content of a frame is read or refused.
func FuzzDecodeRecord(f *testing.F) {
	f.Add(encodeRecord(&sampleRecord)[frameHead:])
	f.Add([]byte{2, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := decodeRecord([]byte("p\x00s"), seal(append(make([]byte, frameHead), content...)))
		if err != nil {
			return
		}
		again, err := decodeRecord([]byte("p\x00s"), encodeRecord(r))
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}

func TestAppendTime_Order(t *testing.T) {
	times := []int64{never, never + 1, -1_000_000, -1, 0, 1, 255, 256, 1_772_366_400_000_000, math.MaxInt64}
	keys := make([]string, len(times))
	for i, us := range times {
		b := appendTime(nil, us)
		keys[i] = string(b)
		if got, ok := readTime(b); !ok || got != us {
			t.Errorf("%d came back as %d, %t", us, got, ok)
		}
	}
	if !sort.StringsAreSorted(keys) {
		t.Error("keys do not sort as the times do")
	}
}

func TestMicros_RoundTrip(t *testing.T) {
	for _, c := range []struct{ in, want time.Time }{
		{time.Time{}, time.Time{}},
		{time.Unix(0, 0), time.Unix(0, 0).UTC()},
		{time.Unix(5, 1999), time.Unix(5, 1000).UTC()},
		{time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if got := instant(micros(c.in)); got != c.want {
			t.Errorf("%v came back as %v, want %v", c.in, got, c.want)
		}
	}
}

func TestPosition_Cursor(t *testing.T) {
	want := catalog.Key{Part: "a\x01", Sort: "é"}
	if got, ok, err := catalog.Position(catalog.Cursor(want)); got != want || !ok || err != nil {
		t.Errorf("got %v, %t, %v", got, ok, err)
	}
	for _, bad := range []string{"=", "YQ", catalog.Cursor(catalog.Key{}), catalog.Cursor(catalog.Key{Part: "a"}), catalog.Cursor(catalog.Key{Part: "a", Sort: "\x00"})} {
		if got, _, err := catalog.Position(bad); err == nil {
			t.Errorf("cursor %q is taken for %v", bad, got)
		}
	}
}
