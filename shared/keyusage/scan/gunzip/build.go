package gunzip

import "math/bits"

const maxSymbols = 288

// build fills a table by the lengths of its symbols' codes (RFC 1951, 3.2.2). It
// returns false if they are no prefix code, or one that does not use every bit
// sequence; but a single code of one bit, and none at all, pass, as with zlib.
//
// Symbols come in the order of their codes. The part of the table that codes of
// up to n bits need is written first, and is doubled for those of n+1 bits.
func build(t []entry, firstBits int, lengths []uint8, meanings []entry) bool {
	var sorted [maxSymbols]uint16
	var count [maxCode + 1]int
	longest, ok := sort(&sorted, &count, lengths)
	if !ok {
		return false
	}
	if longest == 0 || longest == 1 && count[1] == 1 {
		single(t[:1<<firstBits], sorted[0], longest, meanings)
		return true
	}
	rest, code := sorted[:], 0 // with its first bit lowest
	for n := 1; n <= min(longest, firstBits); n++ {
		copy(t[1<<(n-1):1<<n], t[:1<<(n-1)])
		for _, symbol := range rest[:count[n]] {
			t[code] = meanings[symbol].coded(n)
			code = following(code, n)
		}
		rest = rest[count[n]:]
	}
	for n := longest; n < firstBits; n++ {
		copy(t[1<<n:2<<n], t[:1<<n])
	}
	if longest > firstBits {
		second(t, firstBits, code, rest, count[:longest+1], meanings)
	}
	return true
}

// sort sorts the symbols that have codes by their codes, counts them by length,
// and checks that they use every bit sequence.
func sort(sorted *[maxSymbols]uint16, count *[maxCode + 1]int, lengths []uint8) (longest int, ok bool) {
	for _, n := range lengths {
		count[n]++
	}
	var place [maxCode + 2]int
	free := 1 // bit sequences of the length, that begin with no code
	for n := 1; n <= maxCode; n++ {
		place[n+1] = place[n] + count[n]
		if free = 2*free - count[n]; free < 0 {
			return 0, false
		}
		if count[n] > 0 {
			longest = n
		}
	}
	for symbol, n := range lengths {
		if n > 0 {
			sorted[place[n]] = uint16(symbol)
			place[n]++
		}
	}
	return longest, free == 0 || longest == 0 || longest == 1 && count[1] == 1
}

// single fills the table of a code that has only one symbol, or none.
func single(t []entry, symbol uint16, longest int, meanings []entry) {
	for i := range t {
		t[i] = special(invalid)
		if longest == 1 && i%2 == 0 {
			t[i] = meanings[symbol].coded(1)
		}
	}
}

// following returns the code after one of n bits; after the last one, 0. The
// first bit is the lowest, so that the carry goes down.
func following(code, n int) int {
	zero := ^code & (1<<n - 1)
	if zero == 0 {
		return 0
	}
	top := bits.Len(uint(zero)) - 1
	return code&(1<<top-1) | 1<<top
}

// second makes a table for each beginning of codes longer than the first
// table's bits, as large as its codes need, and puts a pointer to it there.
func second(t []entry, firstBits, code int, symbols []uint16, count []int, meanings []entry) {
	prefix, start, size, free := -1, 0, 0, 1<<firstBits
	for n := firstBits + 1; n < len(count); n++ {
		for left := count[n]; left > 0; left-- {
			if code&(1<<firstBits-1) != prefix {
				prefix = code & (1<<firstBits - 1)
				start, size = free, sizeOf(n-firstBits, left, count[n+1:])
				free += 1 << size
				t[prefix] = special(pointer) | entry(start) | entry(size)*oneOfCode | entry(firstBits)*oneBit
			}
			e := meanings[symbols[0]].coded(n - firstBits)
			symbols = symbols[1:]
			for i := code >> firstBits; i < 1<<size; i += 1 << (n - firstBits) {
				t[start+i] = e
			}
			code = following(code, n)
		}
	}
}

// sizeOf returns the bits of a second table whose first code has n bits: codes
// come in order, so that it takes as many as fill it.
func sizeOf(n, left int, more []int) int {
	for room := 1<<n - left; room > 0; n++ {
		room = 2*room - more[0]
		more = more[1:]
	}
	return n
}
