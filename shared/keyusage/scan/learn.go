package scan

import "slices"

// constants are the members whose texts are taken for a part of the stretch.
var constants = map[string]bool{
	"eventVersion": true, "eventSource": true, "eventName": true, "eventType": true, "eventCategory": true,
	"awsRegion": true, "errorCode": true, "type": true, "invokedBy": true, "mfaAuthenticated": true,
	"keySpec": true, "encryptionAlgorithm": true, "granteePrincipal": true,
	"tlsVersion": true, "cipherSuite": true, "clientProvidedHostHeader": true, "keyExchange": true,
}

// note records the text that was read last.
func (c *cursor) note(h hole) {
	h.start, h.end = c.textStart, c.textEnd
	h.constant = constants[string(c.key)] && h.pairs == nil && h.list == nil
	c.holes = append(c.holes, h)
}

// parse reads the record at the window's position: along a known path, or else
// with the parser, and then it learns the path.
func (s *Scanner) parse() (kms, ok bool) {
	w, c := &s.win, &s.cur
	c.at(w.buf, w.pos, w.end)
	c.arena = c.arena[:0]
	s.rec.clear()
	i, ends := s.shapes.read(w.buf, w.pos)
	switch ends {
	case endsOurs, endsOther:
		c.i = i
		return ends == endsOurs, true
	case turnsOther:
		c.i, c.depth = i, 1
		return c.other(&s.rec)
	}
	s.rec.clear()
	c.learning = !s.shapes.full
	kms, ok = c.record(&s.rec)
	if ok && c.learning {
		s.learn(kms)
	}
	c.learning = false
	return kms, ok
}

// learn remembers the path of the record that was just parsed.
func (s *Scanner) learn(kms bool) {
	w, c := &s.win, &s.cur
	switch {
	case c.turned > 0:
		s.shapes.learn(w.buf, w.pos, c.turned, c.holes, turnsOther)
	case !s.same():
	case kms:
		s.shapes.learn(w.buf, w.pos, c.i, c.holes, endsOurs)
	default:
		s.shapes.learn(w.buf, w.pos, c.i, c.holes, endsOther)
	}
}

// same reports whether filling in the holes gives the record that the parser
// read: not a record with equal texts, but one with the same places of the file
// in the same fields, so that what is found for this record holds for all of
// its shape. (Members that come twice can make a difference, and so can escapes.)
func (s *Scanner) same() bool {
	want := s.rec.clone()
	s.rec.clear()
	for i := range s.cur.holes {
		h := &s.cur.holes[i]
		h.fill(s.win.buf[h.start:h.end])
	}
	if !slices.EqualFunc(s.rec.fields(), want.fields(), samePlace) {
		s.rec = want
		return false
	}
	return true
}

func samePlace(a, b []byte) bool {
	if (a == nil) != (b == nil) || len(a) != len(b) {
		return false
	}
	return cap(a) == cap(b) && (cap(a) == 0 || &a[:1][0] == &b[:1][0])
}
