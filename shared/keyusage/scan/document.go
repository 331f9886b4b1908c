package scan

import (
	"bytes"

	"latchkey/shared/coded"
)

// documents reads one log file's document, or several one after the other (as
// concatenated files are).
func (s *Scanner) documents() error {
	for n := 0; ; n++ {
		ch, err := s.next()
		switch {
		case err != nil:
			return err
		case ch == 0 && n == 0:
			return coded.New(coded.Invalid, "file is empty")
		case ch == 0:
			return nil
		case s.byteOrderMark():
			return s.malformed("not a CloudTrail log file: it begins with a byte order mark; store it as UTF-8 without one")
		case ch != '{':
			return s.malformed("not a CloudTrail log file: no JSON object")
		}
		if err := s.document(); err != nil {
			return err
		}
	}
}

// byteOrderMark reports whether the window is at the mark of a text in UTF-8 or
// UTF-16. (RFC 8259, section 8.1: JSON has none.)
func (s *Scanner) byteOrderMark() bool {
	rest := s.win.buf[s.win.pos:s.win.end]
	return bytes.HasPrefix(rest, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(rest, []byte("\xff\xfe")) || bytes.HasPrefix(rest, []byte("\xfe\xff"))
}

// document reads {"Records":[…]}; other members are checked and ignored.
func (s *Scanner) document() error {
	s.win.pos++
	found := false
	for n := 0; ; n++ {
		name, more, err := s.member(n)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if name != "Records" {
			err = s.whole(func(c *cursor) bool { return c.skip() })
		} else if found {
			return s.malformed("a second member Records")
		} else {
			found = true
			err = s.records()
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return s.malformed("not a CloudTrail log file: no member Records")
	}
	return nil
}

// member moves to the next member of the document.
func (s *Scanner) member(n int) (name string, more bool, err error) {
	err = s.whole(func(c *cursor) bool {
		c.arena = c.arena[:0]
		if more = c.member(n); more {
			name = string(c.key)
		}
		return more || c.done
	})
	return name, more, err
}

// records reads the array of records, or null.
func (s *Scanner) records() error {
	ch, err := s.next()
	if err != nil {
		return err
	}
	if ch != '[' {
		if ch == 'n' {
			return s.whole(func(c *cursor) bool { return c.skip() })
		}
		return s.malformed("the member Records is not an array")
	}
	s.win.pos++
	for n := 0; ; n++ {
		ch, err := s.next()
		switch {
		case err != nil:
			return err
		case ch == ']':
			s.win.pos++
			return nil
		case n > 0 && ch != ',':
			return s.malformed("no comma between two records")
		case n > 0:
			s.win.pos++
			if ch, err = s.next(); err != nil {
				return err
			}
		}
		if ch == ']' {
			return s.malformed("comma after the last record")
		}
		if err := s.element(ch); err != nil {
			return err
		}
	}
}

// next skips white space and returns the byte after it, not consumed; 0 at the
// end of the file.
func (s *Scanner) next() (byte, error) {
	w := &s.win
	for {
		for w.pos < w.end {
			switch ch := w.buf[w.pos]; ch {
			case ' ', '\n', '\t', '\r':
				w.pos++
			case 0:
				return 0, s.malformed("zero byte")
			default:
				return ch, nil
			}
		}
		if more, err := w.more(); err != nil || !more {
			return 0, err
		}
	}
}

// whole runs read on a text that begins at the window's position, again with
// more of it as long as it falls short, and consumes what was read. What ends
// with the window may be cut: nothing in a number says that it is whole.
func (s *Scanner) whole(read func(*cursor) bool) error {
	w := &s.win
	for {
		s.cur.at(w.buf, w.pos, w.end)
		ok := read(&s.cur)
		if ok && (s.cur.i < w.end || w.eof) {
			w.pos = s.cur.i
			return nil
		}
		if !ok && !s.cur.short {
			return s.malformed(s.cur.fault)
		}
		if more, err := w.more(); err != nil {
			return err
		} else if !more && !ok {
			return s.truncated()
		}
	}
}

func (s *Scanner) malformed(reason string) error {
	return coded.New(coded.Invalid, "malformed at offset %d: %s", s.win.offset(s.win.pos), reason)
}

func (s *Scanner) truncated() error {
	return coded.New(coded.Invalid, "truncated: the file ends at offset %d inside its document", s.win.offset(s.win.end))
}
