package gunzip

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"latchkey/shared/keyusage/trailtest"
)

// Every way to cut a file, and to change a byte of it, is judged as compress/gzip does.
func TestReader_Fill_broken(t *testing.T) {
	file := pack(t, gzip.DefaultCompression, trailtest.New(trailtest.Config{Seed: 3}).File(0, 3))
	for n := range file {
		compare(t, file[:n])
		changed := bytes.Clone(file)
		changed[n] ^= byte(1 + n%255)
		compare(t, changed)
	}
}

func TestReader_Fill_errors(t *testing.T) {
	file := pack(t, gzip.DefaultCompression, []byte(strings.Repeat("a log file ", 100)))
	change := func(at int, to ...byte) []byte {
		changed := bytes.Clone(file)
		copy(changed[at:], to)
		return changed
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":               {nil, io.ErrUnexpectedEOF},
		"cut header":          {file[:7], io.ErrUnexpectedEOF},
		"cut data":            {file[:20], io.ErrUnexpectedEOF},
		"cut trailer":         {file[:len(file)-1], io.ErrUnexpectedEOF},
		"no gzip":             {change(0, 'P', 'K'), ErrHeader},
		"method":              {change(2, 7), ErrHeader},
		"block of kind 3":     {change(10, 7), ErrCorrupt},
		"stored, no length":   {change(10, 1, 1, 0, 1, 0), ErrCorrupt},
		"checksum":            {change(len(file)-8, ^file[len(file)-8]), ErrChecksum},
		"length":              {change(len(file)-4, ^file[len(file)-4]), ErrChecksum},
		"garbage after":       {append(bytes.Clone(file), "garbage after it"...), ErrHeader},
		"distance too far":    {append(file[:10:10], 0x4b, 0x04, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), ErrCorrupt},
		"text without an end": {append([]byte("\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff"), strings.Repeat("n", 600)...), ErrHeader},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := unzip(bytes.NewReader(c.file), 1000); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			compare(t, c.file)
		})
	}
}

// Headers with all that they may have, and several members.
func TestReader_Fill_members(t *testing.T) {
	var file []byte
	for i, flags := range []byte{0, 1 << 2, 1 << 3, 1 << 4, 31, 0} {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if flags&(1<<2) != 0 {
			w.Extra = []byte("extra")
		}
		if flags&(1<<3) != 0 {
			w.Name = "a name"
		}
		if flags&(1<<4) != 0 {
			w.Comment = "a comment"
		}
		if _, err := w.Write(bytes.Repeat([]byte{byte('a' + i)}, i*20_000)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file = append(file, out.Bytes()...)
		compare(t, file)
	}
	// CRC-16 of a header: right, then wrong.
	one := pack(t, gzip.BestSpeed, []byte("with a checksum of its header"))
	head := append([]byte("\x1f\x8b\x08\x02"), one[4:10]...)
	sum := headerSum(head)
	compare(t, append(append(bytes.Clone(head), byte(sum), byte(sum>>8)), one[10:]...))
	compare(t, append(append(bytes.Clone(head), byte(sum+1), byte(sum>>8)), one[10:]...))
}

func headerSum(head []byte) uint16 {
	var z Reader
	z.Reset(bytes.NewReader(head))
	if err := z.read(make([]byte, len(head))); err != nil {
		return 0
	}
	return uint16(z.digest)
}

func TestReader_Fill_reader(t *testing.T) {
	file := pack(t, gzip.DefaultCompression, trailtest.New(trailtest.Config{Seed: 3}).File(0, 300))
	failure := errors.New("connection reset")
	_, err := unzip(io.MultiReader(bytes.NewReader(file[:len(file)/2]), iotest.ErrReader(failure)), 1000)
	if !errors.Is(err, failure) {
		t.Errorf("error %v, want that of the reader", err)
	}
	if _, err := unzip(nothing{}, 1000); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error %v of a reader that gives nothing, want io.ErrNoProgress", err)
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

// Reset makes a reader new, whatever it was doing.
func TestReader_Reset(t *testing.T) {
	good := pack(t, gzip.BestCompression, trailtest.New(trailtest.Config{Seed: 3}).File(0, 50))
	want, err := std(good)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(4, 4))
	var z Reader
	for range 200 {
		broken := bytes.Clone(good[:rng.IntN(len(good))])
		if len(broken) > 20 {
			broken[10+rng.IntN(len(broken)-10)] ^= 0x55
		}
		z.Reset(bytes.NewReader(broken))
		if _, err := drain(&z, 5000); err == nil || err == io.EOF {
			t.Fatalf("error %v of a broken file", err)
		}
		z.Reset(bytes.NewReader(good))
		if got, err := drain(&z, 5000); err != io.EOF || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, error %v after Reset; want %d", len(got), err, len(want))
		}
	}
}

func TestReader_Fill_window(t *testing.T) {
	file := pack(t, gzip.DefaultCompression, trailtest.New(trailtest.Config{Seed: 3}).File(0, 300))
	var z Reader
	z.Reset(bytes.NewReader(file))
	if _, err := z.Fill(make([]byte, Slack-1), 0); err == nil {
		t.Error("no error without room")
	}
	window := make([]byte, 2*History)
	n, err := z.Fill(window, 0)
	if err != nil || n < len(window)-Slack {
		t.Fatalf("%d bytes, error %v", n, err)
	}
	if _, err := z.Fill(window, History-1); err == nil {
		t.Error("no error without the history")
	}
}

// FuzzReader compares with compress/gzip on any data, and on any data compressed.
func FuzzReader(f *testing.F) {
	doc := trailtest.New(trailtest.Config{Seed: 3}).File(0, 2)
	for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
		file := pack(f, level, doc)
		f.Add(file, 0)
		f.Add(file[10:], 1)
		f.Add(doc, 2+4*(level-gzip.HuffmanOnly))
	}
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, data []byte, level int) {
		switch level & 3 {
		case 0:
			compare(t, data)
		case 1:
			compare(t, append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), data...))
		default:
			compare(t, pack(t, gzip.HuffmanOnly+(level>>2&0xff)%(gzip.BestCompression-gzip.HuffmanOnly+1), data))
		}
	})
}
