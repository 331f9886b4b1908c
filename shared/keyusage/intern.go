package keyusage

// maxCached bounds a cache: one that is full starts anew. It costs only the
// time to work the answers out again.
const maxCached = 1 << 16

// cache maps raw texts to ids. It forgets.
type cache struct{ ids map[string]uint32 }

func (c *cache) get(raw []byte) (uint32, bool) {
	id, found := c.ids[string(raw)]
	return id, found
}

func (c *cache) put(raw []byte, id uint32) {
	if c.ids == nil || len(c.ids) >= maxCached {
		c.ids = make(map[string]uint32)
	}
	c.ids[string(raw)] = id
}

// values numbers distinct values from 0 on. It does not forget.
type values[T comparable] struct {
	ids  map[T]uint32
	list []T
}

func (v *values[T]) id(value T) uint32 {
	if id, found := v.ids[value]; found {
		return id
	}
	if v.ids == nil {
		v.ids = make(map[T]uint32)
	}
	id := uint32(len(v.list))
	v.ids[value] = id
	v.list = append(v.list, value)
	return id
}

// texts numbers distinct texts given as bytes. It remembers some of the last
// ones, as there are few operations, and error codes are mostly none.
type texts struct {
	values[string]
	recent [16]struct {
		text string
		next uint32 // the text's id and one; 0: nothing is remembered
	}
}

func (t *texts) of(raw []byte) uint32 {
	slot := &t.recent[0]
	if len(raw) > 0 {
		slot = &t.recent[(len(raw)^int(raw[0]))%len(t.recent)]
	}
	if string(raw) == slot.text && slot.next > 0 {
		return slot.next - 1
	}
	id, found := t.ids[string(raw)]
	if !found {
		id = t.id(string(raw))
	}
	slot.text, slot.next = t.list[id], id+1
	return id
}
