package scan

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth is the deepest nesting that is read; encoding/json's own limit.
const maxDepth = 10000

// cursor walks a JSON text that is in memory. Its methods return false when
// they cannot go on: short says that the text ended, else fault says why.
//
// b holds pad zero bytes after end, so no method checks for the end on its way:
// a zero byte is legal nowhere in JSON.
type cursor struct {
	b     []byte
	end   int // length of the text in b
	i     int // next byte
	start int // where the text starts
	depth int
	short bool
	fault string
	done  bool // the object that member walks is closed

	key   []byte // of the member that member found, decoded
	arena []byte // decoded texts of the current record
	stack []byte // open brackets, for jump

	learning           bool // note holes
	holes              []hole
	textStart, textEnd int // of the text read last
	turned             int // after an eventSource that is another service's
}

// at starts at place i of a window.
func (c *cursor) at(b []byte, i, end int) {
	c.b, c.start, c.end = b, i, end
	c.restart()
}

func (c *cursor) restart() {
	c.i, c.depth, c.short, c.fault = c.start, 0, false, ""
	c.holes, c.turned = c.holes[:0], 0
}

func (c *cursor) fail(fault string) bool {
	if c.i >= c.end {
		c.short = true
	} else {
		c.fault = fault
	}
	return false
}

// space skips white space (RFC 8259, section 2).
func (c *cursor) space() {
	for {
		switch c.b[c.i] {
		case ' ', '\n', '\t', '\r':
			c.i++
		default:
			return
		}
	}
}

const (
	each  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks, with the high bit of each byte of the word, the bytes that end
// or complicate a string: a quote, a backslash, a control character, a byte
// above ASCII. Marks above the lowest one may be false. (A byte below 0x80 sets
// the high bit of a difference only if it is less than what is subtracted; one
// from 0x80 on is marked anyway.)
func special(w uint64) uint64 {
	return ((w ^ each*'"' - each) | (w ^ each*'\\' - each) | (w - each*0x20) | w) & highs
}

// str reads a string whose opening quote was consumed, checks it, and returns
// the place of its closing quote. plain says that it has neither escapes nor
// bytes above ASCII.
func (c *cursor) str() (end int, plain, ok bool) {
	plain = true
	i, b := c.i, c.b
	for {
		w := binary.LittleEndian.Uint64(b[i:])
		m := special(w)
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		ch := b[i]
		if ch == '"' {
			c.i = i + 1
			return i, plain, true
		}
		plain = false
		switch {
		case ch >= 0x80:
			i++
		case ch == '\\':
			n := escape(b[i+1:])
			if n == 0 {
				c.i = min(i+6, c.end) // up to \uXXXX may be cut off
				if c.i < c.end {
					c.i = i
				}
				return 0, false, c.fail("invalid escape in a string")
			}
			i += 1 + n
		default:
			c.i = i
			return 0, false, c.fail("control character in a string")
		}
	}
}

// escape returns the length of the escape sequence at b, without its backslash;
// 0 if it is none.
func escape(b []byte) int {
	switch b[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		for _, h := range b[1:5] {
			if hexDigit[h] < 0 {
				return 0
			}
		}
		return 5
	}
	return 0
}

// hexDigit is the value of a hexadecimal digit, or -1.
var hexDigit = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := 0; i < 10; i++ {
		t['0'+i] = int8(i)
	}
	for i := 0; i < 6; i++ {
		t['a'+i], t['A'+i] = int8(10+i), int8(10+i)
	}
	return t
}()
