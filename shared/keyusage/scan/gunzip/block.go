package gunzip

import "sync"

// Kinds of blocks (RFC 1951, 3.2.3).
const (
	storedBlock = iota
	fixedBlock
	dynamicBlock
)

const (
	maxLiterals  = 286 // symbols of literals and lengths that may be used
	maxDistances = 30
	maxCode      = 15 // bits
	endOfBlock   = 256
)

// block reads the header of a block and makes its tables.
func (z *Reader) block() error {
	head, err := z.take(3)
	if err != nil {
		return noEOF(err)
	}
	z.last = head&1 != 0
	switch head >> 1 {
	case storedBlock:
		z.stage = inStored
		return noEOF(z.storedHeader())
	case fixedBlock:
		z.stage = inCodes
		z.tables = *fixed()
		return nil
	case dynamicBlock:
		z.stage = inCodes
		return noEOF(z.dynamic())
	default:
		return ErrCorrupt
	}
}

// storedHeader reads the length of a block that is not compressed (3.2.4).
func (z *Reader) storedHeader() error {
	z.align()
	n, err := z.take(16)
	if err != nil {
		return err
	}
	complement, err := z.take(16)
	if err != nil {
		return err
	}
	if n^complement != 0xffff {
		return ErrCorrupt
	}
	z.align()
	z.stored = n
	return nil
}

// fixed makes the tables of 3.2.6, once: writers like to end a file with an
// empty block of this kind. Two of its literals and two of its distances are
// never used.
var fixed = sync.OnceValue(func() *tables {
	var lengths [maxSymbols]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	var distances [32]uint8
	for i := range distances {
		distances[i] = 5
	}
	t := &tables{}
	if !t.build(lengths[:], distances[:]) {
		panic("gunzip: the fixed codes are no prefix codes")
	}
	return t
})

// order is that of the code lengths' own code lengths (3.2.7).
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the tables of 3.2.7.
func (z *Reader) dynamic() error {
	counts, err := z.take(14)
	if err != nil {
		return err
	}
	literals, distances, codes := counts&31+257, counts>>5&31+1, counts>>10+4
	if literals > maxLiterals || distances > maxDistances {
		return ErrCorrupt
	}
	var own [19]uint8
	for _, symbol := range order[:codes] {
		n, err := z.take(3)
		if err != nil {
			return err
		}
		own[symbol] = uint8(n)
	}
	var table codeTable
	if !table.build(own[:]) {
		return ErrCorrupt
	}
	if err := z.codeLengths(&table, z.lengths[:literals+distances]); err != nil {
		return err
	}
	if !z.tables.build(z.lengths[:literals], z.lengths[literals:literals+distances]) {
		return ErrCorrupt
	}
	return nil
}

// codeLengths reads the lengths of the codes of all symbols.
func (z *Reader) codeLengths(table *codeTable, lengths []uint8) error {
	for i := 0; i < len(lengths); {
		if err := z.want(maxOwnCode + 7); err != nil {
			return err
		}
		e := table[z.bits&(1<<maxOwnCode-1)]
		if e&isSpecial != 0 {
			return ErrCorrupt
		}
		if err := z.drop(e); err != nil {
			return err
		}
		symbol := uint8(e)
		if symbol < 16 {
			lengths[i] = symbol
			i++
			continue
		}
		n, err := z.repeat(symbol, i)
		if err != nil {
			return err
		}
		if i+n > len(lengths) {
			return ErrCorrupt
		}
		var length uint8
		if symbol == 16 {
			length = lengths[i-1]
		}
		for range n {
			lengths[i] = length
			i++
		}
	}
	return nil
}

// repeat returns how often one of the symbols 16 to 18 repeats a length.
func (z *Reader) repeat(symbol uint8, at int) (int, error) {
	least, extra := 3, uint(3)
	switch symbol {
	case 16:
		if extra = 2; at == 0 {
			return 0, ErrCorrupt
		}
	case 18:
		least, extra = 11, 7
	}
	n, err := z.take(extra)
	return least + n, err
}
