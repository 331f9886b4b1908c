package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"

	"latchkey/events"
	"latchkey/shared/coded"
)

// maxInput bounds a file of events, unpacked.
const maxInput = 256 << 20

// entry is one event of a file, or why it cannot be one.
type entry struct {
	raw json.RawMessage
	err error
}

// readInput reads a file, or the standard input for "-", and unpacks it.
func readInput(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			e := coded.Wrap(coded.Invalid, err, "reading events")
			e.Hint = "name a file, or - for the standard input"
			return nil, e
		}
		defer f.Close()
		in = f
	}
	b := bufio.NewReader(in)
	in = b
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, coded.Wrap(coded.Invalid, err, "unpacking %s", name)
		}
		in = z
	}
	body, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err != nil {
		return nil, coded.Wrap(coded.Invalid, err, "reading %s", name)
	}
	if len(body) > maxInput {
		return nil, coded.Field("event", "split the file", "%s holds more than %d MB", name, maxInput>>20)
	}
	return bytes.TrimSpace(body), nil
}

// parseInput takes a file apart: a CloudTrail file, an array of events, one
// event a line, or one event.
func parseInput(body []byte) ([]entry, error) {
	if len(body) == 0 {
		return nil, coded.Field("event", "`event sample tenant-created.shared` prints one", "there is nothing in it")
	}
	if body[0] == '[' {
		return elements(body), nil
	}
	if json.Valid(body) {
		if records, ok := trailRecords(body); ok {
			return wrap(records), nil
		}
		return []entry{{raw: body}}, nil
	}
	if first, _, more := bytes.Cut(body, []byte("\n")); more && json.Valid(first) {
		return lines(body), nil
	}
	return []entry{{raw: body}}, nil
}

// elements reads an array as far as it is JSON.
func elements(body []byte) []entry {
	dec := json.NewDecoder(bytes.NewReader(body))
	if _, err := dec.Token(); err != nil {
		return []entry{{err: err}}
	}
	var out []entry
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return append(out, entry{err: &coded.Error{Code: coded.Invalid, Field: "event", Message: "the array is not JSON from here on",
				Hint: "mend the file and put it again: what was taken is not taken twice", Err: err}})
		}
		out = append(out, entry{raw: raw})
	}
	if _, err := dec.Token(); err != nil {
		out = append(out, entry{err: &coded.Error{Code: coded.Invalid, Field: "event", Message: "the array has no end",
			Hint: "the file seems to be cut off", Err: err}})
	}
	return out
}

func lines(body []byte) []entry {
	var out []entry
	for _, line := range bytes.Split(body, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			out = append(out, entry{raw: line})
		}
	}
	return out
}

// trailRecords returns the records of a CloudTrail log file. [CloudTrail guide,
// CloudTrail log file examples]
func trailRecords(body []byte) ([]json.RawMessage, bool) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members["Records"] == nil || members["detail-type"] != nil {
		return nil, false
	}
	var records []json.RawMessage
	if err := json.Unmarshal(members["Records"], &records); err != nil {
		return nil, false
	}
	return records, true
}

// wrap makes of each record the event that EventBridge delivers for it.
func wrap(records []json.RawMessage) []entry {
	out := make([]entry, len(records))
	for i, r := range records {
		env, err := events.WrapCloudTrail(r, "")
		if err == nil {
			out[i].raw, err = env.Marshal()
		}
		out[i].err = err
	}
	return out
}
