package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the length in characters at which Printable cuts a text.
const maxText = 400

// Printable returns a text from a log file as it may be shown to people: what
// cannot be seen, or would change how the rest is shown (controls, terminal
// escapes, marks of direction, invalid UTF-8), is spelt out as \x1b or \u202e,
// and a text of more than 400 characters is cut.
func Printable(s string) string { return spelt(s, maxText) }

// Spelt is Printable without the cut.
func Spelt(s string) string { return spelt(s, len(s)) }

// spelt spells out at most so many characters.
func spelt(s string, most int) string {
	if len(s) <= most && !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for n := 0; s != "" && n < most; n++ {
		c, size := utf8.DecodeRuneInString(s)
		switch {
		case c == utf8.RuneError && size == 1:
			b.WriteString(`\x` + hexByte(s[0]))
		case hidden(c):
			quoted := strconv.QuoteRuneToASCII(c)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(c)
		}
		s = s[size:]
	}
	if s != "" {
		b.WriteString("…")
	}
	return b.String()
}

func hidden(c rune) bool { return !unicode.IsPrint(c) }

func hexByte(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// Grouped writes a number with commas between thousands.
func Grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// brief writes a number in at most four characters, for small places.
func brief(n uint64) string {
	for _, unit := range []struct {
		size uint64
		name string
	}{{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n < unit.size {
			continue
		}
		if whole := n / unit.size; whole >= 10 {
			return strconv.FormatUint(whole, 10) + unit.name
		}
		return strconv.FormatFloat(float64(n/(unit.size/10))/10, 'f', 1, 64) + unit.name
	}
	return strconv.FormatUint(n, 10)
}
