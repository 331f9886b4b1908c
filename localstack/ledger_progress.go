package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// progress draws a bar on a terminal while files are read; elsewhere nothing.
type progress struct {
	w     io.Writer
	files int
	size  int64
	done  atomic.Int64 // files
	read  atomic.Int64 // bytes as stored
	quit  chan struct{}
	over  sync.WaitGroup
}

const (
	progressWidth = 30
	progressEvery = 150 * time.Millisecond
)

// startProgress begins to draw if w is a terminal.
func startProgress(w io.Writer, files int, size int64) *progress {
	p := &progress{w: w, files: files, size: size}
	if !isTerminal(w) {
		return p
	}
	p.quit = make(chan struct{})
	p.over.Add(1)
	go func() {
		defer p.over.Done()
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		p.run(ticker.C)
	}()
	return p
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// run draws at each tick, and wipes the bar at the end.
func (p *progress) run(tick <-chan time.Time) {
	const wipe = "\r\x1b[K"
	for {
		select {
		case <-tick:
			fmt.Fprint(p.w, wipe, p.line())
		case <-p.quit:
			fmt.Fprint(p.w, wipe)
			return
		}
	}
}

// end stops drawing.
func (p *progress) end() {
	if p.quit != nil {
		close(p.quit)
		p.over.Wait()
	}
}

func (p *progress) line() string {
	read, done := p.read.Load(), p.done.Load()
	share := 1.0
	if p.size > 0 {
		share = min(float64(read)/float64(p.size), 1)
	}
	full := int(share * progressWidth)
	return fmt.Sprintf("[%s%s] %3.0f %%  %d of %d files, %.1f of %.1f MB", strings.Repeat("#", full),
		strings.Repeat(".", progressWidth-full), 100*share, done, p.files, megabytes(read), megabytes(p.size))
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

func (p *progress) fileDone() { p.done.Add(1) }

// count returns r, whose bytes are counted.
func (p *progress) count(r io.Reader) io.Reader { return countedReader{r, &p.read} }

type countedReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c countedReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}
