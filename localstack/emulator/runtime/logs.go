package runtime

import (
	"bytes"
	"sync"
	"time"
)

// Line is one line of a function's log.
type Line struct {
	At       time.Time
	Region   string
	Function string
	Stream   string
	Text     string
}

// logbook keeps the last lines of a function's processes.
type logbook struct {
	keep int
	on   func(Line)

	mu   sync.Mutex
	list []Line
}

func (b *logbook) add(l Line) {
	b.mu.Lock()
	b.list = append(b.list, l)
	if len(b.list) > b.keep {
		b.list = b.list[len(b.list)-b.keep:]
	}
	b.mu.Unlock()
	if b.on != nil {
		b.on(l)
	}
}

func (b *logbook) lines() []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Line(nil), b.list...)
}

// maxLine bounds a line; CloudWatch's events are at most 256 KB. [CloudWatch Logs guide, Quotas]
const maxLine = 256 << 10

func (b *logbook) writer(fn Function, stream string) *lineWriter {
	return &lineWriter{book: b, line: Line{Region: fn.Region, Function: fn.Name, Stream: stream}}
}

// lineWriter cuts what a process writes into lines.
type lineWriter struct {
	book *logbook
	line Line

	mu  sync.Mutex
	buf []byte
}

// Write never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p...)
	for {
		i := bytes.IndexByte(w.buf, '\n')
		if i < 0 && len(w.buf) < maxLine {
			return len(p), nil
		}
		if i < 0 {
			w.emit(maxLine, maxLine)
			continue
		}
		w.emit(i, i+1)
	}
}

// emit makes a line of the first n bytes and drops the first skip.
func (w *lineWriter) emit(n, skip int) {
	l := w.line
	l.At, l.Text = time.Now(), string(bytes.TrimSuffix(w.buf[:n], []byte{'\r'}))
	w.buf = append(w.buf[:0], w.buf[skip:]...)
	if l.Text != "" {
		w.book.add(l)
	}
}

// flush makes a line of what has no end yet.
func (w *lineWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.emit(len(w.buf), len(w.buf))
}
