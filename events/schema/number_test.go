package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
)

var numbers = []string{"0", "-0", "0.0", "0e99999999", "1", "-1", "10", "1.0", "1.5", "-1.50", "0.001", "1e3", "1E+3", "100e-2", "1e-1", "-12.5e1",
	"9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "99999999999999999999",
	"1e18", "1e19", "1e400", "1e-400", "1e1000001", "1e-1000001", "1e9223372036854775807", "1e-9223372036854775808", "1e99999999999999999999",
	"0.000001e6", "0.1e1", "123456789012345678901234567890e-20"}

// checkNumber compares with exact arithmetic.
func checkNumber(t *testing.T, a, b string, bound int64) {
	t.Helper()
	ra, okA := new(big.Rat).SetString(a)
	rb, okB := new(big.Rat).SetString(b)
	da, ok := parseDecimal(json.Number(a))
	if ok != okA {
		t.Fatalf("%s is understood: %v, want %v", a, ok, okA)
	}
	db, _ := parseDecimal(json.Number(b))
	if !okA || !okB {
		return
	}
	if got, want := da == db, ra.Cmp(rb) == 0; got != want {
		t.Errorf("%s equals %s: %v, want %v", a, b, got, want)
	}
	if got, want := da.isInteger(), ra.IsInt(); got != want {
		t.Fatalf("%s is an integer: %v, want %v", a, got, want)
	}
	if !da.isInteger() {
		return
	}
	if got, want := da.cmp(bound), ra.Cmp(new(big.Rat).SetInt64(bound)); got != want {
		t.Errorf("%s against %d: %d, want %d", a, bound, got, want)
	}
	if got, want := string(da.integer()), ra.Num().String(); got != want && len(want) <= 1000 {
		t.Errorf("%s is written %s, want %s", a, got, want)
	}
}

func TestDecimal(t *testing.T) {
	checkNumber(t, "1e1000000", "0", 1) // the largest that is understood
	for _, a := range numbers {
		for _, b := range numbers {
			checkNumber(t, a, b, 1)
		}
		for _, bound := range []int64{0, 1, -1, 1000, 9007199254740991, math.MaxInt64, math.MinInt64} {
			checkNumber(t, a, a, bound)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	for i, a := range numbers {
		f.Add(a, numbers[len(numbers)-1-i], int64(i))
	}
	f.Fuzz(func(t *testing.T, a, b string, bound int64) {
		for _, s := range []string{a, b} {
			if n := strings.Trim(s, "-0123456789.eE+"); n != "" || !json.Valid([]byte(s)) {
				return // not a number of JSON
			}
			if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 6 && len(s)-i < 10 {
				return // exact arithmetic takes too long
			}
		}
		checkNumber(t, a, b, bound)
	})
}

func TestDuplicates(t *testing.T) {
	for list, want := range map[string][]int{
		`[]`: nil, `["a"]`: nil, `["a","b","c"]`: nil, `["a","b","a","b"]`: {0, 2}, `["a","b","b","a"]`: {1, 2},
		`[1,1.0]`: {0, 1}, `[1,"1"]`: nil, `[1e2,100]`: {0, 1}, `[0,-0]`: {0, 1}, `[1,-1]`: nil, `[0,false,null,"",[],{}]`: nil,
		`[null,null]`: {0, 1}, `[true,false,true]`: {0, 2}, `[[1,2],[2,1]]`: nil, `[[1,2],[1.0,2]]`: {0, 1}, `[["a","b"],["a,b"]]`: nil,
		`[{"a":1,"b":2},{"b":2,"a":1}]`: {0, 1}, `[{"a":1},{"a":1,"b":1}]`: nil, `[{"a":null},{}]`: nil, `[12,1,2,"e0"]`: nil,
		`[1e99999999,1e99999999]`: {0, 1}, `[[[]],[[],[]]]`: nil, `[["s1:a"],["s1:a"]]`: {0, 1}, `["n","null",null]`: nil,
	} {
		v, err := Decode([]byte(list))
		if err != nil {
			t.Fatal(err)
		}
		i, j, found := duplicates(v.([]any))
		if found != (want != nil) || found && (i != want[0] || j != want[1]) {
			t.Errorf("%s: %d and %d are the same: %v, want %v", list, i, j, found, want)
		}
	}
}

func TestIsTime(t *testing.T) {
	for s, want := range map[string]bool{
		"2026-01-31T10:15:00Z": true, "2026-01-31T10:15:00.5+23:59": true, "2024-02-29T00:00:00-00:00": true, "0001-01-01T00:00:00Z": true,
		"2026-01-31T10:15:00+24:00": false, "2026-01-31T10:15:00+01:60": false, "2026-01-31T1:15:00.0Z": false, "2026-01-31T10:15:00,5Z": false,
		"2026-02-29T00:00:00Z": false, "2016-12-31T23:59:60Z": false, "2026-01-31t10:15:00Z": false, "2026-01-31T10:15:00z": false,
		"2026-01-31T10:15:00": false, "2026-01-31T10:15:00+0100": false, "2026-01-31": false, "": false, "2026-01-31T24:00:00Z": false,
	} {
		if got := isTime(s); got != want {
			t.Errorf("%s is a time: %v, want %v", s, got, want)
		}
	}
}
