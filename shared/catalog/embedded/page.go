package embedded

import "latchkey/shared/catalog"

// maxVisited bounds the records that one page looks at: a page may be short, or
// empty, and still have a next one, where many records have expired.
const maxVisited = 2 * catalog.MaxPage

// pageBuilder gathers one page of a query from records in index order.
type pageBuilder struct {
	limit   int
	now     int64
	after   catalog.Key
	resumed bool // after is set
	found   []*record
	visited int         // records looked at, expired ones included
	last    catalog.Key // the last of them
	more    bool
}

// from returns the position to start at, or nil for the beginning.
func (b *pageBuilder) from() *catalog.Key {
	if !b.resumed {
		return nil
	}
	return &b.after
}

// add takes the next record of the index, and reports whether it wants another.
func (b *pageBuilder) add(r *record) bool {
	if b.resumed && r.key == b.after {
		return true
	}
	if len(b.found) == b.limit || b.visited == maxVisited {
		b.more = true
		return false
	}
	b.visited++
	b.last = r.key
	if !r.expired(b.now) {
		b.found = append(b.found, r)
	}
	return true
}

// page copies what was found.
func (b *pageBuilder) page() catalog.Page {
	p := catalog.Page{}
	if len(b.found) > 0 {
		p.Items = make([]catalog.Item, len(b.found))
	}
	for i, r := range b.found {
		p.Items[i] = r.item()
	}
	if b.more {
		p.Next = catalog.Cursor(b.last)
	}
	return p
}
