package scan

import (
	"bytes"
	"encoding/binary"
)

// open consumes an object's or array's opening bracket.
func (c *cursor) open() bool {
	if c.depth++; c.depth > maxDepth {
		return c.fail("nested too deep")
	}
	c.i++
	return true
}

// member moves to the next member of an object whose opening brace was
// consumed: n counts the members before it. It returns true with key set and
// the cursor at the value. At the closing brace, consumed, it returns false and
// sets done; false without done is a failure.
func (c *cursor) member(n int) bool {
	c.done = false
	if c.b[c.i] <= ' ' {
		c.space()
	}
	switch ch := c.b[c.i]; {
	case ch == '}':
		c.i++
		c.depth--
		c.done = true
		return false
	case n == 0:
	case ch == ',':
		c.i++
		if c.b[c.i] <= ' ' {
			c.space()
		}
	default:
		return c.fail("no comma between the members of an object")
	}
	if c.b[c.i] != '"' {
		return c.fail("the name of a member is not a string")
	}
	c.i++
	start := c.i
	end, plain, ok := c.str()
	if !ok {
		return false
	}
	if c.b[c.i] != ':' {
		if c.space(); c.b[c.i] != ':' {
			return c.fail("no colon after the name of a member")
		}
	}
	c.i++
	if c.b[c.i] <= ' ' {
		c.space()
	}
	if c.key = c.b[start:end]; !plain {
		c.key = c.decode(c.key)
	}
	return true
}

// element moves to the next element of an array as member does in an object.
func (c *cursor) element(n int) bool {
	c.done = false
	if c.b[c.i] <= ' ' {
		c.space()
	}
	switch ch := c.b[c.i]; {
	case ch == ']':
		c.i++
		c.depth--
		c.done = true
		return false
	case n == 0:
		return true
	case ch == ',':
		c.i++
		if c.b[c.i] <= ' ' {
			c.space()
		}
		if c.b[c.i] == ']' {
			return c.fail("comma before the end of an array")
		}
		return true
	}
	return c.fail("no comma between the elements of an array")
}

// skip checks the value at the cursor and moves past it.
func (c *cursor) skip() bool {
	switch ch := c.b[c.i]; ch {
	case '"':
		c.i++
		start := c.i
		end, _, ok := c.str()
		if ok && c.learning {
			c.textStart, c.textEnd = start, end
			c.note(hole{})
		}
		return ok
	case '{':
		return c.skipObject()
	case '[':
		if !c.open() {
			return false
		}
		for n := 0; c.element(n); n++ {
			if !c.skip() {
				return false
			}
		}
		return c.done
	case 't':
		return c.literal("true")
	case 'f':
		return c.literal("false")
	case 'n':
		return c.literal("null")
	default:
		return c.number()
	}
}

func (c *cursor) skipObject() bool {
	if !c.open() {
		return false
	}
	for n := 0; c.member(n); n++ {
		if !c.skip() {
			return false
		}
	}
	return c.done
}

// literal compares four bytes at once: every literal differs in them.
func (c *cursor) literal(word string) bool {
	got := c.b[c.i:]
	if binary.LittleEndian.Uint32(got) == binary.LittleEndian.Uint32([]byte(word)) && got[len(word)-1] == word[len(word)-1] {
		c.i += len(word)
		return true
	}
	if rest := c.end - c.i; rest < len(word) && bytes.HasPrefix([]byte(word), got[:rest]) {
		c.i = c.end
	}
	return c.fail("invalid value")
}

// number checks the grammar of RFC 8259, section 6.
func (c *cursor) number() bool {
	if c.b[c.i] == '-' {
		c.i++
	}
	if c.b[c.i] == '0' {
		c.i++
	} else if !c.digits() {
		return c.fail("invalid value")
	}
	if c.b[c.i] == '.' {
		c.i++
		if !c.digits() {
			return c.fail("invalid number")
		}
	}
	if c.b[c.i]|0x20 == 'e' {
		c.i++
		if c.b[c.i] == '+' || c.b[c.i] == '-' {
			c.i++
		}
		if !c.digits() {
			return c.fail("invalid number")
		}
	}
	return true
}

func (c *cursor) digits() bool {
	start := c.i
	for c.b[c.i]-'0' < 10 {
		c.i++
	}
	return c.i > start
}
