package jsonata_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

// event is a message of a sensor, 333 bytes.
const event = `{"id":"e-000000000001","type":"sensor.reading","device":{"id":"dev-4711","site":"plant-3","fw":"2.4.1"},` +
	`"ts":1763700000123,"temp":21.75,"hum":48.2,"status":"OK","items":[{"k":"a","v":1},{"k":"b","v":2},{"k":"c","v":3},` +
	`{"k":"d","v":4},{"k":"e","v":5},{"k":"f","v":6},{"k":"g","v":7},{"k":"h","v":8},{"k":"i","v":9},{"k":"j","v":10}]}`

const reshape = `{"id": id, "site": device.site, "f": temp * 1.8 + 32, "alarm": temp > 20, "n": $count(items), ` +
	`"total": $sum(items.v), "big": items[v > 5].k}`

var benchmarks = []struct{ name, expr string }{
	{"path", `device.site`},
	{"compare", `temp > 20`},
	{"variable", `$states.input.device.site`},
	{"reshape", reshape},
	{"concat", `id & ":" & device.site`},
	{"upper", `$uppercase(device.site)`},
	{"filter-map-sum", `$sum(items[v > 5].(v * 2))`},
	{"sort", `items^(>v).k`},
	{"group", `items{k: v}`},
	{"map", `$map(items, function($i) { $i.v * 2 })`},
	{"reduce", `$reduce(items.v, function($a, $b) { $a + $b })`},
	{"recursion", `($f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f(100))`},
	{"format", `$formatNumber(temp, "#,##0.00")`},
	{"match", `$match(id, /[0-9]+/).match`},
}

func BenchmarkEval(b *testing.B) {
	input, err := value.Parse([]byte(event))
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			e, err := jsonata.Compile(bb.expr, &jsonata.Options{Vars: []string{"states.input"}})
			if err != nil {
				b.Fatal(err)
			}
			env := &jsonata.Env{Input: input, Vars: []value.Value{input}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Run(env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMany runs over an array of 1,000 objects.
func BenchmarkMany(b *testing.B) {
	var text strings.Builder
	text.WriteString(`{"items":[`)
	for i := range 1000 {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(`{"k":"k` + strconv.Itoa(i%10) + `","v":` + strconv.Itoa(i) + `}`)
	}
	text.WriteString(`]}`)
	input, err := value.Parse([]byte(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range benchmarks {
		if !strings.Contains(bb.expr, "items") {
			continue
		}
		if bb.name == "reshape" {
			continue
		}
		b.Run(bb.name, func(b *testing.B) {
			e, err := jsonata.Compile(bb.expr, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Eval(input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonata.Compile(reshape, nil); err != nil {
			b.Fatal(err)
		}
	}
}
