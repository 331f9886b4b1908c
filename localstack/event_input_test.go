package main

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"
)

func TestParseInput(t *testing.T) {
	const record = `{"eventSource":"kms.amazonaws.com","eventID":"r1","eventTime":"2026-01-05T08:00:00Z","awsRegion":"eu-central-1","recipientAccountId":"111122223333"}`
	for _, tt := range []struct {
		name, in  string
		good, bad int
	}{
		{"one event", `{"id": "1"}`, 1, 0},
		{"one event over lines", "{\n\"id\": \"1\"\n}", 1, 0},
		{"array", `[{"id":"1"},{"id":"2"}]`, 2, 0},
		{"array cut off", `[{"id":"1"},{"id":"2"}`, 2, 1},
		{"array broken inside", `[{"id":"1"},{]`, 1, 1},
		{"lines", "{\"id\":\"1\"}\n\n{\"id\":\"2\"}\n", 2, 0},
		{"lines with a bad one", "{\"id\":\"1\"}\n{\n{\"id\":\"2\"}", 3, 0}, // found out by the envelope
		{"not JSON", "hello", 1, 0},
		{"CloudTrail file", `{"Records":[` + record + `,` + record + `]}`, 2, 0},
		{"CloudTrail file with a bad record", `{"Records":[` + record + `,{}]}`, 1, 1},
		{"no records", `{"Records":[]}`, 0, 0},
	} {
		list, err := parseInput([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		good, bad := 0, 0
		for _, e := range list {
			if e.err != nil {
				bad++
			} else {
				good++
			}
		}
		if good != tt.good || bad != tt.bad {
			t.Errorf("%s: %d good and %d bad, want %d and %d", tt.name, good, bad, tt.good, tt.bad)
		}
	}
}

func TestReadInput_Gzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(" {\"Records\":[]}\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := readInput("-", bytes.NewReader(packed.Bytes()))
	if err != nil || string(body) != `{"Records":[]}` {
		t.Errorf("unpacked %q, %v", body, err)
	}
	if _, err := readInput("-", bytes.NewReader(packed.Bytes()[:packed.Len()/2])); err == nil {
		t.Error("half a gzip file was read")
	}
	if body, err := readInput("-", strings.NewReader("")); err != nil || len(body) != 0 {
		t.Errorf("nothing: %q, %v", body, err)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m 1s", 90 * time.Minute: "1h 30m",
		6*24*time.Hour + 23*time.Hour + 59*time.Minute: "6d 23h",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%s) = %q, want %q", d, got, want)
		}
	}
}
