package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// duplicates returns the places of the first two elements that are the same:
// numbers by their value, objects whatever the order of their members.
func duplicates(list []any) (i, j int, found bool) {
	if len(list) < 2 {
		return 0, 0, false
	}
	seen := make(map[string]int, len(list))
	var key []byte
	for j, v := range list {
		key = appendKey(key[:0], v)
		if i, ok := seen[string(key)]; ok {
			return i, j, true
		}
		seen[string(key)] = j
	}
	return 0, 0, false
}

// appendKey writes a value so that two values are the same if and only if what
// is written is.
func appendKey(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, 'n')
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return appendText(append(b, 's'), v)
	case json.Number:
		return appendNumber(b, v)
	case []any:
		b = strconv.AppendInt(append(b, '['), int64(len(v)), 10)
		for _, x := range v {
			b = appendKey(append(b, ','), x)
		}
	case map[string]any:
		b = strconv.AppendInt(append(b, '{'), int64(len(v)), 10)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			b = appendText(append(b, ','), name)
			b = appendKey(b, v[name])
		}
	}
	return b
}

// appendText writes a length first, so that no text looks like the end of it.
func appendText(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	return append(append(b, ':'), s...)
}

func appendNumber(b []byte, n json.Number) []byte {
	d, ok := parseDecimal(n)
	if !ok {
		return appendText(append(b, '?'), string(n))
	}
	b = append(b, '0')
	if d.negative {
		b = append(b, '-')
	}
	b = append(append(b, d.digits...), 'e')
	return append(strconv.AppendInt(b, d.exp, 10), ';')
}
