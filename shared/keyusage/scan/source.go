package scan

import (
	"bufio"
	"context"
	"errors"
	"io"

	"latchkey/shared/coded"
	"latchkey/shared/keyusage/scan/gunzip"
)

// source is the decompressed bytes of a file, within the limits.
type source struct {
	ctx    context.Context
	limits Limits
	in     counted
	buf    *bufio.Reader // of in
	zipped bool
	gz     gunzip.Reader
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

// open recognises gzip by its magic number (RFC 1952, 2.3.1). A failure to read
// is met again by fill.
func (s *source) open(ctx context.Context, r io.Reader, limits Limits) {
	s.ctx, s.limits, s.out = ctx, limits, 0
	s.in = counted{r: r}
	if s.buf == nil {
		s.buf = bufio.NewReader(&s.in)
	} else {
		s.buf.Reset(&s.in)
	}
	magic, _ := s.buf.Peek(2)
	if s.zipped = string(magic) == "\x1f\x8b"; s.zipped {
		s.gz.Reset(s.buf)
	}
}

func (s *source) history() int {
	if s.zipped {
		return gunzip.History
	}
	return 0
}

func (s *source) slack() int {
	if s.zipped {
		return gunzip.Slack
	}
	return 1
}

// fill gives decompressed bytes. It checks ctx and the limits at each call.
func (s *source) fill(window []byte, from int) (n int, err error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if s.zipped {
		n, err = s.gz.Fill(window, from)
	} else {
		n, err = s.buf.Read(window[from:])
	}
	s.out += int64(n)
	if err != nil && err != io.EOF {
		return n, s.explain(err)
	}
	if s.out > s.limits.FileBytes {
		return n, coded.New(coded.Invalid, "file is longer than the limit of %d bytes when decompressed", s.limits.FileBytes)
	}
	if s.out > ratioFrom && float64(s.out) > s.limits.Ratio*float64(s.in.n) {
		return n, coded.New(coded.Invalid, "file decompresses to more than %g times its size (%d bytes from %d)",
			s.limits.Ratio, s.out, s.in.n)
	}
	return n, err
}

// explain gives gzip's own errors the code invalid and the place; errors of the
// underlying reader pass.
func (s *source) explain(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && s.in.err == io.EOF:
		return coded.Wrap(coded.Invalid, err, "gzip data is truncated after %d decompressed bytes", s.out)
	case errors.Is(err, gunzip.ErrHeader), errors.Is(err, gunzip.ErrCorrupt), errors.Is(err, gunzip.ErrChecksum):
		return coded.Wrap(coded.Invalid, err, "gzip data is corrupt after %d decompressed bytes", s.out)
	default:
		return err
	}
}

// content is a file's content as a stream.
type content struct {
	src source
	win window
}

// Open returns the decompressed content of a file, within the limits, for
// others who read log files as they are stored. Errors are those of Scanner.File;
// they come when the content is read.
func Open(ctx context.Context, r io.Reader, limits Limits) (io.Reader, error) {
	c := &content{}
	c.src.open(ctx, r, limits.withDefaults())
	c.win.reset(&c.src)
	c.win.max = 1
	return c, nil
}

func (c *content) Read(p []byte) (int, error) {
	w := &c.win
	if w.pos == w.end && len(p) > 0 {
		if more, err := w.more(); err != nil {
			return 0, err
		} else if !more {
			return 0, io.EOF
		}
	}
	n := copy(p, w.buf[w.pos:w.end])
	w.pos += n
	return n, nil
}
