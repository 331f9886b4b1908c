package scan

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"latchkey/shared/coded"
)

// preloaded is how much of a compressed file is read into memory before it is
// decompressed: all of a usual one, and from memory it goes faster.
const preloaded = 4 << 20

// source is the decompressed bytes of a file, within the limits.
type source struct {
	ctx    context.Context
	limits Limits
	in     counted
	whole  *bytes.Reader // of a file that its reader has in memory, else nil
	head   []byte        // the first bytes of any other file
	mem    bytes.Reader  // of head
	buf    *bufio.Reader // of a file that is longer than head
	gz     *gzip.Reader
	body   io.Reader // what out is counted of: gz, or the file itself
	out    int64
}

// counted counts the bytes read from the file itself. It goes on failing.
type counted struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counted) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.err = err
	return n, err
}

// open recognises gzip by its magic number (RFC 1952, 2.3.1).
func (s *source) open(ctx context.Context, r io.Reader, limits Limits) error {
	s.ctx, s.limits, s.out = ctx, limits, 0
	s.in = counted{r: r}
	magic := s.begin(r)
	if magic != [2]byte{0x1f, 0x8b} {
		return nil
	}
	var err error
	if s.gz == nil {
		s.gz, err = gzip.NewReader(s.body)
	} else {
		err = s.gz.Reset(s.body)
	}
	s.body = s.gz
	return s.explain(err)
}

// begin sets body to the file itself, for which it finds the quickest way, and
// returns its first two bytes.
func (s *source) begin(r io.Reader) (magic [2]byte) {
	if s.whole, _ = r.(*bytes.Reader); s.whole != nil {
		s.in.n = int64(s.whole.Len())
		_, _ = s.whole.ReadAt(magic[:], s.whole.Size()-s.in.n) // zeros if it is shorter
		s.body = s.whole
		return magic
	}
	s.preload()
	copy(magic[:], s.head)
	s.mem.Reset(s.head)
	s.body = &s.mem
	if s.in.err != io.EOF {
		s.body = s.buffered(io.MultiReader(&s.mem, &s.in))
	}
	return magic
}

// compressed returns the bytes of the file that were used so far, or read.
func (s *source) compressed() int64 {
	if s.whole != nil {
		return s.in.n - int64(s.whole.Len())
	}
	return s.in.n
}

// preload reads the head of the file. A failure is met again after it.
func (s *source) preload() {
	s.head = s.head[:0]
	for i := 0; i < maxReads && len(s.head) < preloaded && s.in.err == nil && s.ctx.Err() == nil; i++ {
		if len(s.head) == cap(s.head) {
			s.head = slices.Grow(s.head, max(64<<10, len(s.head)))
		}
		n, _ := s.in.Read(s.head[len(s.head):cap(s.head)])
		s.head = s.head[:len(s.head)+n]
	}
}

func (s *source) buffered(r io.Reader) *bufio.Reader {
	if s.buf == nil {
		s.buf = bufio.NewReaderSize(r, 64<<10)
	} else {
		s.buf.Reset(r)
	}
	return s.buf
}

// Read returns decompressed bytes. It checks ctx and the limits at each call.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.body.Read(p)
	s.out += int64(n)
	if err != nil && err != io.EOF {
		return n, s.explain(err)
	}
	if s.out > s.limits.FileBytes {
		return n, coded.New(coded.Invalid, "file is longer than the limit of %d bytes when decompressed", s.limits.FileBytes)
	}
	if s.out > ratioFrom && float64(s.out) > s.limits.Ratio*float64(s.compressed()) {
		return n, coded.New(coded.Invalid, "file decompresses to more than %g times its size (%d bytes from %d)",
			s.limits.Ratio, s.out, s.compressed())
	}
	return n, err
}

// explain gives gzip's own errors the code invalid and the place; errors of the
// underlying reader pass.
func (s *source) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return coded.Wrap(coded.Invalid, io.ErrUnexpectedEOF, "gzip data is truncated after %d decompressed bytes", s.out)
	case isCorrupt(err):
		return coded.Wrap(coded.Invalid, err, "gzip data is corrupt after %d decompressed bytes", s.out)
	default:
		return err
	}
}

func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	var internal flate.InternalError
	return errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		errors.As(err, &corrupt) || errors.As(err, &internal)
}

// Open returns the decompressed content of a file, within the limits, for
// others who read log files as they are stored. Errors are those of Scanner.File.
func Open(ctx context.Context, r io.Reader, limits Limits) (io.Reader, error) {
	s := &source{}
	if err := s.open(ctx, r, limits.withDefaults()); err != nil {
		return nil, err
	}
	return s, nil
}
