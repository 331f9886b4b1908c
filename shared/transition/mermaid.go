package transition

import (
	"fmt"
	"strings"
)

// Mermaid returns the table as a Mermaid state diagram, without the code fence.
// Edges between the same two phases become one arrow; a phase without a way
// out ends in the end mark. [Mermaid documentation, State diagrams]
func (t Table[S]) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range t.States() {
		fmt.Fprintf(&b, "    state %q as %s\n", string(s), node(s))
	}
	for i, e := range t {
		if t.firstOf(e) != i {
			continue
		}
		fmt.Fprintf(&b, "    %s --> %s", node(e.From), node(e.To))
		if why := t.reasons(e); why != "" {
			b.WriteString(" : " + why)
		}
		b.WriteByte('\n')
	}
	for _, s := range t.States() {
		if t.Final(s) {
			fmt.Fprintf(&b, "    %s --> [*]\n", node(s))
		}
	}
	return b.String()
}

// firstOf returns the index of the first edge between the same phases.
func (t Table[S]) firstOf(e Edge[S]) int {
	for i, f := range t {
		if f.From == e.From && f.To == e.To {
			return i
		}
	}
	return -1
}

// reasons joins the labels of all edges between the same phases.
func (t Table[S]) reasons(e Edge[S]) string {
	var whys []string
	for _, f := range t {
		if f.From == e.From && f.To == e.To && f.Why != "" {
			whys = append(whys, label(f.Why))
		}
	}
	return strings.Join(whys, ", or ")
}

// node returns a phase's name in the diagram: Mermaid's identifiers have no hyphens.
func node[S ~string](s S) string {
	if s == "" {
		return "[*]"
	}
	return strings.ReplaceAll(string(s), "-", "_")
}

// label takes out what would end or break a label in Mermaid.
func label(why string) string {
	return strings.NewReplacer("\n", " ", ";", ",", ":", ",", "#", "").Replace(why)
}
