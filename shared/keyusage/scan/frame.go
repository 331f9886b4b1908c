package scan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Classes of the bytes outside of strings.
const (
	outside = iota // not found in JSON
	neutral        // white space, punctuation, parts of numbers and literals
	quote
	opening
	closing
)

var classes = func() (t [256]uint8) {
	for _, ch := range []byte(" \t\r\n:,+-.0123456789eEtrufalsn") {
		t[ch] = neutral
	}
	t['"'], t['{'], t['['], t['}'], t[']'] = quote, opening, opening, closing, closing
	return t
}()

// jump moves past the value at the cursor without parsing it: it only follows
// strings and brackets.
func (c *cursor) jump() bool {
	switch c.b[c.i] {
	case '{', '[':
		return c.jumpBrackets()
	case '"':
		c.i++
		return c.jumpString()
	default:
		return c.skip()
	}
}

// jumpBrackets jumps over an object or array.
func (c *cursor) jumpBrackets() bool {
	c.stack = c.stack[:0]
	_, ok := c.jumpOver()
	return ok
}

// jumpOut jumps to the end of the object that the cursor is in. sources reports
// whether a member of it may be an eventSource.
func (c *cursor) jumpOut() (sources, ok bool) {
	c.stack = append(c.stack[:0], '{')
	return c.jumpOver()
}

// jumpOver moves past the bracket that empties the stack. sources reports
// whether a string directly inside of the lowest one is eventSource, or has a
// backslash, so that it might be.
func (c *cursor) jumpOver() (sources, ok bool) {
	for {
		ch := c.b[c.i]
		switch classes[ch] {
		case neutral:
			c.i++
		case quote:
			more, ok := c.jumpStrings(len(c.stack) == 1 && !sources)
			if !ok {
				return false, false
			}
			sources = sources || more
		case opening:
			if len(c.stack)+c.depth >= maxDepth {
				return false, c.fail("nested too deep")
			}
			c.stack = append(c.stack, ch)
			c.i++
		case closing:
			last := len(c.stack) - 1
			if c.stack[last]+2 != ch { // '{'+2 = '}', '['+2 = ']'
				return false, c.fail("brackets do not match")
			}
			c.i++
			if c.stack = c.stack[:last]; last == 0 {
				return sources, true
			}
		default:
			return false, c.fail("not JSON")
		}
	}
}

// jumpStrings moves past the string at the cursor, and the ones after it that
// only a colon or a comma stands between. With look it reports whether one of
// them may be an eventSource.
func (c *cursor) jumpStrings(look bool) (sources, ok bool) {
	for {
		c.i++
		start := c.i
		if !c.jumpString() {
			return false, false
		}
		if look && maybeSource(c.b[start:c.i-1]) {
			sources = true
		}
		if c.b[c.i+1] != '"' || c.b[c.i] != ':' && c.b[c.i] != ',' {
			return sources, true
		}
		c.i++
	}
}

// maybeSource reports whether a member's name may be eventSource: written so, or
// at least as long and with an escape. A text that is a value and looks so does
// no harm.
func maybeSource(name []byte) bool {
	const source = "eventSource"
	return len(name) >= len(source) && (string(name) == source || len(name) <= 6*len(source) && bytes.IndexByte(name, '\\') >= 0)
}

// jumpString moves past the closing quote of a string whose opening quote was
// consumed. It looks at nothing but quotes and backslashes.
func (c *cursor) jumpString() bool {
	for i := c.i; ; {
		quote := nextQuote(c.b[:c.end], i)
		if quote < 0 {
			c.i = c.end
			return c.fail("")
		}
		first := quote
		for first > c.i && c.b[first-1] == '\\' {
			first--
		}
		if (quote-first)%2 == 0 { // every backslash before it is escaped itself
			c.i = quote + 1
			return true
		}
		i = quote + 1
	}
}

// nextQuote returns the place of the next quote in b from place i on, or -1.
// Most strings are short: a word is looked at before the call that is quick
// for long ones. b has padding after it.
func nextQuote(b []byte, i int) int {
	q := binary.LittleEndian.Uint64(b[i:i+8:cap(b)]) ^ each*'"'
	if m := (q - each) &^ q & highs; m != 0 {
		return i + bits.TrailingZeros64(m)>>3
	}
	n := bytes.IndexByte(b[min(i+8, len(b)):], '"')
	if n < 0 {
		return -1
	}
	return n + min(i+8, len(b))
}

var marker = []byte(`"eventVersion"`)

// nextRecord returns the place in b of the next comma between two records, -1
// if there is none. A record is known by its first member: CloudTrail writes
// eventVersion first. Inside a string the marker's quotes would be escaped.
func nextRecord(b []byte) int {
	for from := 0; ; {
		m := bytes.Index(b[from:], marker)
		if m < 0 {
			return -1
		}
		m += from
		from = m + len(marker)
		head := bytes.TrimRight(b[:m], " \t\r\n")
		if len(head) == 0 || head[len(head)-1] != '{' {
			continue
		}
		before := bytes.TrimRight(head[:len(head)-1], " \t\r\n")
		if len(before) > 0 && before[len(before)-1] == ',' {
			return len(before) - 1
		}
	}
}

// lastBracket returns the place in b of the bracket that ends Records, -1 if b
// does not end as a log file does.
func lastBracket(b []byte) int {
	b = bytes.TrimRight(b, " \t\r\n")
	if len(b) == 0 || b[len(b)-1] != '}' {
		return -1
	}
	b = bytes.TrimRight(b[:len(b)-1], " \t\r\n")
	if len(b) == 0 || b[len(b)-1] != ']' {
		return -1
	}
	return len(b) - 1
}
