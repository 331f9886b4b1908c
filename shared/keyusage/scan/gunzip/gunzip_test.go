package gunzip

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"

	"latchkey/shared/keyusage/trailtest"
)

func pack(t testing.TB, level int, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unzip decompresses a file through windows of a size, History and Slack included.
func unzip(r io.Reader, room int) ([]byte, error) {
	z := readers.Get().(*Reader)
	defer readers.Put(z)
	z.Reset(r)
	return drain(z, room)
}

var readers = sync.Pool{New: func() any { return new(Reader) }}

func drain(z *Reader, room int) ([]byte, error) {
	var out []byte
	window := make([]byte, History+room)
	for from := 0; ; {
		n, err := z.Fill(window, from)
		out = append(out, window[from:from+n]...)
		from += n
		if err != nil {
			return out, err
		}
		if from > History {
			copy(window, window[from-History:from])
			from = History
			clear(window[from:]) // nothing else may be relied on
		}
	}
}

// std decompresses a file with compress/gzip.
func std(file []byte) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}

// compare compares a file's content, and whether it is accepted, with what
// compress/gzip finds. In a broken file it may find a little more.
func compare(t *testing.T, file []byte) {
	t.Helper()
	want, wantErr := std(file)
	for _, room := range []int{2 * Slack, 5000} {
		got, err := unzip(bytes.NewReader(file), room)
		if (err == io.EOF) != (wantErr == nil) {
			t.Fatalf("room %d: error %v, compress/gzip says %v", room, err, wantErr)
		}
		if wantErr == nil && !bytes.Equal(got, want) {
			t.Fatalf("room %d: %d bytes differ from the %d of compress/gzip", room, len(got), len(want))
		}
		if wantErr != nil && !bytes.HasPrefix(want, got) && !bytes.HasPrefix(got, want) {
			t.Fatalf("room %d: %d bytes before error %v differ from the %d of compress/gzip", room, len(got), err, len(want))
		}
		slow, err2 := unzip(iotest.OneByteReader(bytes.NewReader(file)), room)
		if !bytes.Equal(slow, got) || !errors.Is(err2, err) {
			t.Fatalf("room %d: byte by byte %d bytes, error %v; at once %d, %v", room, len(slow), err2, len(got), err)
		}
	}
}

func TestReader_Fill(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	fibonacci := []byte{} // its codes are as long as codes can be
	for symbol, n, m := 0, 1, 1; len(fibonacci) < 150_000; symbol, n, m = symbol+1, m, n+m {
		fibonacci = append(fibonacci, bytes.Repeat([]byte{byte(symbol)}, n)...)
	}
	rng.Shuffle(len(fibonacci), func(i, j int) { fibonacci[i], fibonacci[j] = fibonacci[j], fibonacci[i] })
	for name, data := range map[string][]byte{
		"empty":     nil,
		"one byte":  []byte("x"),
		"log file":  trailtest.New(trailtest.Config{Seed: 3}).File(0, 700),
		"zeros":     make([]byte, 300_000),
		"pairs":     bytes.Repeat([]byte("ab"), 100_000),
		"sevens":    bytes.Repeat([]byte("abcdefg"), 50_000),
		"far":       append(append(bytes.Clone(noise[:32768]), noise[:32768]...), noise[:40000]...),
		"noise":     noise,
		"fibonacci": fibonacci,
	} {
		for _, level := range []int{gzip.HuffmanOnly, gzip.NoCompression, gzip.BestSpeed, gzip.DefaultCompression, gzip.BestCompression} {
			t.Run(name, func(t *testing.T) { compare(t, pack(t, level, data)) })
		}
	}
}
