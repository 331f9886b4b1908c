package trailtest

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestGenerator_File(t *testing.T) {
	a, b, other := New(Config{Seed: 4}), New(Config{Seed: 4}), New(Config{Seed: 5})
	uses := 0
	a.Seen = func(Use) { uses++ }
	for n := range 3 {
		doc := a.File(n, 500)
		if !bytes.Equal(doc, b.File(n, 500)) {
			t.Fatalf("file %d differs for the same seed", n)
		}
		if bytes.Equal(doc, other.File(n, 500)) {
			t.Errorf("file %d is the same for another seed", n)
		}
		var got struct {
			Records []struct{ EventSource, EventID string }
		}
		if err := json.Unmarshal(doc, &got); err != nil || len(got.Records) != 500 {
			t.Fatalf("%d records, %v", len(got.Records), err)
		}
		for _, r := range got.Records {
			if r.EventSource == "kms.amazonaws.com" {
				uses--
			}
		}
	}
	if uses != 0 {
		t.Errorf("%d more uses told than records of KMS written", uses)
	}
}
