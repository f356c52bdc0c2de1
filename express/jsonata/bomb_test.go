package jsonata_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

// bombs are expressions that would run, grow or nest without end. Each must end
// in an error of the codes given (one without codes may also end well).
var bombs = []struct {
	name, expr string
	codes      string
}{
	{"tail recursion", `($f := function($x) { $f($x + 1) }; $f(0))`, "U1001"},
	{"mutual tail recursion", `($f := function($x) { $g($x) }; $g := function($x) { $f($x) }; $f(0))`, "U1001"},
	{"deep recursion", `($f := function($x) { 1 + $f($x + 1) }; $f(0))`, "U1001"},
	{"recursion through map", `($f := function($x) { $map([1, 2], function($y) { $f($y) }) }; $f(0))`, "U1001"},
	{"recursion through partial", `($f := function($x, $y) { ($g := $f(?, 1); $g($x)) }; $f(0, 0))`, "U1001"},
	{"recursion through sort", `($f := function($x) { $sort([1, 2, 3], function($a, $b) { $f($x) }) }; $f(0))`, "U1001"},
	{"recursion through replace", `($f := function($m) { $replace("a", /a/, $f) }; $f("a"))`, "U1001"},
	{"recursion through eval", `($eval("$f()")) ~> $eval()`, ""},
	{"self application", `($w := function($x) { $x($x) }; $w($w))`, "U1001"},
	{"chain", `($f := function($x) { $x }; $g := $reduce($append($f, [1..90000]), function($a, $i) { $a ~> $f }); $g(1))`, "U1001"},
	{"exponential join", `($f := function($s, $n) { $n = 0 ? $s : $f($join([$s, $s]), $n - 1) }; $f("x", 100))`, "U1001"},
	{"exponential concatenation", `($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("x", 100))`, "U1001"},
	{"exponential array", `($f := function($s, $n) { $n = 0 ? $s : $f($append($s, $s), $n - 1) }; $f([1], 100))`, "U1001 D2015"},
	{"exponential object", `($f := function($o, $n) { $n = 0 ? $o : $f({"a": $o, "b": $o}, $n - 1) }; $string($f(1, 100)))`, "U1001"},
	{"exponential equality", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; $f(1, 60) = $f(1, 60))`, "U1001"},
	{"exponential result", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; $f(1, 60))`, ""},
	{"exponential truth", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; $boolean($f(0, 60)))`, "U1001"},
	{"exponential descendants", `($f := function($o, $n) { $n = 0 ? $o : $f({"a": $o, "b": $o}, $n - 1) }; $count($f(1, 100).**))`, "U1001"},
	{"exponential wildcard", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; $count({"a": $f(1, 60)}.*))`, "U1001"},
	{"exponential keys", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; $keys($f({"k": 1}, 60)))`, "U1001"},
	{"exponential path", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; $count($f({"k": 1}, 60).k))`, "U1001"},
	{"exponential clone", `($f := function($o, $n) { $n = 0 ? $o : $f({"a": $o, "b": $o}, $n - 1) }; $f(1, 100) ~> |$|{}|)`, "U1001"},
	{"exponential distinct", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; $distinct([$f(1, 60), $f(1, 60)]))`, "U1001"},
	{"exponential sort error", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; [1, 2]^($f(1, 15)))`, "T2008"},
	{"exponential error message", `($f := function($o, $n) { $n = 0 ? $o : $f([[$o], [$o]], $n - 1) }; -$f(1, 15))`, "D1002"},
	{"deep array", `($f := function($a, $n) { $n = 0 ? $a : $f([$a], $n - 1) }; $f(1, 1000000))`, "U1001"},
	{"deep array, printed", `($f := function($a, $n) { $n = 0 ? $a : $f([[$a], 1], $n - 1) }; $string($f(1, 20000)))`, "U1001"},
	{"deep object", `($f := function($a, $n) { $n = 0 ? $a : $f({"a": $a}, $n - 1) }; $string($f(1, 20000)))`, "U1001"},
	{"huge range", `[0..9999999].$string()`, "U1001 D2015"},
	{"range too long", `[0..1e15]`, "D2014"},
	{"nested ranges", `[1..100000].[1..100000].[1..100000]`, "U1001 D2015"},
	{"map over ranges", `$map([1..100000], function($i) { $map([1..100000], function($j) { $i * $j }) })`, "U1001"},
	{"cross join", `[1..5000]@$a.[1..5000]@$b.{"a": $a, "b": $b}`, "U1001 D2015"},
	{"predicates", `[1..100000][[1..100000][[1..100000]]]`, "U1001"},
	{"sort", `[1..100000]^($sum([1..100000]))`, "U1001"},
	{"group", `[1..100000]{$string($): [1..100000]^(>$)}`, "U1001 D2015"},
	{"zip", `$zip([1..90000], [1..90000], [1..90000], [1..90000], [1..90000], [1..90000], [1..90000], [1..90000], [1..90000], [1..90000])`, "U1001 D2015"},
	{"pad", `$pad("x", 1e15)`, "U1001"},
	{"pad on the left", `$pad("x", -1e9, "ab")`, "U1001"},
	{"pad many", `$join([1..100000].$pad("x", 1000))`, "U1001"},
	{"replace growth", `($f := function($s, $n) { $n = 0 ? $s : $f($replace($s, "a", "aaaaaaaaaa"), $n - 1) }; $f("a", 100))`, "U1001"},
	{"replace growth by regex", `($f := function($s, $n) { $n = 0 ? $s : $f($replace($s, /a/, "aaaaaaaaaa"), $n - 1) }; $f("a", 100))`, "U1001"},
	{"split", `$split($pad("", 10000000, "a"), "")`, "U1001"},
	{"split by regex", `$split($pad("", 10000000, "a"), /a/)`, "U1001"},
	{"encoding", `($f := function($s, $n) { $n = 0 ? $s : $f($encodeUrlComponent($s), $n - 1) }; $f("%%%%%%%%%%", 10000))`, "U1001"},
	{"base 64", `($f := function($s, $n) { $n = 0 ? $s : $f($base64encode($s), $n - 1) }; $f("xxx", 10000))`, "U1001"},
	{"formatted number", `$formatNumber(1, $pad("", 100000, "0"))`, "U1001"},
	{"formatted integer", `$formatInteger(1e300, "I")`, "D1001"},
	{"formatted words", `$formatInteger(1e300, "w")`, ""},
	{"formatted base", `[1..100000].$formatBase(1e300, 2)`, "U1001 D2015"},
	{"picture of a time", `$fromMillis(0, $pad("", 100000, "[Y]"))`, "U1001"},
	{"picture to be parsed", `[1..100000].$toMillis("1", $pad("", 1000, "[Y,1]"))`, "U1001"},
	{"quadratic regular expression", `$contains($pad("", 1000000, "x"), /(x+x+)+y/)`, ""},
	{"regular expression on a long text", `$match($pad("", 8000000, "xy"), /(((x|y)+)+)+z/)`, ""},
	{"many searches", `[1..100000].$contains($pad("", 10000, "x"), /(x+x+)+y/)`, "U1001"},
	{"nested repetition", `$contains("x", /((((((x{1,10}){1,10}){1,10}){1,10}){1,10}){1,10})/)`, "S0303"},
	{"many signatures", `(function($x)<s+s+s+s+s+s+s+s+s+s+s+s+s+s+s+s+n:s>{ $x })("a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a")`, "T0410"},
	{"shuffle", `[1..100000].$shuffle([1..100000])`, "U1001"},
	{"transform that nests itself", `{"a": {"b": 1}} ~> |**|{"self": $$, "again": $}|`, ""},
	{"spread", `$spread([1..100000].{"a": $spread([1..1000].{"b": 1})})`, "U1001 D2015"},
	{"append in a loop", `$reduce([1..100000], function($a, $i) { $append($a, $i) }, [])`, "U1001"},
	{"merge in a loop", `$reduce([1..100000], function($a, $i) { $merge([$a, {$string($i): $i}]) }, {})`, "U1001"},
	{"long objects", `($o := $merge([1..10000].{"k" & $: $}); $count([1..100000].($o).k9999) + $count([1..100000].($o).k9998))`, ""},
	{"long objects compared", `($a := $merge([1..20000].{"k" & $: 1}); $b := $merge($reverse([1..20000]).{"k" & $: 1}); $a = $b)`, ""},
	{"long objects filtered", `($o := $merge([1..10000].{"k" & $: $}); $count($map([1..100000], function($i) { $o })[k9999 > 1]))`, ""},
	{"assert message", `$assert(false, $pad("", 1e9))`, "U1001"},
}

// The bounds that reliability asks for. Memory is what the collector finds in
// use: how much garbage lies beside it depends on how busy the machine is, which
// may be slow, too, so the time is ten times what is normal.
const (
	bombMemory = 64 << 20
	bombTime   = 11 * time.Second
)

// TestBombs checks that every bomb ends in a typed error within bounds of memory
// and time.
func TestBombs(t *testing.T) {
	for _, b := range bombs {
		t.Run(b.name, func(t *testing.T) {
			runtime.GC()
			before := inUse()
			peak, stop := watchHeap()
			start := time.Now()
			e, err := jsonata.Compile(b.expr, &jsonata.Options{EvalFunction: true})
			var got value.Value
			if err == nil {
				got, err = e.Eval(value.Value{})
			}
			took := time.Since(start)
			stop()
			var failed *jsonata.Error
			switch {
			case errors.As(err, &failed):
				if b.codes != "" && !strings.Contains(b.codes, failed.Code) {
					t.Errorf("got %v, want %s", err, b.codes)
				}
			case b.codes != "":
				t.Errorf("got a value of %d bytes, want %s", got.Size(), b.codes)
			}
			if took > bombTime {
				t.Errorf("took %v", took)
			}
			grown := int64(peak.Load()) - int64(before)
			if grown > bombMemory {
				t.Errorf("took %d MiB", grown>>20)
			}
			if os.Getenv("BOMBS") != "" {
				fmt.Printf("%-36s %8.0fms %4d MiB %v\n", b.name, took.Seconds()*1000, grown>>20, err)
			}
		})
	}
}

// inUse is the memory, in bytes, that the last collection has found in use, and
// that of stacks.
func inUse() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}

// watchHeap samples the memory in use until stop is called, with collections that
// follow each other closely.
func watchHeap() (peak *atomic.Uint64, stop func()) {
	peak = new(atomic.Uint64)
	percent := debug.SetGCPercent(20)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			peak.Store(max(peak.Load(), inUse()))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return peak, func() {
		close(done)
		<-ended
		debug.SetGCPercent(percent)
	}
}
