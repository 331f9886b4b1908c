package scan

import "latchkey/shared/coded"

// endsInside is the reason of a record that has no end.
const endsInside = "the file ends inside the record"

// element reads one element of Records, whose first byte is ch.
func (s *Scanner) element(ch byte) error {
	if ch == 0 {
		return s.truncated()
	}
	s.res.Records++
	if ch != '{' {
		return s.recover("not an object")
	}
	w := &s.win
	for {
		kms, ok := s.parse()
		if ok {
			return s.emit(kms)
		}
		if !s.cur.short {
			return s.recover(s.cur.fault)
		}
		more, err := w.more()
		if err != nil {
			s.broken(w.offset(w.pos), int64(w.end-w.pos), "the file could not be read to the end of the record")
			return err
		}
		if !more {
			return s.recover(endsInside)
		}
	}
}

// emit consumes the record that was read and visits it if it is one of KMS.
func (s *Scanner) emit(kms bool) error {
	w := &s.win
	start, end := w.pos, s.cur.i
	if end-start > w.max {
		return tooLong(w.offset(start), w.max)
	}
	w.pos = end
	if !kms {
		return nil
	}
	s.rec.Offset, s.rec.Raw = w.offset(start), w.buf[start:end]
	err := s.visit(&s.rec)
	switch {
	case err == nil:
		s.res.KMSRecords++
		return nil
	case coded.Is(err, coded.Invalid):
		s.broken(s.rec.Offset, int64(end-start), err.Error())
		return nil
	default:
		return err
	}
}

// recover reports the record at the window's position as broken and moves to
// the next one: to the end of the record's brackets if they are intact, else to
// the next thing that looks like a record's start. A record that goes on to the
// end of the file, with no other in sight, is where the file was cut: that it
// ends as a log file does proves nothing, as records have arrays too.
func (s *Scanner) recover(reason string) error {
	offset := s.win.offset(s.win.pos)
	framed, err := s.frame()
	if err == nil && !framed {
		err = s.resync()
		if err == nil && reason == endsInside && s.win.buf[s.win.pos] != ',' {
			err = s.truncated()
		}
	}
	s.broken(offset, s.win.offset(s.win.pos)-offset, reason)
	return err
}

// frame moves past the record at the window's position if its brackets are
// intact and are followed by a comma or the end of the array.
func (s *Scanner) frame() (bool, error) {
	w := &s.win
	for {
		s.cur.at(w.buf, w.pos, w.end)
		if s.cur.jump() {
			s.cur.space()
			if ch := w.buf[s.cur.i]; ch == ',' || ch == ']' {
				w.pos = s.cur.i
				return true, nil
			}
			if s.cur.i < w.end || w.eof {
				return false, nil
			}
		} else if !s.cur.short || w.eof {
			return false, nil
		}
		if w.end-w.pos >= w.max {
			return false, nil
		}
		if more, err := w.more(); err != nil || !more {
			return false, err
		}
	}
}

// resync discards the file up to the next place that looks like a record's
// start, or else up to the end of the array if the file ends as a log file does.
func (s *Scanner) resync() error {
	const overlap = 4096 // more than a marker and the white space around it
	w := &s.win
	w.pos++
	for {
		rest := w.buf[w.pos:w.end]
		if next := nextRecord(rest); next >= 0 {
			w.pos += next
			return nil
		}
		if w.eof {
			last := lastBracket(rest)
			if last < 0 {
				w.pos = w.end
				return s.truncated()
			}
			w.pos += last
			return nil
		}
		w.pos = max(w.pos, w.end-overlap)
		if _, err := w.more(); err != nil {
			return err
		}
	}
}
