package scan

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzScanner_File checks, on any input, that what is visited is what
// encoding/json finds in it, and on input that encoding/json accepts, that
// nothing is missed.
func FuzzScanner_File(f *testing.F) {
	for _, seed := range []string{
		`{"Records":[` + tiny + `]}`,
		`{"Records":[{"eventSource":"ec2.amazonaws.com","eventSource":"kms.amazonaws.com","requestParameters":{"encryptionContext":{"a":"\u0041\ud83d\ude00"}}}]}`,
		`{"Records":[` + tiny + `,{"eventVersion":"1","a":[1,2,{"eventSource":"kms.amazonaws.com"}],"b":-1.5e+3},` + tiny + `]} {"Records":null}`,
		`{"Records":[{"eventVersion":"1,"eventSource":"kms.amazonaws.com"},` + tiny + `]}`,
		"{\"Records\":[{\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"\xff\\n\", \"resources\":[{\"ARN\":\"x\"},null]}]}",
		`{"Records":[{"eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextSubset":{"a":"1"},"encryptionContextEquals":{"a":"2"},"encryptionContextSubset":{"b":"3"}}}}]}`,
		`{"Records":[{"eventVersion":"1","eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextEquals":{"a":"1"},"encryptionContextEquals":[1]},"constraints":{}}}]}`,
		`{"Records":[{"eventVersion":"1","eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextSubset":{"a":"1"}}},"requestParameters":["x"]}]}`,
		`{"n":-12.5e7,"Records":[` + tiny + `],"m":0}`,
		"\xef\xbb\xbf{\"Records\":[]}",
	} {
		f.Add([]byte(seed))
	}
	warm := []byte(`{"Records":[` + tiny + `,{"eventVersion":"1","eventSource":"ec2.amazonaws.com","a":"b"},` +
		`{"eventVersion":"1","userIdentity":{"arn":"x"},"eventSource":"kms.amazonaws.com","requestParameters":{"encryptionContext":{"a":"b"}},"resources":[{"ARN":"a"}]}]}`)
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 1 && doc[0] == 0x1f && doc[1] == 0x8b {
			return // gzip is tested apart
		}
		s := New(Limits{})
		collect(t, s, warm)
		got, res, err := collect(t, s, doc)
		again, _, _ := collect(t, s, doc) // along the paths that were learned
		same(t, again, got)
		if res.KMSRecords != int64(len(got)) || res.Records < res.KMSRecords+res.BrokenRecords {
			t.Errorf("counts do not add up: %+v", res)
		}
		for _, g := range got {
			want := reference(json.RawMessage(g["raw"]))
			if !json.Valid([]byte(g["raw"])) || want == nil {
				t.Fatalf("visited %q, which encoding/json does not take for a record of KMS", g["raw"])
			}
			same(t, []snapshot{g}, []snapshot{want})
		}
		want, records, ok := referenceFile(doc)
		if !ok || err != nil && strings.Contains(err.Error(), "a second member Records") {
			return
		}
		if err != nil || res.Records != int64(records) || res.BrokenRecords != nonObjects(doc) {
			t.Fatalf("err %v, %d records of %d in a document that encoding/json accepts", err, res.Records, records)
		}
		same(t, got, want)
	})
}

// nonObjects counts the elements of Records that encoding/json accepts and that
// are no records.
func nonObjects(doc []byte) (n int64) {
	top, _ := object(doc)
	var list []json.RawMessage
	if json.Unmarshal(top["Records"], &list) != nil {
		return -1
	}
	for _, r := range list {
		if _, ok := object(r); !ok {
			n++
		}
	}
	return n
}
