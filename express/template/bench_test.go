package template

import (
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

const event = `{"id":"e-1","device":{"id":"dev-7","site":"plant-3"},"temp":21.75,"status":"OK"}`

var benchmarks = []struct {
	name, template string
	allocs         float64 // that an evaluation may make
}{
	{"constant", `{"a":{"b":[1,2,3]}}`, 0},
	{"three paths", `{"id.$":"$.id","site.$":"$.device.site","temp.$":"$.temp"}`, 1},                        // the members
	{"constant part", `{"id.$":"$.id","meta":{"source":"sensor","version":1,"tags":["a","b"]}}`, 1},         // the members
	{"nested", `{"device":{"site.$":"$.device.site"},"t":[{"v.$":"$.temp"}]}`, 4},                           // three objects and an array
	{"variable", `{"a.$":"$text"}`, 1},                                                                      // the members
	{"format", `{"text.$":"States.Format('{} at {}: {}', $.device.id, $.device.site, $.temp)"}`, 3},         // the members, the text and, unless short, its bytes
	{"nested calls", `{"sum.$":"States.MathAdd(States.MathAdd($.temp, 1), States.ArrayLength($list))"}`, 1}, // the members
}

func BenchmarkPayload(b *testing.B) {
	for _, tt := range benchmarks {
		b.Run(tt.name, func(b *testing.B) {
			e, s := benchmarkExpr(b, tt.template)
			b.ReportAllocs()
			for b.Loop() {
				s.Budget.Steps, s.Budget.Bytes = 1e6, 1e6
				if _, err := e.Eval(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// An evaluation allocates what its result needs.
func TestPayloadAllocates(t *testing.T) {
	for _, tt := range benchmarks {
		e, s := benchmarkExpr(t, tt.template)
		var v value.Value
		if n := testing.AllocsPerRun(100, func() { v, _ = e.Eval(s) }); n > tt.allocs {
			t.Errorf("%s: %v allocations for %s, want %v", tt.name, n, v, tt.allocs)
		}
	}
}

func BenchmarkPath(b *testing.B) {
	for _, src := range []string{"$", "$.device.site", "$$.Execution.Name", "$list[1]"} {
		b.Run(src, func(b *testing.B) {
			e, err := Path(InputPath, src, testEnv)
			if err != nil {
				b.Fatal(err)
			}
			s := testScope(b, event)
			b.ReportAllocs()
			for b.Loop() {
				s.Budget.Steps = 1e6
				if _, err := e.Eval(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	tpl := parse(b, `{"id.$":"$.id","text.$":"States.Format('{} at {}', $.device.id, $.device.site)"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := Payload(tpl, nil); len(errs) > 0 {
			b.Fatal(errs[0])
		}
	}
}

func benchmarkExpr(tb testing.TB, template string) (Expr, *Scope) {
	tb.Helper()
	e, errs := Payload(parse(tb, template), testEnv)
	if len(errs) > 0 {
		tb.Fatal(errs[0])
	}
	return e, testScope(tb, event)
}
