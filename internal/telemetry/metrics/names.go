package metrics

import (
	"iter"
	"strings"
)

// prometheusUnits are the units of the table that stand in names.
var prometheusUnits = map[string]string{"s": "_seconds", "ms": "_milliseconds"}

// histogramSeries end the names of the series of a histogram.
var histogramSeries = []string{"_bucket", "_sum", "_count"}

// Prometheus are the names of all series that Handler shows of the table, each
// with the labels that it may have.
func Prometheus() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for _, row := range table {
			name := strings.ReplaceAll(row.name, ".", "_") + prometheusUnits[row.unit]
			var labels []string
			for _, key := range row.attributes {
				labels = append(labels, strings.ReplaceAll(string(key), ".", "_"))
			}
			ends := []string{""}
			switch row.kind {
			case counterKind:
				ends = []string{"_total"}
			case histogramKind:
				ends = histogramSeries
			}
			for _, end := range ends {
				all := labels
				if end == "_bucket" {
					all = append([]string{"le"}, labels...)
				}
				if !yield(name+end, all) {
					return
				}
			}
		}
	}
}
