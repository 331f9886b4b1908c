package embedded

// fanout is the most entries of a tree node.
const fanout = 64

// tree is an ordered set: a B+ tree whose work per operation is logarithmic.
// The zero value is not usable; see newTree. Not safe for concurrent writes.
type tree[E any] struct {
	cmp  func(a, b E) int
	root *node[E]
	size int
}

func newTree[E any](cmp func(a, b E) int) *tree[E] { return &tree[E]{cmp: cmp} }

// insert adds an entry, and reports whether no equal one was there.
func (t *tree[E]) insert(e E) bool {
	if t.root == nil {
		t.root = &node[E]{keys: []E{e}}
		t.size = 1
		return true
	}
	right, added := t.root.insert(t.cmp, e)
	if right != nil {
		left := t.root
		t.root = &node[E]{keys: []E{left.keys[0], right.keys[0]}, kids: []*node[E]{left, right}}
	}
	if added {
		t.size++
	}
	return added
}

// remove takes an entry out, and reports whether it was there.
func (t *tree[E]) remove(e E) bool {
	if t.root == nil || !t.root.remove(t.cmp, e) {
		return false
	}
	t.size--
	for len(t.root.kids) == 1 {
		t.root = t.root.kids[0]
	}
	if len(t.root.keys) == 0 {
		t.root = nil
	}
	return true
}

// ascend calls visit with the entries in order, those not before *from where
// from is given, until visit returns false. visit must not change the tree.
func (t *tree[E]) ascend(from *E, visit func(E) bool) {
	if t.root != nil {
		t.root.ascend(t.cmp, from, visit)
	}
}

// descend calls visit with the entries in reverse order, those not after *from
// where from is given, until visit returns false. visit must not change the tree.
func (t *tree[E]) descend(from *E, visit func(E) bool) {
	if t.root != nil {
		t.root.descend(t.cmp, from, visit)
	}
}
