package embedded

import (
	"cmp"
	"strings"

	"latchkey/shared/catalog"
)

func compareKeys(a, b catalog.Key) int {
	if c := strings.Compare(a.Part, b.Part); c != 0 {
		return c
	}
	return strings.Compare(a.Sort, b.Sort)
}

func compareCells(a, b *cell) int { return compareKeys(a.key, b.key) }

func compareDue(a, b dueEntry) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return compareKeys(a.cell.key, b.cell.key)
}

func compareExpiry(a, b expiryEntry) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	switch {
	case a.cell == nil && b.cell == nil:
		return strings.Compare(a.id, b.id)
	case a.cell == nil:
		return -1
	case b.cell == nil:
		return 1
	}
	return compareCells(a.cell, b.cell)
}

func compareOrder(a, b *pendingMessage) int { return cmp.Compare(a.order, b.order) }

func compareInGroup(a, b *pendingMessage) int {
	if c := strings.Compare(a.Group, b.Group); c != 0 {
		return c
	}
	return compareOrder(a, b)
}
