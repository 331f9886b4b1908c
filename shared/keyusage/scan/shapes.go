package scan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Records of CloudTrail have few shapes: between the texts that differ from one
// record to the next stands, byte for byte, what stood there in thousands of
// records before. shapes remembers those stretches as a tree. A record that
// follows a path of it needs no parsing: stretches are compared, and only the
// texts between them are looked at.
//
// A path is learned from a record that the parser has read, and only if reading
// the record along the path gives the very same bytes for every field. As all of
// the structure is in the stretches, the same then holds for any record that
// follows the path. A text that is not plain (an escape, a byte above ASCII)
// leaves the path, and the parser reads the record.
type shapes struct {
	root  node
	nodes int
	bytes int
	full  bool // something was not learned for want of room
}

// Bounds of what is remembered.
const (
	maxNodes    = 4096
	maxBytes    = 1 << 20
	maxBranches = 24 // stretches that may follow a text
)

// node is a stretch and the text after it.
type node struct {
	stretch []byte
	fixed   []fixed
	hole    hole
	length  int // of the text, the last time: that of ids and times stays
	ends    ending
	next    []*node // what may follow the text
}

// ending says what is known after a stretch without a text after it.
type ending uint8

const (
	goesOn ending = iota
	endsOurs
	endsOther  // the record ends, and is one of another service
	turnsOther // its eventSource was read, and is another service's
)

// hole is a text that differs from record to record, and where it goes.
type hole struct {
	start, end int
	to         *[]byte   // a field of Record, or nil
	pairs      *[]Pair   // or an encryption context of Record,
	name       []byte    // under this name
	list       *[][]byte // or a list of Record
	constant   bool      // part of the stretch all the same: it is one of a few words
}

// fixed is a field whose text is in the stretch.
type fixed struct {
	to         *[]byte
	start, end int // in the stretch
}

// begin empties a full tree, so that it can learn what comes now.
func (s *shapes) begin() {
	if s.full {
		*s = shapes{}
	}
}

// read follows the record at b[i] into r, which is empty. It returns the place
// after the last stretch, and goesOn if the record leaves every path.
func (s *shapes) read(b []byte, i int) (int, ending) {
	at := &s.root
	for {
		n := at.follow(b[i:])
		if n == nil {
			return i, goesOn
		}
		for _, f := range n.fixed {
			*f.to = b[i+f.start : i+f.end]
		}
		i += len(n.stretch)
		if n.ends != goesOn {
			return i, n.ends
		}
		end := i + n.length
		if !plainOf(b, i, n.length) {
			if end = plainText(b, i); end < 0 {
				return i, goesOn
			}
			n.length = end - i
		}
		n.hole.fill(b[i:end])
		i = end
		at = n
	}
}

// follow returns the branch that b continues with. Branches move up as they
// are used.
func (n *node) follow(b []byte) *node {
	for k, next := range n.next {
		if !bytes.HasPrefix(b, next.stretch) {
			continue
		}
		if k > 0 {
			n.next[k], n.next[k-1] = n.next[k-1], next
		}
		return next
	}
	return nil
}

func (h *hole) fill(text []byte) {
	switch {
	case h.to != nil:
		*h.to = text
	case h.pairs != nil:
		*h.pairs = append(*h.pairs, Pair{Name: h.name, Value: text})
	case h.list != nil:
		*h.list = append(*h.list, text)
	}
}

// plainOf reports whether the text at b[i] is plain and of this length. Its
// loop has no branch on the text, which is why it is tried before plainText.
func plainOf(b []byte, i, length int) bool {
	if length < 8 || len(b)-i < length+8 || b[i+length] != '"' {
		return false
	}
	text := b[i : i+length+1]
	last := special(binary.LittleEndian.Uint64(text[len(text)-8:]))
	var m uint64
	for ; len(text) > 8; text = text[8:] {
		m |= special(binary.LittleEndian.Uint64(text))
	}
	return m == 0 && last == 1<<63
}

// plainText returns the place of the quote that ends the text at b[i], or -1 if
// the text is not plain.
func plainText(b []byte, i int) int {
	for {
		m := special(binary.LittleEndian.Uint64(b[i:]))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		if b[i] != '"' {
			return -1
		}
		return i
	}
}

// learn adds the path of the record b[start:end], which has these texts.
func (s *shapes) learn(b []byte, start, end int, holes []hole, ends ending) {
	at, from := &s.root, start
	var fixes []fixed
	for _, h := range holes {
		if h.start >= end {
			break
		}
		if h.constant {
			if h.to != nil {
				fixes = append(fixes, fixed{h.to, h.start - from, h.end - from})
			}
			continue
		}
		if at = s.branch(at, b[from:h.start], goesOn); at == nil {
			return
		}
		h.name = bytes.Clone(h.name)
		at.fixed, at.hole, from, fixes = fixes, h, h.end, nil
	}
	if at = s.branch(at, b[from:end], ends); at != nil {
		at.fixed = fixes
	}
}

// branch finds or adds a branch; nil if there is no room.
func (s *shapes) branch(at *node, stretch []byte, ends ending) *node {
	for _, next := range at.next {
		if next.ends == ends && bytes.Equal(next.stretch, stretch) {
			return next
		}
	}
	if len(at.next) >= maxBranches || s.nodes >= maxNodes || s.bytes+len(stretch) > maxBytes {
		s.full = true
		return nil
	}
	n := &node{stretch: bytes.Clone(stretch), ends: ends}
	at.next = append(at.next, n)
	s.nodes++
	s.bytes += len(stretch)
	return n
}
