package scan

import "unicode/utf8"

// text reads the value at the cursor as a string into a field of the record; a
// value of another type is checked and gives nil, as an absent member does.
func (c *cursor) text(to *[]byte) bool {
	if !c.value(to) {
		return false
	}
	if c.learning && *to != nil {
		c.note(hole{to: to})
	}
	return true
}

// value is text for what is no field of the record.
func (c *cursor) value(to *[]byte) bool {
	if c.b[c.i] != '"' {
		*to = nil
		return c.skip()
	}
	c.i++
	start := c.i
	end, plain, ok := c.str()
	if !ok {
		return false
	}
	if *to = c.b[start:end]; !plain {
		*to = c.decode(*to)
	}
	c.textStart, c.textEnd = start, end
	return true
}

// decode resolves the escapes of a checked string into the arena. Like
// encoding/json it puts U+FFFD in the place of bytes that are not UTF-8 and of
// surrogates without their other half.
func (c *cursor) decode(raw []byte) []byte {
	start := len(c.arena)
	for i := 0; i < len(raw); {
		switch ch := raw[i]; {
		case ch == '\\':
			r, n := unescape(raw[i+1:])
			c.arena = utf8.AppendRune(c.arena, r)
			i += 1 + n
		case ch < utf8.RuneSelf:
			c.arena = append(c.arena, ch)
			i++
		default:
			r, n := utf8.DecodeRune(raw[i:])
			c.arena = utf8.AppendRune(c.arena, r)
			i += n
		}
	}
	return c.arena[start:len(c.arena):len(c.arena)]
}

// unescape returns the character of a checked escape sequence, given without
// its backslash, and the number of bytes used.
func unescape(raw []byte) (rune, int) {
	switch raw[0] {
	case 'b':
		return '\b', 1
	case 'f':
		return '\f', 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'u':
		r := hex4(raw[1:])
		if r < 0xd800 || r > 0xdfff {
			return r, 5
		}
		if r < 0xdc00 && len(raw) >= 11 && raw[5] == '\\' && raw[6] == 'u' {
			if low := hex4(raw[7:]); low >= 0xdc00 && low <= 0xdfff {
				return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 11
			}
		}
		return utf8.RuneError, 5
	default:
		return rune(raw[0]), 1
	}
}

func hex4(b []byte) rune {
	return rune(hexDigit[b[0]])<<12 | rune(hexDigit[b[1]])<<8 | rune(hexDigit[b[2]])<<4 | rune(hexDigit[b[3]])
}
