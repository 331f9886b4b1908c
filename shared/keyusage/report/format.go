package report

import (
	"fmt"
	"reflect"
	"strconv"
)

// stringOf returns the text of a string of any named type.
func stringOf(s any) string { return reflect.ValueOf(s).String() }

// groupedAny is Grouped for any integer of a report.
func groupedAny(n any) string {
	switch v := reflect.ValueOf(n); {
	case v.CanUint():
		return Grouped(v.Uint())
	case v.CanInt() && v.Int() >= 0:
		return Grouped(uint64(v.Int()))
	default:
		return fmt.Sprint(n)
	}
}

// percent writes a share so that only none is 0 % and only all is 100 %.
func percent(part, whole uint64) string {
	switch {
	case whole == 0 || part == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	}
	p := 100 * float64(part) / float64(whole)
	return strconv.FormatFloat(min(max(p, 0.1), 99.9), 'f', 1, 64) + " %"
}

// Plural writes a number with its word, which takes an s.
func Plural(n any, word string) string {
	s := groupedAny(n)
	if s != "1" {
		word += "s"
	}
	return s + " " + word
}
