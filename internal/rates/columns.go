package rates

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// A Column is one of the table.
type Column struct {
	Name  string // that --sort takes
	Key   byte   // that sorts by it
	title string
	value func(*Row) (float64, bool) // nil for the name; false for none
	text  func(float64) string
}

// Columns are a row each; where there is little room the last ones go.
var Columns = []Column{
	{"name", 'n', "WORKFLOW / STATE", nil, nil},
	{"active", 'a', "ACTIVE", delivery(func(d *Delivery) float64 { return float64(d.Active) }), count},
	{"rate", 'r', "RATE/s", func(r *Row) (float64, bool) { return r.Rate, true }, rate},
	{"failed", 'f', "FAIL/s", func(r *Row) (float64, bool) { return r.Failed, true }, rate},
	{"p50", '5', "P50", latency(func(l *Latency) float64 { return l.P50 }), duration},
	{"p95", '9', "P95", latency(func(l *Latency) float64 { return l.P95 }), duration},
	{"p99", 'p', "P99", latency(func(l *Latency) float64 { return l.P99 }), duration},
	{"lag", 'l', "LAG", delivery(func(d *Delivery) float64 { return float64(d.Pending) }), count},
	{"retries", 't', "RETRY/s", func(r *Row) (float64, bool) { return r.Retries, true }, rate},
	{"redelivered", 'd', "REDEL/s", delivery(func(d *Delivery) float64 { return d.Redelivered }), rate},
	{"dead", 'x', "DEAD/s", delivery(func(d *Delivery) float64 { return d.Buried }), rate},
}

func delivery(of func(*Delivery) float64) func(*Row) (float64, bool) {
	return func(r *Row) (float64, bool) {
		if r.Delivery == nil {
			return 0, false
		}
		return of(r.Delivery), true
	}
}

func latency(of func(*Latency) float64) func(*Row) (float64, bool) {
	return func(r *Row) (float64, bool) {
		if r.Latency == nil {
			return 0, false
		}
		return of(r.Latency), true
	}
}

// ColumnBy is the first column for which is reports true.
func ColumnBy(is func(*Column) bool) (*Column, bool) {
	for i := range Columns {
		if is(&Columns[i]) {
			return &Columns[i], true
		}
	}
	return nil, false
}

// Sort sorts the workflows, and the states of each, by a column: names from A,
// numbers from the largest.
func (v *View) Sort(by *Column) {
	rows(v.Workflows, by)
	for i := range v.Workflows {
		rows(v.Workflows[i].States, by)
	}
}

func rows(all []Row, by *Column) {
	slices.SortFunc(all, func(a, b Row) int {
		if by.value == nil {
			return cmp.Compare(a.Name, b.Name)
		}
		return cmp.Or(-cmp.Compare(by.sortable(&a), by.sortable(&b)), cmp.Compare(a.Name, b.Name))
	})
}

// sortable is the value of r, less than all others where there is none.
func (c *Column) sortable(r *Row) float64 {
	if n, ok := c.value(r); ok {
		return n
	}
	return -1
}

// cell is what stands in the column for r.
func (c *Column) cell(r *Row) string {
	n, ok := c.value(r)
	if !ok {
		return ""
	}
	return c.text(n)
}

// count is n in at most six characters.
func count(n float64) string {
	switch {
	case n < 99_999.5:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case n < 999_950:
		return strconv.FormatFloat(n/1e3, 'f', 1, 64) + "k"
	}
	return strconv.FormatFloat(n/1e6, 'f', 1, 64) + "M"
}

// rate is n, to two digits where it is small.
func rate(n float64) string {
	switch {
	case n == 0:
		return "0"
	case n < 0.995:
		return strconv.FormatFloat(max(n, 0.01), 'f', 2, 64) // not nothing
	case n < 9.95:
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return count(n)
}

// duration is seconds, to three digits.
func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	for _, unit := range []time.Duration{time.Microsecond, time.Millisecond, time.Second} {
		for _, part := range []time.Duration{100, 10, 1} {
			if d < 1000*unit/part {
				return d.Round(unit / part).String()
			}
		}
	}
	return d.Round(time.Second).String()
}
