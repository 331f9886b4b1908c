// Package gunzip decompresses gzip (RFC 1952, RFC 1951) straight into the
// window in which its caller works, and does nothing else.
//
// The usual readers decode into a window of their own and copy out of it, take
// their input byte by byte, and decode symbol by symbol. This one has its input
// in memory a block at a time, loads eight bytes of it at once, decodes up to
// three literals with one look into its table, and the window that it copies
// matches from is the caller's own. That is worth a package because gunzip is
// most of the work of reading a log file.
//
// It accepts what compress/gzip accepts, and gives the same bytes: a test and a
// fuzz target compare the two. It uses no unsafe and no assembly, and every
// member's length and CRC-32 are checked, so that a fault would show as
// ErrChecksum, not as wrong data.
package gunzip

import (
	"errors"
	"hash/crc32"
	"io"
)

const (
	// History is how much of what was decompressed before Fill must find in front
	// of the place that it writes to: the longest distance of a match.
	History = 32 << 10
	// Slack is the room that Fill needs and may leave unused: the longest match,
	// with the literals before it and the whole words that it is copied in.
	Slack = 320
)

// What is wrong with the data; io.ErrUnexpectedEOF is returned too.
var (
	ErrHeader   = errors.New("gunzip: invalid header")
	ErrCorrupt  = errors.New("gunzip: invalid data")
	ErrChecksum = errors.New("gunzip: checksum or length differs")

	errWindow = errors.New("gunzip: window without its history, or without room")
)

// stage is what comes next in the input.
type stage uint8

const (
	atHeader  stage = iota // of a member; the file may end here
	atBlock                // the header of a block
	inStored               // bytes of a block that is not compressed
	inCodes                // symbols of a block that is
	atTrailer              // of a member
)

// Reader decompresses a file of one or more members. It is used again after
// Reset, and is not safe for concurrent use. It takes 76 KiB.
type Reader struct {
	input
	stage   stage
	last    bool  // the block is its member's last
	stored  int   // bytes left of a block that is not compressed
	members int   // headers read
	size    int64 // of the member, so far
	digest  uint32
	err     error
	scratch [headerBytes]byte

	lengths [maxLiterals + maxDistances]uint8
	tables
}

// Reset makes z read another file.
func (z *Reader) Reset(r io.Reader) {
	z.input.reset(r)
	z.stage, z.members, z.size, z.digest, z.err = atHeader, 0, 0, 0, nil
}

// Fill decompresses into window[from:] until less than Slack bytes of room are
// left, and returns how many bytes it wrote there; it may have overwritten the
// rest of the room. window[:from] must end with what was decompressed before,
// all of it or the last History bytes, and at least Slack bytes of room are
// needed. At the end of the file it returns io.EOF, and else, when the file is
// at fault, ErrHeader, ErrCorrupt, ErrChecksum or io.ErrUnexpectedEOF; what the
// underlying reader returns passes. The bytes it has written before an error
// are valid as far as is known: the checksum comes at a member's end.
func (z *Reader) Fill(window []byte, from int) (n int, err error) {
	if len(window)-from < Slack || int64(from) < min(z.size, History) {
		return 0, errWindow
	}
	at := from
	for z.err == nil && len(window)-at >= Slack {
		start := at
		at, z.err = z.step(window, at)
		z.digest = crc32.Update(z.digest, crc32.IEEETable, window[start:at])
		z.size += int64(at - start)
	}
	return at - from, z.err
}

// step does one part of a member. It returns the place after what it wrote.
func (z *Reader) step(window []byte, at int) (int, error) {
	switch z.stage {
	case atHeader:
		return at, z.header()
	case atBlock:
		return at, z.block()
	case inStored:
		return z.copyStored(window, at)
	case inCodes:
		return z.codes(window, at)
	default:
		return at, z.trailer()
	}
}

// copyStored copies what the input has of a block that is not compressed.
func (z *Reader) copyStored(window []byte, at int) (int, error) {
	if z.stored > 0 && z.next == z.end {
		if err := z.more(); err != nil {
			return at, noEOF(err)
		}
	}
	n := copy(window[at:], z.buf[z.next:min(z.end, z.next+z.stored)])
	z.next += n
	z.stored -= n
	if z.stored == 0 {
		z.endBlock()
	}
	return at + n, nil
}

func (z *Reader) endBlock() {
	if z.stage = atBlock; z.last {
		z.stage = atTrailer
	}
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
