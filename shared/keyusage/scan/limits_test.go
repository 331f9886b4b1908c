package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"latchkey/shared/coded"
)

var rejected = coded.Field("eventID", "", "missing")

func pack(t testing.TB, docs ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, doc := range docs {
		w := gzip.NewWriter(&out)
		if _, err := io.WriteString(w, doc); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestScanner_File_gzip(t *testing.T) {
	one := `{"Records":[` + tiny + `,` + tiny + `]}`
	for name, c := range map[string]struct {
		data []byte
		kms  int
	}{
		"one member":            {pack(t, one), 2},
		"members within a file": {pack(t, one[:20], one[20:60], one[60:]), 2},
		"files in a row":        {pack(t, one, one, "\n"+one), 6},
		"not compressed":        {[]byte(one + "\n" + one), 4},
	} {
		t.Run(name, func(t *testing.T) {
			got, res, err := collect(t, New(Limits{}), c.data)
			if err != nil || len(got) != c.kms {
				t.Fatalf("%d records of KMS, err %v; want %d", len(got), err, c.kms)
			}
			if res.Compressed != int64(len(c.data)) {
				t.Errorf("read %d of %d bytes", res.Compressed, len(c.data))
			}
		})
	}
}

func TestScanner_File_errors(t *testing.T) {
	good := `{"Records":[` + tiny + `,` + tiny + `]}`
	packed := pack(t, good)
	flipped := bytes.Clone(packed)
	flipped[len(flipped)-6] ^= 1 // the checksum
	inside := bytes.Clone(packed)
	copy(inside[10:], "\xff\xff\xff\xff") // a block type that does not exist
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":            {nil, "file is empty"},
		"white space":      {[]byte(" \n"), "file is empty"},
		"array":            {[]byte("[" + tiny + "]"), "no JSON object"},
		"text":             {[]byte("hello"), "no JSON object"},
		"no Records":       {[]byte(`{"awsAccountId":"1","logFiles":[]}`), "no member Records"},
		"Records object":   {[]byte(`{"Records":{}}`), "not an array"},
		"Records twice":    {[]byte(`{"Records":[],"Records":[]}`), "second member"},
		"cut in a record":  {[]byte(good[:60]), "truncated"},
		"cut after one":    {[]byte(good[:13+len(tiny)]), "truncated"},
		"cut before end":   {[]byte(good[:len(good)-1]), "truncated"},
		"cut at a bracket": {[]byte(`{"Records":[` + tiny + `,{"eventVersion":"1","eventSource":"ec2.amazonaws.com","x":{"y":[{"z":1}]}`), "truncated"},
		"byte order mark":  {[]byte("\xef\xbb\xbf" + good), "byte order mark"},
		"UTF-16":           {[]byte("\xff\xfe{\x00"), "byte order mark"},
		"UTF-16, big end":  {[]byte("\xfe\xff\x00{"), "byte order mark"},
		"text after":       {[]byte(good + "x"), "no JSON object"},
		"comma after":      {[]byte(`{"Records":[` + tiny + `,]}`), "comma after the last"},
		"no comma":         {[]byte(`{"Records":[` + tiny + tiny + `]}`), "no comma"},
		"zero bytes":       {[]byte(good + "\x00"), "zero byte"},
		"gzip cut":         {packed[:len(packed)-9], "gzip data is truncated"},
		"gzip cut in head": {packed[:5], "gzip data is truncated"},
		"gzip checksum":    {flipped, "gzip data is corrupt"},
		"gzip corrupt":     {inside, "gzip data is corrupt"},
		"gzip garbage":     {append(bytes.Clone(packed), "garbage after it"...), "gzip data is corrupt"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(Limits{}).File(context.Background(), "the file", bytes.NewReader(c.data), func(*Record) error { return nil })
			if !coded.Is(err, coded.Invalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "the file") {
				t.Errorf("err = %v; want code invalid, the file's name and %q", err, c.want)
			}
		})
	}
}

// zeros is an endless file of white space after a head.
type endless struct {
	head string
	fill byte
	left int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.head != "" {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.left))
	for i := range p[:n] {
		p[i] = e.fill
	}
	e.left -= int64(n)
	return n, nil
}

func TestScanner_File_limits(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := io.Copy(w, &endless{head: `{"Records":[`, fill: ' ', left: 64 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		r      io.Reader
		limits Limits
		want   string
	}{
		"record of 200 MB":      {&endless{`{"Records":[` + tiny + `,{"eventVersion":"`, 'x', 200 << 20}, Limits{}, "record at offset 106 is longer than the limit of 2097152 bytes"},
		"other member of 20 MB": {&endless{`{"x":"`, 'x', 20 << 20}, Limits{}, "longer than the limit"},
		"record past the limit": {strings.NewReader(`{"Records":[` + tiny + `]}`), Limits{RecordBytes: 50}, "longer than the limit of 50 bytes"},
		"bomb":                  {bytes.NewReader(bomb.Bytes()), Limits{}, "more than 200 times its size"},
		"file size":             {&endless{`{"Records":[`, ' ', 64 << 20}, Limits{FileBytes: 1 << 20}, "longer than the limit of 1048576 bytes when decompressed"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := New(c.limits).File(context.Background(), "f", c.r, func(*Record) error { return nil })
			runtime.ReadMemStats(&after)
			if !coded.Is(err, coded.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v; want %q", err, c.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}

func TestScanner_File_largeRecord(t *testing.T) {
	doc := `{"Records":[` + tiny + `,{"eventVersion":"` + strings.Repeat("x", 1<<20) + `","eventSource":"kms.amazonaws.com"},` + tiny + `]}`
	got, res, err := collect(t, New(Limits{}), []byte(doc))
	if err != nil || len(got) != 3 || res.BrokenRecords != 0 {
		t.Errorf("%d records, %d broken, err %v; want 3, 0, none", len(got), res.BrokenRecords, err)
	}
}

func TestScanner_File_readerFails(t *testing.T) {
	broken := errors.New("connection reset")
	r := io.MultiReader(strings.NewReader(`{"Records":[`+tiny+`,{"event`), &failing{broken})
	n := 0
	res, err := New(Limits{}).File(context.Background(), "f", r, func(*Record) error { n++; return nil })
	if !errors.Is(err, broken) || coded.Is(err, coded.Invalid) {
		t.Errorf("err = %v; want the reader's, not of code invalid", err)
	}
	if n != 1 || res.Records != 2 || res.BrokenRecords != 1 {
		t.Errorf("visited %d, counted %+v; want the record before the failure, and the cut one as broken", n, res)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestScanner_File_canceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := New(Limits{}).File(ctx, "f", &endless{`{"Records":[`, ' ', 1 << 40}, func(*Record) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v; want context.Canceled", err)
	}
}

// A scanner must be as good as new after a file that failed.
func TestScanner_File_afterFailure(t *testing.T) {
	s := New(Limits{})
	good := pack(t, `{"Records":[`+tiny+`]}`)
	for _, bad := range [][]byte{good[:20], good[:3], []byte(`{"Records":[{"a":`), nil} {
		if _, _, err := collect(t, s, bad); err == nil {
			t.Fatal("a bad file was read without an error")
		}
		if got, _, err := collect(t, s, good); err != nil || len(got) != 1 {
			t.Errorf("after a bad file: %d records, err %v", len(got), err)
		}
	}
}
