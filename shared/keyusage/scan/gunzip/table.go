package gunzip

// An entry of a table says what the next bits mean:
//
//	bits 30–31  the number of literals, one or two; 0 if it is something else
//	bits 24–29  how many bits it takes, extra bits included
//	bits 0–15   the literals, the first one lowest; or else
//	bit  23     neither length nor distance: see special
//	bits 16–19  how many of the bits taken are the code's, without extra bits
//	bits 0–15   what the extra bits are added to
type entry uint32

// What an entry with bit 23 is, in its bits 20–21.
const (
	invalid entry = iota // no symbol has this code
	ends                 // end of block
	pointer              // to a second table: bits 0–15 its place, bits 16–19 how many bits it takes
)

const (
	oneLiteral entry = 1 << 30
	oneBit     entry = 1 << 24 // taken
	oneOfCode  entry = 1 << 16
	isSpecial  entry = 1 << 23

	literalBits  = 10 // of the first table; longer codes are in second ones
	distanceBits = 8
	maxOwnCode   = 7 // bits of a code length's code
)

// literals returns the number of literals.
func (e entry) literals() int { return int(e >> 30) }

// taken returns the number of bits in its lowest six bits.
func (e entry) taken() uint { return uint(e >> 24) }

func (e entry) special() entry { return e >> 20 & 3 }

// value returns what a length or distance is, given the bits that it begins.
func (e entry) value(bits uint64) int {
	return int(uint64(e&0xffff) + bits&(1<<(e.taken()&63)-1)>>(e>>16&15))
}

// second returns the place in the second table that a pointer leads to.
func (e entry) second(bits uint64) int {
	return int(uint64(e&0xffff) + bits&(1<<(e>>16&15)-1))
}

func special(kind entry) entry { return isSpecial | kind<<20 }

type (
	// Room for the first table and all second ones: 1334 entries for 288 symbols
	// and 402 for 32 are the most that codes of up to 15 bits can need [zlib,
	// examples/enough.c]. The sizes are powers of two, to index without a check.
	literalTable  [2048]entry
	distanceTable [1024]entry
	codeTable     [1 << maxOwnCode]entry // of symbols in bits 0–15
)

// tables are those of a block.
type tables struct {
	literals literalTable
	distance distanceTable
}

func (t *tables) build(literals, distances []uint8) bool {
	return t.literals.build(literals) && t.distance.build(distances)
}

// Meaning of length symbols from 257 on, and of distance symbols (RFC 1951, 3.2.5).
var (
	lengthBase = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthMore = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}

	distanceBase = [maxDistances]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distanceMore = [maxDistances]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// literalMeanings are the entries of symbols, without the bits of their codes.
var literalMeanings = func() (t [maxSymbols]entry) {
	for symbol := range t {
		switch i := symbol - endOfBlock - 1; {
		case symbol < endOfBlock:
			t[symbol] = entry(symbol) | oneLiteral
		case symbol == endOfBlock:
			t[symbol] = special(ends)
		case symbol < maxLiterals:
			t[symbol] = entry(lengthBase[i]) | entry(lengthMore[i])*oneBit
		default:
			t[symbol] = special(invalid)
		}
	}
	return t
}()

var distanceMeanings = func() (t [32]entry) {
	for symbol := range t {
		t[symbol] = special(invalid)
		if symbol < maxDistances {
			t[symbol] = entry(distanceBase[symbol]) | entry(distanceMore[symbol])*oneBit
		}
	}
	return t
}()

var codeMeanings = func() (t [19]entry) {
	for symbol := range t {
		t[symbol] = entry(symbol)
	}
	return t
}()

// coded adds the bits of the code.
func (e entry) coded(length int) entry {
	if e.literals() == 0 && e&isSpecial == 0 {
		e += entry(length) * oneOfCode
	}
	return e + entry(length)*oneBit
}

func (t *literalTable) build(lengths []uint8) bool {
	if !build(t[:], literalBits, lengths, literalMeanings[:]) {
		return false
	}
	t.combine()
	return true
}

func (t *distanceTable) build(lengths []uint8) bool {
	return build(t[:], distanceBits, lengths, distanceMeanings[:])
}

func (t *codeTable) build(lengths []uint8) bool {
	return build(t[:], maxOwnCode, lengths, codeMeanings[:])
}

// combine puts a second literal into the entries of literals, where its code is
// in the first table's bits too. What follows a code is at a lower place, so that
// it is read before it is changed. There is no branch that the processor would
// have to guess.
func (t *literalTable) combine() {
	for i := 1<<literalBits - 1; i >= 0; i-- {
		e := t[i]
		next := t[i>>(e.taken()&63)]
		both := e + next&^0xffffff + next&255<<8
		no := (literalBits-e>>24&63-next>>24&63)>>31 | ^next>>30&1 | ^e>>30&1
		if no == 0 {
			e = both
		}
		t[i] = e
	}
}
