package scan

import (
	"context"
	"strings"
	"testing"

	"latchkey/shared/coded"
)

// A file that was cut is told, wherever that was.
func TestScanner_File_cut(t *testing.T) {
	doc := `{"Records":[` + tiny + `,{"eventVersion":"1","eventSource":"ec2.amazonaws.com","x":{"y":[1,{"z":[2]}]}},` +
		`{"eventVersion":"1","eventSource":"kms.amazonaws.com","x":{"y":[1,{"z":[2]}]},"eventID":"2"},` + tiny + `]}`
	for n := range len(doc) {
		s := New(Limits{})
		if _, err := s.File(context.Background(), "f", strings.NewReader(doc[:n]), func(*Record) error { return nil }); !coded.Is(err, coded.Invalid) {
			t.Errorf("cut to %q: err %v", doc[max(0, n-20):n], err)
		}
	}
}

// A broken end of a record that is whole otherwise is no cut file.
func TestScanner_File_brokenAtEnd(t *testing.T) {
	doc := `{"Records":[` + tiny + `,{"eventVersion":"1","eventSource":"kms.amazonaws.com","a":"\x"}]}`
	got, res, err := collect(t, New(Limits{}), []byte(doc))
	if err != nil || len(got) != 1 || res.BrokenRecords != 1 {
		t.Errorf("%d records, %d broken, err %v; want 1, 1, none", len(got), res.BrokenRecords, err)
	}
}

// What lies across the end of a window is read whole, of whatever kind it is.
func TestScanner_File_otherMembersAcross(t *testing.T) {
	for _, value := range []string{"-123456.5e7", "12345678901234567890", "-0.25", `"text \u00e9"`, "true", "null", `[1,2,{"a":"b"}]`} {
		for back := range len(value) + 12 {
			head := `{"x":"` + strings.Repeat("a", firstWindow-len(`{"x":"","n":`)-back)
			doc := head + `","n":` + value + `,"Records":[` + tiny + `]}`
			if got, _, err := collect(t, New(Limits{}), []byte(doc)); err != nil || len(got) != 1 {
				t.Errorf("%s, %d bytes before the end: %d records, err %v", value, back, len(got), err)
			}
		}
	}
}
