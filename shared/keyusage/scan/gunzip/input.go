package gunzip

import (
	"encoding/binary"
	"io"
)

const (
	inputBytes = 64 << 10
	// kept is how much in front of the next byte stays when more is read: the
	// bytes that are in bits already may have to be given back.
	kept = 8
	// maxReads bounds the reads that return nothing and no error.
	maxReads = 100
)

// input is the compressed bytes. Bits are taken from bits, the lowest first;
// what is above count is zero or what the bytes from next on will bring.
type input struct {
	r     io.Reader
	buf   []byte
	next  int // of buf, not in bits yet
	end   int
	bits  uint64
	count uint
	done  error // of r, once it has nothing more
}

func (in *input) reset(r io.Reader) {
	if in.buf == nil {
		in.buf = make([]byte, inputBytes)
	}
	in.r, in.next, in.end, in.bits, in.count, in.done = r, 0, 0, 0, 0, nil
}

// more reads on. An error means that there was nothing more.
func (in *input) more() error {
	if in.done != nil {
		return in.done
	}
	from := max(0, in.next-kept)
	in.end = copy(in.buf, in.buf[from:in.end])
	in.next -= from
	for range maxReads {
		n, err := in.r.Read(in.buf[in.end:])
		in.end += n
		in.done = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	in.done = io.ErrNoProgress
	return in.done
}

// want puts at least n bits, of at most 48, into bits. At the end of the file
// there are fewer, and zeros above them; an error is another one's.
func (in *input) want(n uint) error {
	if in.end-in.next >= 8 {
		in.bits |= binary.LittleEndian.Uint64(in.buf[in.next:]) << in.count
		in.next += int(63-in.count) >> 3
		in.count |= 56
		return nil
	}
	in.bits &= 1<<in.count - 1
	for in.count < n {
		if in.next == in.end {
			if err := in.more(); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		}
		in.bits |= uint64(in.buf[in.next]) << in.count
		in.next++
		in.count += 8
	}
	return nil
}

// take returns the next n bits, of at most 16.
func (in *input) take(n uint) (int, error) {
	if in.count < n {
		if err := in.want(n); err != nil {
			return 0, err
		}
		if in.count < n {
			return 0, io.ErrUnexpectedEOF
		}
	}
	v := int(in.bits & (1<<n - 1))
	in.bits >>= n
	in.count -= n
	return v, nil
}

// align drops the bits up to the next byte, and gives whole bytes back.
func (in *input) align() {
	in.next -= int(in.count / 8)
	in.bits, in.count = 0, 0
}

// readByte returns the next byte of an aligned input, or io.EOF.
func (in *input) readByte() (byte, error) {
	if in.next == in.end {
		if err := in.more(); err != nil {
			return 0, err
		}
	}
	in.next++
	return in.buf[in.next-1], nil
}
