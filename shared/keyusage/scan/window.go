package scan

import (
	"io"

	"latchkey/shared/coded"
)

const (
	firstWindow = 128 << 10
	// largeWindow is a window that is not kept for the next file.
	largeWindow = 1 << 20
	// pad is the number of zero bytes kept after the window's end, so that words
	// of eight bytes can be loaded anywhere and a zero byte stops every loop.
	pad = 16
	// maxReads bounds the reads that fill a buffer: a reader that returns
	// (0, nil) for ever must not hang us.
	maxReads = 1 << 20
)

// filler writes a file's content to window[from:], not always up to its end, and
// returns how much it wrote. What it wrote before must be in front of from.
type filler interface {
	fill(window []byte, from int) (int, error)
	history() int // how much of it
	slack() int   // the room that it needs, and may leave unused
}

// window is the part of the decompressed file that is in memory. buf[pos:end]
// is not consumed yet.
type window struct {
	r      filler
	buf    []byte
	pos    int
	end    int
	base   int64 // offset in the file of buf[0]
	max    int   // longest buf[pos:end] that more makes longer
	eof    bool
	failed error // of the reader; given out when the data before it is used up
}

func (w *window) reset(r filler) {
	if w.buf == nil || len(w.buf) > largeWindow+pad {
		w.buf = make([]byte, firstWindow+pad)
	}
	w.r, w.pos, w.end, w.base, w.eof, w.failed = r, 0, 0, 0, false, nil
	w.terminate()
}

// offset returns the place in the file of buf[i].
func (w *window) offset(i int) int64 { return w.base + int64(i) }

func (w *window) terminate() { clear(w.buf[w.end : w.end+pad]) }

// more reads on, keeping buf[pos:end], which moves to the front. It makes room
// for at least as much again, so that a text that is parsed anew after each
// call costs time in proportion to its length. It returns false at the end of
// the file.
func (w *window) more() (bool, error) {
	kept := w.end - w.pos
	switch {
	case w.failed != nil:
		return false, w.failed
	case w.eof:
		return false, nil
	case kept >= w.max:
		return false, tooLong(w.offset(w.pos), w.max)
	}
	from := max(0, min(w.pos, w.end-w.r.history()))
	old := w.buf
	if room := len(w.buf) - pad; 2*kept+w.r.history()+w.r.slack() > room {
		w.buf = make([]byte, 2*room+pad)
	}
	copy(w.buf, old[from:w.end])
	w.base += int64(from)
	w.pos -= from
	w.end -= from
	before := w.end
	w.fill()
	w.terminate()
	if w.end == before {
		return false, w.failed
	}
	return true, nil
}

// fill reads until the window is full, the file ends or a read fails.
func (w *window) fill() {
	for i := 0; len(w.buf)-pad-w.end >= w.r.slack(); i++ {
		n, err := w.r.fill(w.buf[:len(w.buf)-pad], w.end)
		w.end += n
		switch {
		case err == io.EOF:
			w.eof = true
			return
		case err != nil:
			w.failed = err
			return
		case i == maxReads:
			w.failed = io.ErrNoProgress
			return
		}
	}
}

func tooLong(offset int64, limit int) error {
	return coded.New(coded.Invalid, "record at offset %d is longer than the limit of %d bytes", offset, limit)
}
