package gunzip

import "io"

// word is the number of bytes that a match is copied in at a time.
const word = 32

// copyWords copies a match from at least a word back. It may write up to a word
// less one byte after it.
func copyWords(window []byte, at, back, length int) {
	for end := at + length; at < end; at += word {
		to, from := window[at:at+word:at+word], window[at-back:at-back+word:at-back+word]
		copy(to[:16], from[:16])
		copy(to[16:], from[16:])
	}
}

// repeat copies a match that may reach into itself.
func repeat(window []byte, at, back, length int) {
	to, from := window[at:at+length], window[at-back:]
	for i := range to {
		to[i] = from[i]
	}
}

// careful decodes one symbol, or a few literals, near the end of the input.
func (z *Reader) careful(window []byte, at, start int) (int, error) {
	if err := z.want(maxSymbolBits); err != nil {
		return at, err
	}
	e, length, err := z.symbol(z.literals[:], literalBits)
	switch {
	case err != nil:
		return at, err
	case e.literals() > 0:
		put(window, at, e)
		return at + e.literals(), nil
	case e&isSpecial != 0:
		z.endBlock()
		return at, nil
	}
	_, back, err := z.symbol(z.distance[:], distanceBits)
	if err == nil && back > at-start {
		err = ErrCorrupt
	}
	if err != nil {
		return at, err
	}
	repeat(window, at, back, length)
	return at + length, nil
}

// symbol takes one from the bits. It returns its entry, and what that and the
// extra bits say.
func (z *Reader) symbol(t []entry, firstBits int) (e entry, value int, err error) {
	e = t[z.bits&(1<<firstBits-1)]
	if e&isSpecial != 0 && e.special() == pointer {
		if err := z.drop(e); err != nil {
			return e, 0, err
		}
		e = t[e.second(z.bits)]
	}
	if e&isSpecial != 0 && e.special() == invalid {
		return e, 0, ErrCorrupt
	}
	value = e.value(z.bits)
	return e, value, z.drop(e)
}

// drop drops the bits of an entry.
func (z *Reader) drop(e entry) error {
	used := e.taken() & 63
	if used > z.count {
		return io.ErrUnexpectedEOF
	}
	z.bits >>= used
	z.count -= used
	return nil
}
