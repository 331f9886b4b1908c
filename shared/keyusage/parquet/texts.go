package parquet

import (
	"slices"
	"strings"

	pq "github.com/parquet-go/parquet-go"
)

// numbered numbers distinct values from 0 on.
type numbered[T comparable] struct {
	numbers map[T]uint32
	list    []T
	last    uint32
}

func (t *numbered[T]) number(v T) uint32 {
	if len(t.list) > 0 && t.list[t.last] == v {
		return t.last
	}
	n, found := t.numbers[v]
	if !found {
		n = t.add(v)
	}
	t.last = n
	return n
}

func (t *numbered[T]) add(v T) uint32 {
	if t.numbers == nil {
		t.numbers = make(map[T]uint32)
	}
	n := uint32(len(t.list))
	t.numbers[v] = n
	t.list = append(t.list, v)
	return n
}

func (t *numbered[T]) reset() {
	clear(t.numbers)
	t.list, t.last = t.list[:0], 0
}

// texts numbers distinct texts.
type texts struct {
	numbers map[string]uint32
	list    []string
	values  []pq.Value        // of list
	inOrder map[string]uint32 // names with commas → the same names sorted
	last    [lastTexts]lastText
}

// number numbers a text in a buffer, of which it keeps nothing.
func (t *texts) number(b []byte) uint32 {
	n, found := t.numbers[string(b)]
	if !found {
		n = t.add(string(b))
	}
	return n
}

// numberAt is number for a place in the record where the same text comes often
// one after the other.
func (t *texts) numberAt(place int, b []byte) uint32 {
	l := &t.last[place]
	if !l.set || t.list[l.number] != string(b) {
		*l = lastText{set: true, number: t.number(b)}
	}
	return l.number
}

type lastText struct {
	set    bool
	number uint32
}

// Places of numberAt.
const (
	placeRegion = iota
	placeAccount
	placeSource
	placeSession
	lastTexts
)

func (t *texts) numberOf(s string) uint32 {
	n, found := t.numbers[s]
	if !found {
		n = t.add(s)
	}
	return n
}

func (t *texts) add(s string) uint32 {
	if t.numbers == nil {
		t.numbers = make(map[string]uint32)
	}
	n := uint32(len(t.list))
	t.numbers[s] = n
	t.list = append(t.list, s)
	t.values = append(t.values, pq.ByteArrayValue([]byte(s)))
	return n
}

// sorted numbers a list with commas after sorting it.
func (t *texts) sorted(b []byte) uint32 {
	if n, found := t.inOrder[string(b)]; found {
		return n
	}
	names := strings.Split(string(b), ",")
	slices.Sort(names)
	n := t.numberOf(strings.Join(names, ","))
	if t.inOrder == nil {
		t.inOrder = make(map[string]uint32)
	}
	t.inOrder[string(b)] = n
	return n
}

func (t *texts) reset() {
	clear(t.numbers)
	clear(t.inOrder)
	t.list, t.values = t.list[:0], t.values[:0]
	t.last = [lastTexts]lastText{}
}
