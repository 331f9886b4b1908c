package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tiny = `{"eventVersion":"1.08","eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventID":"1"}`

func TestScanner_File_valid(t *testing.T) {
	for name, doc := range map[string]string{
		"none":                 `{"Records":[]}`,
		"null":                 `{"Records":null}`,
		"one":                  `{"Records":[` + tiny + `]}`,
		"other members":        `{"a":{"Records":[` + tiny + `]},"Records":[` + tiny + `],"z":[1,2.5e-3,true,false,null,""]}`,
		"escaped name":         `{"R\u0065cords":[{"event\u0053ource":"kms\u002eamazonaws.com","eventName":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}]}`,
		"lone surrogates":      `{"Records":[{"eventSource":"kms.amazonaws.com","eventName":"\ud83d","awsRegion":"\ude00x\ud83d\u0041","errorCode":"\ud83d\ud83d\ude00"}]}`,
		"not UTF-8":            "{\"Records\":[{\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"\xff\xc3(\xe2\x82\"}]}",
		"source last":          `{"Records":[{"userIdentity":{"arn":"x"},"eventName":"Sign","eventSource":"kms.amazonaws.com"}]}`,
		"source first":         `{"Records":[{"eventSource":"kms.amazonaws.com","userIdentity":{"arn":"x"},"eventName":"Sign"}]}`,
		"source twice to KMS":  `{"Records":[{"eventSource":"ec2.amazonaws.com","eventName":"Sign","eventSource":"kms.amazonaws.com","eventID":"e"}]}`,
		"source twice from":    `{"Records":[{"eventSource":"kms.amazonaws.com","eventName":"Sign","eventSource":"ec2.amazonaws.com"}]}`,
		"source null again":    `{"Records":[{"eventSource":"kms.amazonaws.com","eventSource":null}]}`,
		"source three times":   `{"Records":[{"eventSource":"a","eventSource":"kms.amazonaws.com","eventID":"i","eventSource":"b"}]}`,
		"source escaped again": `{"Records":[{"eventSource":"ec2.amazonaws.com","event\u0053ource":"kms.amazonaws.com","eventID":"i"}]}`,
		"source not text":      `{"Records":[{"eventSource":["kms.amazonaws.com"]},{"eventSource":{"eventSource":"kms.amazonaws.com"}}]}`,
		"members twice":        `{"Records":[{"eventSource":"kms.amazonaws.com","userIdentity":{"arn":"x","type":"y"},"userIdentity":{"arn":"z"},"resources":[{"ARN":"1"}],"resources":[{"ARN":"2","ARN":null},{"ARN":"3"}],"requestParameters":{"encryptionContext":{"a":"1","a":"2","b":null}},"eventName":"a","eventName":5}]}`,
		"grant":                `{"Records":[{"eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextSubset":{"a":"1","b":2},"x":{"a":"3"}},"granteePrincipal":"p"}},{"eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextEquals":{"c":"1"}}}}]}`,
		"grant repeats":        `{"Records":[{"eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextSubset":{"a":"1"},"encryptionContextEquals":{"a":"2"},"encryptionContextSubset":{"b":"3"},"encryptionContextEquals":null}}}]}`,
		"grants repeat":        `{"Records":[{"eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextSubset":{"a":"1"},"encryptionContextEquals":{"a":"2"}},"constraints":{"encryptionContextEquals":{"c":"1"}}}}]}`,
		"grant taken back":     `{"Records":[{"eventSource":"kms.amazonaws.com","requestParameters":{"constraints":{"encryptionContextSubset":{"a":"1"}}},"requestParameters":["x"]}]}`,
		"context taken back":   `{"Records":[{"eventSource":"kms.amazonaws.com","requestParameters":{"encryptionContext":{"a":"1"}},"requestParameters":null}]}`,
		"category, message":    `{"Records":[{"eventSource":"kms.amazonaws.com","eventCategory":"NetworkActivity","errorMessage":"no \"way\""}]}`,
		"members null":         `{"Records":[{"eventSource":"kms.amazonaws.com","userIdentity":null,"requestParameters":null,"resources":null,"responseElements":null,"eventTime":null}]}`,
		"members of any type":  `{"Records":[{"eventSource":"kms.amazonaws.com","userIdentity":[],"requestParameters":"x","resources":{"ARN":"a"},"eventTime":{"a":[1]},"additionalEventData":7,"responseElements":[{"keyId":"a"}]}]}`,
		"resources of types":   `{"Records":[{"eventSource":"kms.amazonaws.com","resources":[null,"a",[{"ARN":"no"}],{"ARN":"yes"},{"ARN":1},{}]}]}`,
		"nested records":       `{"Records":[{"eventSource":"lambda.amazonaws.com","requestParameters":{"Records":[` + tiny + `,` + tiny + `]}},` + tiny + `]}`,
		"nested before source": `{"Records":[{"requestParameters":` + tiny + `,"eventSource":"lambda.amazonaws.com"}]}`,
		"text like a record":   `{"Records":[{"eventSource":"ssm.amazonaws.com","requestParameters":{"c":"},{\"eventVersion\":\"1\",\"eventSource\":\"kms.amazonaws.com\"}]}\\"}},` + tiny + `]}`,
		"other case":           `{"records":1,"Records":[{"EventSource":"kms.amazonaws.com"},{"eventSource":"KMS.amazonaws.com"},{"eventSource":"kms.amazonaws.com","EventName":"x"}]}`,
		"empty object":         `{"Records":[{},{ }]}`,
		"numbers":              `{"Records":[{"a":-0,"b":0.5,"c":1E+9,"d":12e-1,"eventSource":"kms.amazonaws.com"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			want, records, ok := referenceFile([]byte(doc))
			if !ok {
				t.Fatal("encoding/json does not read this")
			}
			for _, form := range []string{doc, indented(doc), "\n " + doc + " \t\r\n"} {
				got, res, err := collect(t, New(Limits{}), []byte(form))
				if err != nil || res.BrokenRecords != 0 {
					t.Fatalf("err %v, broken %v", err, res.Broken)
				}
				if res.Records != int64(records) || res.KMSRecords != int64(len(want)) {
					t.Errorf("counted %d records, %d of KMS; want %d, %d", res.Records, res.KMSRecords, records, len(want))
				}
				if form == doc {
					same(t, got, want)
				}
			}
		})
	}
}

func indented(doc string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(doc), "", "    "); err != nil {
		return doc
	}
	return out.String()
}

func TestScanner_File_brokenRecords(t *testing.T) {
	for name, c := range map[string]struct {
		record string
		reason string // of the broken record
	}{
		"not an object":       {`5`, "not an object"},
		"null":                {`null`, "not an object"},
		"text":                {`"},{"`, "not an object"},
		"array":               {`[` + tiny + `]`, "not an object"},
		"bare word":           {`{"eventVersion":"1","eventSource":"kms.amazonaws.com","a":nul}`, "invalid value"},
		"number":              {`{"eventVersion":"1","eventSource":"kms.amazonaws.com","a":01}`, "no comma between the members of an object"},
		"control character":   {"{\"eventVersion\":\"1\n\",\"eventSource\":\"kms.amazonaws.com\"}", "control character in a string"},
		"escape":              {`{"eventVersion":"\x","eventSource":"kms.amazonaws.com"}`, "invalid escape in a string"},
		"surrogate cut":       {`{"eventVersion":"\u12","eventSource":"kms.amazonaws.com"}`, "invalid escape in a string"},
		"comma at end":        {`{"eventVersion":"1","eventSource":"kms.amazonaws.com",}`, "the name of a member is not a string"},
		"comma in array":      {`{"eventVersion":"1","eventSource":"kms.amazonaws.com","resources":[{},]}`, "comma before the end of an array"},
		"colon missing":       {`{"eventVersion":"1","eventSource" "kms.amazonaws.com"}`, "no colon after the name of a member"},
		"quote lost":          {`{"eventVersion":"1","eventSource":"kms.amazonaws.com","eventName:"Decrypt"}`, "no colon after the name of a member"},
		"quote lost in other": {`{"eventVersion":"1","eventSource":"ec2.amazonaws.com","a":{"b":x"}}`, "not JSON"},
		"brace lost":          {`{"eventVersion":"1","eventSource":"kms.amazonaws.com","a":{"b":"c"`, "the name of a member is not a string"},
		"brace lost in other": {`{"eventVersion":"1","eventSource":"ec2.amazonaws.com","a":["b"}`, "brackets do not match"},
		"brace too many":      {`{"eventVersion":"1","eventSource":"kms.amazonaws.com"}}`, ""},
		"garbage":             {`{"eventVersion":"1",` + "\x01\x02\xff" + `"eventSource":"kms.amazonaws.com"}`, "the name of a member is not a string"},
		"nested records":      {`{"eventVersion":"1","x":[{"y":1},` + tiny + `],"eventSource":"kms.amazonaws.com","z":tru}`, "invalid value"},
		"too deep":            {`{"eventVersion":"1","a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`, "nested too deep"},
	} {
		if c.reason == "" {
			continue // a brace too many ends the record well and spoils what follows it
		}
		t.Run(name, func(t *testing.T) {
			head := `{"Records":[` + tiny + `,`
			doc := []byte(head + c.record + `,` + tiny + `,` + tiny + `]}`)
			got, res, err := collect(t, New(Limits{}), doc)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 3 || res.BrokenRecords != 1 || res.Records != 4 {
				t.Fatalf("read %d records of KMS, %d broken of %d; want 3, 1 of 4: %v", len(got), res.BrokenRecords, res.Records, res.Broken)
			}
			b := res.Broken[0]
			if b.Offset != int64(len(head)) || b.Reason != c.reason || b.File != "test.json" {
				t.Errorf("broken %+v; want offset %d, reason %q", b, len(head), c.reason)
			}
			if b.Length != int64(len(c.record)) {
				t.Errorf("skipped %d bytes of a record of %d", b.Length, len(c.record))
			}
		})
	}
}

func TestScanner_File_lastRecordBroken(t *testing.T) {
	doc := `{"Records":[` + tiny + `,{"eventVersion":"1,"eventSource":"kms.amazonaws.com"}]}`
	got, res, err := collect(t, New(Limits{}), []byte(doc))
	if err != nil || len(got) != 1 || res.BrokenRecords != 1 {
		t.Errorf("%d records, %d broken, err %v; want 1, 1, none", len(got), res.BrokenRecords, err)
	}
}

func TestScanner_File_visitorRejects(t *testing.T) {
	s := New(Limits{Reports: 2})
	doc := `{"Records":[` + strings.Repeat(tiny+`,`, 9) + tiny + `]}`
	n := 0
	res, err := s.File(context.Background(), "f", strings.NewReader(doc), func(*Record) error {
		if n++; n%2 == 0 {
			return rejected
		}
		return nil
	})
	if err != nil || res.KMSRecords != 5 || res.BrokenRecords != 5 || len(res.Broken) != 2 {
		t.Errorf("%+v, %v; want 5 accepted, 5 broken, 2 described", res, err)
	}
}

func TestScanner_File_windows(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i := range 300 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"eventVersion":"1.08","eventName":"` + strings.Repeat("x", i*37) + `é\n","eventSource":"kms.amazonaws.com","n":[` + strings.Repeat("12345,", i) + `0]}`)
	}
	b.WriteString(`]}`)
	doc := []byte(b.String())
	want, _, _ := referenceFile(doc)
	for _, n := range []int{1, 7, 8, 9, 4096, 1 << 20} {
		var got []snapshot
		_, err := New(Limits{}).File(context.Background(), "f", trickle{bytes.NewReader(doc), n}, func(r *Record) error {
			got = append(got, snap(r))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
	}
}

func TestScanner_File_real(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/cloudtrail/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("no real CloudTrail files in ../shared/data/cloudtrail")
	}
	s := New(Limits{})
	kms := 0
	for _, f := range files {
		doc, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		want, records, ok := referenceFile(doc)
		if !ok {
			t.Fatalf("%s: encoding/json does not read it", f)
		}
		got, res, err := collect(t, s, doc)
		if err != nil || res.BrokenRecords != 0 || res.Records != int64(records) {
			t.Fatalf("%s: err %v, broken %v, %d records of %d", f, err, res.Broken, res.Records, records)
		}
		same(t, got, want)
		kms += len(got)
	}
	if kms == 0 {
		t.Error("no record of KMS in the real files")
	}
	t.Logf("%d records of KMS in %d files", kms, len(files))
}
