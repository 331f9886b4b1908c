package embedded

import (
	"cmp"
	"math/rand"
	"slices"
	"testing"
)

// check requires the shape that tree's methods rely on, and returns the depth.
func (n *node[E]) check(t *testing.T, compare func(a, b E) int, lower *E) int {
	t.Helper()
	if len(n.keys) == 0 || len(n.keys) > fanout {
		t.Fatalf("node of %d keys", len(n.keys))
	}
	if n.kids == nil {
		if !slices.IsSortedFunc(n.keys, compare) || lower != nil && compare(n.keys[0], *lower) < 0 {
			t.Fatalf("leaf %v is not in order after %v", n.keys, lower)
		}
		return 1
	}
	if len(n.kids) != len(n.keys) {
		t.Fatalf("%d kids for %d keys", len(n.kids), len(n.keys))
	}
	depth := 0
	for i, kid := range n.kids {
		if i > 0 {
			lower = &n.keys[i]
		}
		switch d := kid.check(t, compare, lower); {
		case depth == 0:
			depth = d
		case d != depth:
			t.Fatalf("leaves at depths %d and %d", depth, d)
		}
	}
	return depth + 1
}

func contents(t *tree[int], from *int, descending bool) []int {
	var all []int
	visit := func(e int) bool { all = append(all, e); return true }
	if descending {
		t.descend(from, visit)
	} else {
		t.ascend(from, visit)
	}
	return all
}

// TestTree_Random grows and shrinks a tree in turns, so that nodes of every
// level are split and joined, and compares it with a map.
func TestTree_Random(t *testing.T) {
	for _, c := range []struct {
		name                string
		space, turns, steps int
	}{
		{"one leaf", 30, 20, 200},
		{"two levels", 1_500, 10, 4_000},
		{"three levels", 60_000, 6, 30_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(1))
			tr, model := newTree(cmp.Compare[int]), map[int]bool{}
			for turn := 0; turn < c.turns; turn++ {
				for step := 0; step < c.steps; step++ {
					e := rnd.Intn(c.space)
					if grow := turn%2 == 0; (rnd.Intn(20) == 0) != grow {
						if tr.insert(e) == model[e] {
							t.Fatalf("turn %d: insert(%d) with it there: %t", turn, e, model[e])
						}
						model[e] = true
						continue
					}
					e = neighbour(tr, e)
					if tr.remove(e) != model[e] {
						t.Fatalf("turn %d: remove(%d) with it there: %t", turn, e, model[e])
					}
					delete(model, e)
					if step%(c.steps/5) == 0 {
						compareTree(t, tr, model, e)
					}
				}
				compareTree(t, tr, model, rnd.Intn(c.space))
			}
		})
	}
}

// TestTree_Ranges fills and drains whole ranges, so that nodes become empty from
// their start on and are joined afterwards.
func TestTree_Ranges(t *testing.T) {
	const space, rounds = 20_000, 400
	rnd := rand.New(rand.NewSource(1))
	tr, model := newTree(cmp.Compare[int]), map[int]bool{}
	for round := 0; round < rounds; round++ {
		from, step := rnd.Intn(space), 1+rnd.Intn(3)
		fill := rnd.Intn(2) == 0
		for e := from; e < min(from+rnd.Intn(4_000), space); e += step {
			if fill {
				tr.insert(e)
				model[e] = true
			} else if tr.remove(e) != model[e] {
				t.Fatalf("round %d: remove(%d) with it there: %t", round, e, model[e])
			} else {
				delete(model, e)
			}
		}
		compareTree(t, tr, model, from)
	}
}

// neighbour returns the first entry that is not before e, or e if there is none.
func neighbour(tr *tree[int], e int) int {
	found := e
	tr.ascend(&e, func(n int) bool { found = n; return false })
	return found
}

// compareTree requires that the tree holds the model, seen from both ends and from pivot.
func compareTree(t *testing.T, tr *tree[int], model map[int]bool, pivot int) {
	t.Helper()
	var want []int
	for e := range model {
		want = append(want, e)
	}
	slices.Sort(want)
	if tr.root != nil {
		tr.root.check(t, tr.cmp, nil)
	}
	at, found := slices.BinarySearch(want, pivot)
	upTo := at
	if found {
		upTo++
	}
	backwards := func(s []int) []int { s = slices.Clone(s); slices.Reverse(s); return s }
	if tr.size != len(want) || !slices.Equal(contents(tr, nil, false), want) ||
		!slices.Equal(contents(tr, nil, true), backwards(want)) ||
		!slices.Equal(contents(tr, &pivot, false), want[at:]) ||
		!slices.Equal(contents(tr, &pivot, true), backwards(want[:upTo])) {
		t.Fatalf("tree of %d does not hold the %d entries of the model", tr.size, len(want))
	}
}

// TestTree_Join drops the first leaf of an inner node, adds an entry where that
// leaf was, and then joins the node with the one on its left.
func TestTree_Join(t *testing.T) {
	tr, model := newTree(cmp.Compare[int]), map[int]bool{}
	for e := 0; e < 100_000; e += 10 {
		tr.insert(e)
		model[e] = true
	}
	drain := func(n *node[int]) {
		for _, e := range slices.Clone(n.keys) {
			tr.remove(e)
			delete(model, e)
		}
	}
	inner, separator := tr.root.kids[1], tr.root.keys[1]
	drain(inner.kids[0])
	tr.insert(separator + 1)
	model[separator+1] = true
	joined := len(tr.root.kids)
	for _, side := range tr.root.kids[:2] {
		for _, leaf := range slices.Clone(side.kids)[2:] {
			drain(leaf)
		}
	}
	if len(tr.root.kids) >= joined {
		t.Fatal("no nodes were joined")
	}
	compareTree(t, tr, model, separator+1)
	if !tr.remove(separator + 1) {
		t.Errorf("%d cannot be found", separator+1)
	}
}

func TestTree_Remove(t *testing.T) {
	const n = 5_000
	orders := map[string]func(i int) int{
		"ascending":  func(i int) int { return i },
		"descending": func(i int) int { return n - 1 - i },
		"scattered":  func(i int) int { return i * 2_741 % n },
	}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			tr := newTree(cmp.Compare[int])
			for i := 0; i < n; i++ {
				tr.insert(order(i))
			}
			if d := tr.root.check(t, tr.cmp, nil); d > 3 {
				t.Errorf("depth %d for %d entries", d, n)
			}
			for i := 0; i < n; i++ {
				if !tr.remove(order(i)) {
					t.Fatalf("%d is not there", order(i))
				}
				if tr.root != nil {
					tr.root.check(t, tr.cmp, nil)
				}
			}
			if tr.root != nil || tr.size != 0 || tr.remove(0) {
				t.Errorf("%d entries are left", tr.size)
			}
		})
	}
}

func TestTree_Visit(t *testing.T) {
	tr := newTree(cmp.Compare[int])
	for i := 0; i < 1_000; i++ {
		tr.insert(i)
	}
	var up, down []int
	tr.ascend(nil, func(e int) bool { up = append(up, e); return len(up) < 70 })
	tr.descend(nil, func(e int) bool { down = append(down, e); return len(down) < 70 })
	if len(up) != 70 || up[69] != 69 || len(down) != 70 || down[69] != 930 {
		t.Errorf("a visit that ends after 70 saw %d and %d entries", len(up), len(down))
	}
}
