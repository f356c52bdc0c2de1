package value

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// The check of tokens and the converter, which sees all keys unescaped, agree
// whether an object has a key twice.
func FuzzUnique(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":{"a":2},"c":[{"a":3}],"d":"a"}`, `{"a":1,"b":2,"a":3}`, `[[],{"x":{"a":1,"a":2}}]`, `{"":0,"":0}`,
		`{"a":"\n","\u0061":1}`, `{"\\\"\/\b\f\n\r\t\ud83d\ude00é":0,"\u005c\u0022/\u0008\u000c\u000a\u000d\u0009😀\u00e9":0}`,
		wideObject(fewKeys, `"k%d"`), wideObject(fewKeys+1, `"k%d"`),
		`{"k7":0,` + wideObject(fewKeys-1, `"k%d"`)[1:], `{"k7":0,` + wideObject(fewKeys, `"k%d"`)[1:], `{"k7":0,` + wideObject(200, `"\u006b%d"`)[1:],
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newScanner()
		s.reset(b, false)
		if s.document() != nil {
			return
		}
		_, want := convert(b, s.shape, false)
		if got := s.unique(); (got == nil) != (want == nil) {
			t.Errorf("%q: got %v, the converter says %v", b, got, want)
		}
	})
}

// wideObject has n members, whose keys are format with a number in it.
func wideObject(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ","+format+":0", i)
	}
	return "{" + b.String()[1:] + "}"
}

// twice are documents of nearly MaxSize in which an object has a key twice, as
// late as can be, or all the time.
var twice = map[string]string{
	"one key":           "{" + strings.Repeat(`"a":0,`, 40_000) + `"a":0}`,
	"one empty key":     "{" + strings.Repeat(`"":0,`, 50_000) + `"":0}`,
	"the first again":   strings.TrimSuffix(wideObject(23_000, `"%d"`), "}") + `,"0":0}`,
	"in the last":       "[" + strings.Repeat(`{"a":0,"b":0},`, 18_000) + `{"a":0,"a":0}]`,
	"behind an array":   "[" + strings.Repeat("0,", 60_000) + `{"a":0,"a":0}]`,
	"escaped":           "{" + strings.Repeat(`"\u0061":0,`, 20_000) + `"a":0}`,
	"the first escaped": strings.TrimSuffix(wideObject(15_000, `"\u006b%d"`), "}") + `,"k0":0}`,
}

// A key that comes twice is found before anything is made of a large document.
func TestTwiceIsCheap(t *testing.T) {
	const most = 768 << 10 // of the megabyte that a refusal may take in all
	for name, doc := range twice {
		least := uint64(most + 1)
		for range 5 { // what pools keep is not allocated each time
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ParseString(doc)
			runtime.ReadMemStats(&after)
			if e, ok := err.(*ParseError); !ok || !strings.HasPrefix(e.Reason, "duplicate key ") {
				t.Fatalf("%s: %v", name, err)
			}
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		if least > most {
			t.Errorf("%s: %d bytes are refused for %d, want %d at most", name, len(doc), least, most)
		}
	}
}

func BenchmarkTwice(b *testing.B) {
	for name, doc := range twice {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseString(doc); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
