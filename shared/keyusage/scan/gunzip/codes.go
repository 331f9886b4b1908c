package gunzip

import (
	"encoding/binary"
	"io"
)

const (
	literalMask  = 1<<literalBits - 1
	distanceMask = 1<<distanceBits - 1

	// A match takes at most 15+5 bits for its length and 15+13 for its distance.
	maxSymbolBits = 48
	// ahead is the input that a turn of the quick loop may load.
	ahead = 16
)

// codes decodes symbols until less than Slack bytes of room are left or the
// block ends.
func (z *Reader) codes(window []byte, at int) (int, error) {
	// What a match may reach back to.
	start := at - int(min(z.size, History))
	for z.stage == inCodes && len(window)-at >= Slack {
		if z.end-z.next < ahead && z.done == nil {
			if err := z.more(); err != nil && err != io.EOF {
				return at, err
			}
			continue
		}
		var err error
		if z.end-z.next >= ahead {
			at, err = z.quick(window, at, start)
		} else {
			at, err = z.careful(window, at, start)
		}
		if err != nil {
			return at, err
		}
	}
	return at, nil
}

// quick decodes as codes does, as long as the input has enough bytes to load
// them eight at a time. Bits above count in bits are those of the next bytes;
// count has what it needs in its lowest six bits. It is one long function, with
// up to three looks for literals written out, because all of the time is spent
// here: its variables stay in registers. After a load there are at least 56 bits:
// enough for three times literalBits, or for maxSymbolBits.
func (z *Reader) quick(window []byte, at, start int) (int, error) {
	var (
		in    = z.buf[:z.end:z.end]
		next  = z.next
		bits  = z.bits
		count = z.count
		err   error
	)
	window = window[:len(window):len(window)]
	for at <= len(window)-Slack && next <= len(in)-ahead {
		bits |= load(in, next) << (count & 63)
		next += 7 - int(count>>3&7)
		count |= 56
		e := z.literals[bits&literalMask]
		if e >= oneLiteral {
			put(window, at, e)
			at += e.literals()
			bits >>= e.taken() & 63
			count -= e.taken()
			e = z.literals[bits&literalMask]
			if e >= oneLiteral {
				put(window, at, e)
				at += e.literals()
				bits >>= e.taken() & 63
				count -= e.taken()
				e = z.literals[bits&literalMask]
				if e >= oneLiteral {
					put(window, at, e)
					at += e.literals()
					bits >>= e.taken() & 63
					count -= e.taken()
					continue
				}
			}
			bits |= load(in, next) << (count & 63)
			next += 7 - int(count>>3&7)
			count |= 56
		}
		if e&isSpecial != 0 {
			if e.special() == pointer {
				bits >>= e.taken() & 63
				count -= e.taken()
				e = z.literals[e.second(bits)&(len(z.literals)-1)]
				if e >= oneLiteral {
					put(window, at, e)
					at++
					bits >>= e.taken() & 63
					count -= e.taken()
					continue
				}
			}
			if e&isSpecial != 0 {
				if e.special() == ends {
					bits >>= e.taken() & 63
					count -= e.taken()
					z.endBlock()
				} else {
					err = ErrCorrupt
				}
				break
			}
		}
		length := e.value(bits)
		bits >>= e.taken() & 63
		count -= e.taken()

		e = z.distance[bits&distanceMask]
		if e&isSpecial != 0 {
			if e.special() == pointer {
				bits >>= e.taken() & 63
				count -= e.taken()
				e = z.distance[e.second(bits)&(len(z.distance)-1)]
			}
			if e&isSpecial != 0 {
				err = ErrCorrupt
				break
			}
		}
		back := e.value(bits)
		bits >>= e.taken() & 63
		count -= e.taken()
		if back > at-start {
			err = ErrCorrupt
			break
		}
		if back >= word {
			copyWords(window, at, back, length)
		} else {
			repeat(window, at, back, length)
		}
		at += length
	}
	z.next, z.count = next, count&63
	z.bits = bits & (1<<z.count - 1)
	return at, err
}

// load returns the eight bytes at a place. The slice of constant length spares
// the compiler what it does for an empty one.
func load(in []byte, at int) uint64 { return binary.LittleEndian.Uint64(in[at : at+8 : at+8]) }

// put writes an entry's two literals; the second may be one that is overwritten.
func put(window []byte, at int, e entry) {
	binary.LittleEndian.PutUint16(window[at:at+2:at+2], uint16(e))
}
