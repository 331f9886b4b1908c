package emf

import "strings"

// unit returns CloudWatch's name of the unit that a metric's name ends in.
// [CloudWatch API reference, MetricDatum]
func unit(name string) string {
	switch {
	case strings.HasSuffix(name, "_ms"):
		return "Milliseconds"
	case strings.HasSuffix(name, "_s"):
		return "Seconds"
	case strings.HasSuffix(name, "_bytes"):
		return "Bytes"
	}
	return "Count"
}
