package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"latchkey/shared/catalog"
)

// Layout of the file's values:
//
//	item     frame( version, due, expires: varint; lane and six index values: string; body )
//	message  frame( id, group: string; body )
//	frame    encoding (1 byte), CRC-32C of the rest (4 bytes, little endian), the rest
//	string   length: uvarint, bytes
const encoding = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errEncoding = errors.New("value is cut short or altered")

// frameHead is the size of what comes before a frame's content.
const frameHead = 1 + 4

// seal fills in the head of a frame whose content starts at frameHead.
func seal(frame []byte) []byte {
	frame[0] = encoding
	binary.LittleEndian.PutUint32(frame[1:], crc32.Checksum(frame[frameHead:], castagnoli))
	return frame
}

func encodeRecord(r *record) []byte {
	x := &r.indexes
	b := make([]byte, frameHead, frameHead+len(r.body)+len(r.lane)+len(x.Kind)+len(x.Tenant)+
		len(x.KeyARN)+len(x.Resource)+len(x.Host)+len(x.Shard)+64)
	b = binary.AppendVarint(b, r.version)
	b = binary.AppendVarint(b, r.due)
	b = binary.AppendVarint(b, r.expires)
	for _, s := range [...]string{string(r.lane), x.Kind, x.Tenant, x.KeyARN, x.Resource, x.Host, x.Shard} {
		b = appendString(b, s)
	}
	return seal(append(b, r.body...))
}

// decodeRecord reads an item. The record's body is part of value.
func decodeRecord(key, value []byte) (*record, error) {
	d, err := openFrame(value)
	if err != nil {
		return nil, err
	}
	k, ok := splitKey(key)
	if !ok {
		return nil, errEncoding
	}
	r := &record{key: k, version: d.varint(), due: d.varint(), expires: d.varint(), lane: catalog.Lane(d.text())}
	x := &r.indexes
	for _, field := range [...]*string{&x.Kind, &x.Tenant, &x.KeyARN, &x.Resource, &x.Host, &x.Shard} {
		*field = d.text()
	}
	r.body = d.rest
	return r, d.err
}

func encodeMessage(m *catalog.Message) []byte {
	b := make([]byte, frameHead, frameHead+m.Bytes()+16)
	b = appendString(b, m.ID)
	b = appendString(b, m.Group)
	return seal(append(b, m.Body...))
}

// decodeMessage reads a message, with a body of its own.
func decodeMessage(value []byte) (catalog.Message, error) {
	d, err := openFrame(value)
	if err != nil {
		return catalog.Message{}, err
	}
	m := catalog.Message{ID: d.text(), Group: d.text()}
	m.Body = append([]byte(nil), d.rest...)
	return m, d.err
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decoder reads the content of a frame; after the first error all reads return zero.
type decoder struct {
	rest []byte
	err  error
}

func openFrame(value []byte) (decoder, error) {
	if len(value) < frameHead || value[0] != encoding ||
		binary.LittleEndian.Uint32(value[1:]) != crc32.Checksum(value[frameHead:], castagnoli) {
		return decoder{}, errEncoding
	}
	return decoder{rest: value[frameHead:]}, nil
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.err, d.rest = errEncoding, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) text() string {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > uint64(len(d.rest)-size) {
		d.err, d.rest = errEncoding, nil
		return ""
	}
	s := string(d.rest[size : size+int(n)])
	d.rest = d.rest[size+int(n):]
	return s
}

// Keys of the file, whose byte order is the order of the port. Part, Sort and
// index values hold no zero byte, so the zero byte ends them.

// appendKey appends an item's key: part 0 sort.
func appendKey(b []byte, k catalog.Key) []byte {
	b = append(b, k.Part...)
	b = append(b, 0)
	return append(b, k.Sort...)
}

func splitKey(b []byte) (catalog.Key, bool) {
	part, sort, ok := bytes.Cut(b, []byte{0})
	return catalog.Key{Part: string(part), Sort: string(sort)}, ok
}

// indexKey is value 0 key.
func indexKey(value string, k catalog.Key) []byte {
	b := make([]byte, 0, len(value)+len(k.Part)+len(k.Sort)+2)
	b = append(b, value...)
	return appendKey(append(b, 0), k)
}

// duePrefix is lane 0 shard (1 byte).
func duePrefix(lane catalog.Lane, shard int) []byte {
	b := make([]byte, 0, len(lane)+2+8+64)
	b = append(b, lane...)
	return append(b, 0, byte(shard))
}

// messageKey is group 0 id.
func messageKey(group, id string) []byte {
	b := make([]byte, 0, len(group)+1+len(id))
	return append(append(append(b, group...), 0), id...)
}

// dueKey is the prefix, the time (8 bytes) and the key.
func dueKey(lane catalog.Lane, at int64, k catalog.Key) []byte {
	return appendKey(appendTime(duePrefix(lane, catalog.ShardOf(k.Part)), at), k)
}

// appendTime appends microseconds in 8 bytes that sort as the times do.
func appendTime(b []byte, us int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(us)^1<<63)
}

// readTime is the inverse of appendTime; false if b is too short.
func readTime(b []byte) (us int64, ok bool) {
	if len(b) < 8 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(b) ^ 1<<63), true
}
