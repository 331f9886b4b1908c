package scan

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// A packed file gives what it gives unpacked, at the same offsets, however long
// its records are and however it is read: the window must keep both the record
// that is being read and gzip's history.
func TestScanner_File_packedLikePlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var doc strings.Builder
	doc.WriteString(`{"Records":[` + tiny)
	for i := range 60 {
		length := 1 << rng.IntN(20)
		filler := strings.Repeat("0123456789abcdef"[:1+rng.IntN(16)], 1+length/8) + strings.Repeat("x", i)
		doc.WriteString(`,{"eventVersion":"1.11","requestID":"` + filler + `","eventSource":"kms.amazonaws.com","eventID":"` + filler[:min(len(filler), 40)] + `"},` + tiny)
	}
	doc.WriteString(`]}`)
	read := func(r io.Reader) (list []snapshot, offsets []int64, res Result) {
		res, err := New(Limits{}).File(context.Background(), "f", r, func(rec *Record) error {
			list, offsets = append(list, snap(rec)), append(offsets, rec.Offset)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return list, offsets, res
	}
	want, at, plain := read(strings.NewReader(doc.String()))
	if len(want) != 121 {
		t.Fatalf("%d records of KMS", len(want))
	}
	file := pack(t, doc.String())
	for _, r := range []io.Reader{bytes.NewReader(file), trickle{bytes.NewReader(file), 7}} {
		got, offsets, res := read(r)
		same(t, got, want)
		for i := range at {
			if offsets[i] != at[i] {
				t.Fatalf("record %d is at offset %d, unpacked at %d", i, offsets[i], at[i])
			}
		}
		if res.Bytes != plain.Bytes || res.Compressed != int64(len(file)) {
			t.Errorf("%d bytes of %d, %d packed of %d", res.Bytes, plain.Bytes, res.Compressed, len(file))
		}
	}
}
