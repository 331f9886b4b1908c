package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Records of the same shapes with ever new texts are read as encoding/json reads
// them, along learned paths, whatever the texts are.
func TestShapes_differential(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{`a`, ``, `"`, `\`, `é`, "\u2028", `}],"eventSource":"kms.amazonaws.com"`, strings.Repeat("x", 7),
		strings.Repeat("y", 8), strings.Repeat("z", 9), strings.Repeat("q", 15) + `"`, "\x01", "1234567\\", "12345678\"", "kms.amazonaws.com"}
	pick := func() string {
		text := "plain" + fmt.Sprint(rng.IntN(20))
		if rng.IntN(12) == 0 {
			text = texts[rng.IntN(len(texts))]
		}
		b, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	forms := []func() string{
		func() string {
			return fmt.Sprintf(`{"eventVersion":"1","userIdentity":{"type":%s,"arn":%s},"eventSource":"kms.amazonaws.com","eventName":%s,"resources":[{"ARN":%s},{"x":1,"ARN":%s}],"eventID":%s}`, pick(), pick(), pick(), pick(), pick(), pick())
		},
		func() string {
			return fmt.Sprintf(`{"eventVersion":"1","userIdentity":{"arn":%s},"eventSource":%s,"eventName":%s}`, pick(), pick(), pick())
		},
		func() string { // members twice
			return fmt.Sprintf(`{"eventVersion":"1","eventSource":"kms.amazonaws.com","userIdentity":{"arn":%s},"userIdentity":{"type":%s},"requestParameters":{"encryptionContext":{"a":%s},"encryptionContext":{"b":%s,"b":%s}},"eventName":%s,"eventName":%s,"eventID":%s,"eventID":null}`, pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick())
		},
		func() string { // another service, then another eventSource
			return fmt.Sprintf(`{"eventVersion":"1","eventSource":"ec2.amazonaws.com","requestParameters":{"x":[%s,{"eventSource":%s}]},"eventSource":%s,"eventID":%s}`, pick(), pick(), pick(), pick())
		},
		func() string { // source at the end
			return fmt.Sprintf(`{"eventID":%s,"requestParameters":{"constraints":{"encryptionContextSubset":{"c":%s}},"keyId":%s},"eventSource":"%s.amazonaws.com"}`, pick(), pick(), pick(), []string{"kms", "ec2"}[rng.IntN(2)])
		},
	}
	s := New(Limits{})
	for round := range 30 {
		var records []string
		for range 50 {
			records = append(records, forms[rng.IntN(len(forms))]())
		}
		doc := []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
		want, _, ok := referenceFile(doc)
		if !ok {
			t.Fatal("encoding/json does not read this")
		}
		got, res, err := collect(t, s, doc)
		if err != nil || res.BrokenRecords != 0 {
			t.Fatalf("round %d: err %v, broken %v", round, err, res.Broken)
		}
		same(t, got, want)
	}
	if s.shapes.nodes == 0 {
		t.Error("no path was learned")
	}
}

// Corrupt records do not slip along a learned path.
func TestShapes_corrupt(t *testing.T) {
	form := `{"eventVersion":"1","userIdentity":{"arn":"arn:aws:iam::111122223333:user/a"},"eventSource":"kms.amazonaws.com","eventID":"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11","n":12}`
	s := New(Limits{})
	if _, _, err := collect(t, s, []byte(`{"Records":[`+form+`]}`)); err != nil {
		t.Fatal(err)
	}
	for i := range form {
		for _, ch := range []byte("\x00\x1f\"\\{}x\xff") {
			changed := []byte(form)
			changed[i] = ch
			doc := []byte(`{"Records":[` + string(changed) + `,` + form + `]}`)
			var raw [][]byte
			_, _ = s.File(context.Background(), "f", bytes.NewReader(doc), func(r *Record) error {
				raw = append(raw, bytes.Clone(r.Raw))
				return nil
			})
			for _, r := range raw {
				if !json.Valid(r) || reference(r) == nil {
					t.Fatalf("byte %d as %q: visited %q", i, ch, r)
				}
			}
		}
	}
}

// Input without end of new shapes is read all the same, in bounded memory.
func TestShapes_full(t *testing.T) {
	s := New(Limits{})
	for round := range 2 {
		var b strings.Builder
		b.WriteString(`{"Records":[`)
		const records = 20000
		for i := range records {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"eventVersion":"%d","eventSource":"kms.amazonaws.com","m%d":"x","eventID":"%d"}`, i%40, i, i)
		}
		b.WriteString(`]}`)
		_, res, err := collect(t, s, []byte(b.String()))
		if err != nil || res.KMSRecords != records {
			t.Fatalf("round %d: %d records, err %v", round, res.KMSRecords, err)
		}
		if s.shapes.nodes > maxNodes || s.shapes.bytes > maxBytes || !s.shapes.full {
			t.Errorf("%d nodes, %d bytes, full %v", s.shapes.nodes, s.shapes.bytes, s.shapes.full)
		}
	}
}
