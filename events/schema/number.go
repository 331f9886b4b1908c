package schema

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
)

// decimal is a JSON number, exactly: digits × 10^exp, without zeros at either
// end of the digits, so that equal numbers are equal decimals. Nothing is
// computed with a large exponent, whatever an event says.
type decimal struct {
	negative bool
	digits   string // "" for 0
	exp      int64
}

// maxExponent bounds the exponents that are understood.
const maxExponent = 1e6

// parseDecimal is false for a number whose exponent is out of bounds.
func parseDecimal(n json.Number) (decimal, bool) {
	s := string(n)
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
	}
	var d decimal
	mantissa, d.negative = strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.digits = strings.TrimLeft(whole+fraction, "0")
	if exponent != "" {
		e, err := strconv.ParseInt(exponent, 10, 64)
		if err != nil {
			return decimal{}, false
		}
		d.exp = e
	}
	if d.digits == "" {
		return decimal{}, true
	}
	d.exp -= int64(len(fraction))
	if d.exp > maxExponent || d.exp < -maxExponent {
		return decimal{}, false
	}
	trimmed := strings.TrimRight(d.digits, "0")
	d.exp += int64(len(d.digits) - len(trimmed))
	d.digits = trimmed
	return d, true
}

func (d decimal) isInteger() bool { return d.exp >= 0 }

// cmp compares an integer with a bound: -1, 0 or 1.
func (d decimal) cmp(bound int64) int {
	const most = 19 // digits of an int64
	if int64(len(d.digits))+d.exp <= most {
		if n, err := strconv.ParseInt(string(d.integer()), 10, 64); err == nil {
			return cmp.Compare(n, bound)
		}
	}
	if d.negative {
		return -1
	}
	return 1
}

// integer writes an integer out; of those with very many zeros, some.
func (d decimal) integer() json.Number {
	s := d.digits + strings.Repeat("0", int(min(d.exp, 1000)))
	switch {
	case s == "":
		return "0"
	case d.negative:
		return json.Number("-" + s)
	}
	return json.Number(s)
}
