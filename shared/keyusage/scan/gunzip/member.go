package gunzip

import (
	"encoding/binary"
	"hash/crc32"
)

// Flags of a header (RFC 1952, 2.3.1).
const (
	flagCRC = 1 << (1 + iota)
	flagExtra
	flagName
	flagComment
)

const (
	headerBytes  = 10
	trailerBytes = 8
	maxText      = 511 // of a file's name or comment, as compress/gzip has it
)

// header reads that of a member. At the end of the file, in front of one, it
// returns io.EOF if there was a member before.
func (z *Reader) header() error {
	z.digest, z.size = 0, 0
	head := z.scratch[:headerBytes]
	if err := z.read(head[:1]); err != nil {
		if z.members == 0 {
			return noEOF(err)
		}
		return err
	}
	if err := z.read(head[1:]); err != nil {
		return noEOF(err)
	}
	if head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 {
		return ErrHeader
	}
	if err := z.options(head[3]); err != nil {
		return noEOF(err)
	}
	z.members++
	z.digest, z.stage = 0, atBlock
	return nil
}

// options reads past the parts of a header that its flags announce.
func (z *Reader) options(flags byte) error {
	if flags&flagExtra != 0 {
		n := z.scratch[:2]
		if err := z.read(n); err != nil {
			return err
		}
		for range binary.LittleEndian.Uint16(n) {
			if err := z.read(n[:1]); err != nil {
				return err
			}
		}
	}
	for _, flag := range []byte{flagName, flagComment} {
		if flags&flag != 0 {
			if err := z.text(); err != nil {
				return err
			}
		}
	}
	if flags&flagCRC == 0 {
		return nil
	}
	want := uint16(z.digest)
	got := z.scratch[:2]
	if err := z.read(got); err != nil {
		return err
	}
	if binary.LittleEndian.Uint16(got) != want {
		return ErrHeader
	}
	return nil
}

// text reads past one that ends with a zero byte.
func (z *Reader) text() error {
	ch := z.scratch[:1]
	for range maxText + 1 {
		if err := z.read(ch); err != nil {
			return err
		}
		if ch[0] == 0 {
			return nil
		}
	}
	return ErrHeader
}

// trailer checks that of a member.
func (z *Reader) trailer() error {
	z.align()
	digest := z.digest
	tail := z.scratch[:trailerBytes]
	if err := z.read(tail); err != nil {
		return noEOF(err)
	}
	if binary.LittleEndian.Uint32(tail) != digest || binary.LittleEndian.Uint32(tail[4:]) != uint32(z.size) {
		return ErrChecksum
	}
	z.stage = atHeader
	return nil
}

// read fills p, and adds it to the digest: of a header that may be asked for.
// It returns io.EOF only if there is nothing at all.
func (z *Reader) read(p []byte) error {
	for i := range p {
		ch, err := z.readByte()
		switch {
		case err == nil:
			p[i] = ch
		case i > 0:
			return noEOF(err)
		default:
			return err
		}
	}
	z.digest = crc32.Update(z.digest, crc32.IEEETable, p)
	return nil
}
