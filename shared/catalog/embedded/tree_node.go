package embedded

// node is a leaf, whose keys are entries, or an inner node, whose kids[i] holds
// the entries from keys[i] up to keys[i+1]; kids[0] also all that are less, so
// keys[0] of an inner node says nothing.
type node[E any] struct {
	keys []E
	kids []*node[E]
}

// search returns the first position in a leaf whose entry is not before e.
func (n *node[E]) search(cmp func(a, b E) int, e E) (int, bool) {
	lo, hi := 0, len(n.keys)
	for lo < hi {
		mid := (lo + hi) / 2
		switch c := cmp(n.keys[mid], e); {
		case c == 0:
			return mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

// child returns the position of the kid that e belongs to.
func (n *node[E]) child(cmp func(a, b E) int, e E) int {
	lo, hi := 1, len(n.keys)
	for lo < hi {
		mid := (lo + hi) / 2
		if cmp(n.keys[mid], e) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}

// insert returns the new right sibling if the node had to be split.
func (n *node[E]) insert(cmp func(a, b E) int, e E) (right *node[E], added bool) {
	if n.kids == nil {
		i, found := n.search(cmp, e)
		if found {
			return nil, false
		}
		n.keys = insertAt(n.keys, i, e)
		return n.split(), true
	}
	i := n.child(cmp, e)
	kid, added := n.kids[i].insert(cmp, e)
	if kid != nil {
		n.keys = insertAt(n.keys, i+1, kid.keys[0])
		n.kids = insertAt(n.kids, i+1, kid)
	}
	return n.split(), added
}

// split moves the upper half of an overfull node to a new one.
func (n *node[E]) split() *node[E] {
	if len(n.keys) <= fanout {
		return nil
	}
	half := len(n.keys) / 2
	right := &node[E]{keys: append([]E(nil), n.keys[half:]...)}
	n.keys = truncate(n.keys, half)
	if n.kids != nil {
		right.kids = append([]*node[E](nil), n.kids[half:]...)
		n.kids = truncate(n.kids, half)
	}
	return right
}

func (n *node[E]) remove(cmp func(a, b E) int, e E) bool {
	if n.kids == nil {
		i, found := n.search(cmp, e)
		if found {
			n.keys = removeAt(n.keys, i)
		}
		return found
	}
	i := n.child(cmp, e)
	if !n.kids[i].remove(cmp, e) {
		return false
	}
	if len(n.kids[i].keys) < fanout/4 {
		n.mend(i)
	}
	return true
}

// mend drops kid i if it is empty, or joins it with a neighbour that has room.
func (n *node[E]) mend(i int) {
	if len(n.kids[i].keys) == 0 {
		n.keys, n.kids = removeAt(n.keys, i), removeAt(n.kids, i)
		return
	}
	if !n.join(i) {
		n.join(i - 1)
	}
}

// join moves the content of kid i+1 to kid i, if both exist and there is room.
func (n *node[E]) join(i int) bool {
	if i < 0 || i+1 >= len(n.kids) || len(n.kids[i].keys)+len(n.kids[i+1].keys) > fanout/2 {
		return false
	}
	left, right := n.kids[i], n.kids[i+1]
	if right.kids != nil {
		right.keys[0] = n.keys[i+1]
	}
	left.keys = append(left.keys, right.keys...)
	left.kids = append(left.kids, right.kids...)
	n.keys, n.kids = removeAt(n.keys, i+1), removeAt(n.kids, i+1)
	return true
}

func (n *node[E]) ascend(cmp func(a, b E) int, from *E, visit func(E) bool) bool {
	i := 0
	if n.kids == nil {
		if from != nil {
			i, _ = n.search(cmp, *from)
		}
		for ; i < len(n.keys); i++ {
			if !visit(n.keys[i]) {
				return false
			}
		}
		return true
	}
	if from != nil {
		i = n.child(cmp, *from)
	}
	for ; i < len(n.kids); i++ {
		if !n.kids[i].ascend(cmp, from, visit) {
			return false
		}
		from = nil
	}
	return true
}

func (n *node[E]) descend(cmp func(a, b E) int, from *E, visit func(E) bool) bool {
	i := len(n.keys) - 1
	if n.kids == nil {
		if from != nil {
			at, found := n.search(cmp, *from)
			if i = at; !found {
				i--
			}
		}
		for ; i >= 0; i-- {
			if !visit(n.keys[i]) {
				return false
			}
		}
		return true
	}
	if from != nil {
		i = n.child(cmp, *from)
	}
	for ; i >= 0; i-- {
		if !n.kids[i].descend(cmp, from, visit) {
			return false
		}
		from = nil
	}
	return true
}

func insertAt[T any](s []T, i int, v T) []T {
	s = append(s, v)
	copy(s[i+1:], s[i:])
	s[i] = v
	return s
}

// removeAt clears the slot it frees, so that nothing stays reachable through it.
func removeAt[T any](s []T, i int) []T {
	copy(s[i:], s[i+1:])
	return truncate(s, len(s)-1)
}

func truncate[T any](s []T, n int) []T {
	clear(s[n:])
	return s[:n]
}
