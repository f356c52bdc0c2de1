package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct{ in, want string }{ // want "" for the same
		{`null`, ""},
		{`true`, ""},
		{` false `, `false`},
		{`0`, ""},
		{`-0`, ""},
		{`1.0`, ""},
		{`-12.50E+03`, ""},
		{`12345678901234567890`, ""},
		{`9007199254740993`, ""},
		{`1e-999`, ""},
		{`""`, ""},
		{`"é😀"`, ""},
		{`"\u00e9\ud83d\uDE00"`, `"é😀"`},
		{`"\"\\\/\b\f\n\r\t\u0001"`, `"\"\\/\b\f\n\r\t\u0001"`},
		{`"\u0000\u2028"`, "\"\\u0000\u2028\""},
		{`"\\\""`, ""},
		{"\"\x7f\"", ""},
		{`[]`, ""},
		{`{}`, ""},
		{`[[],{},""]`, ""},
		{"\t[ 1 ,\r\n2 ] ", `[1,2]`},
		{`{"b":1,"a":{"b":[{"":null}]}}`, ""},
		{`{"k\u00e9\ty":1}`, `{"ké\ty":1}`},
		{`{ "a" : 1 , "A" : 2 }`, `{"a":1,"A":2}`},
	}
	for name, parse := range map[string]func([]byte) (Value, error){"Parse": Parse, "ParseOwned": ParseOwned} {
		for _, tt := range tests {
			if tt.want == "" {
				tt.want = tt.in
			}
			got, err := parse([]byte(tt.in))
			if err != nil || got.String() != tt.want || got.Size() != len(tt.want) {
				t.Errorf("%s(%s) = %v, size %d, %v, want %s", name, tt.in, got, got.Size(), err, tt.want)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		in     string
		reason string
		offset int
	}{
		{``, `unexpected end of input`, 0},
		{"  ", `unexpected end of input`, 2},
		{`nul`, `unexpected end of input`, 3},
		{`nulL`, `unexpected character 'L'`, 3},
		{`True`, `unexpected character 'T'`, 0},
		{`NaN`, `unexpected character 'N'`, 0},
		{`-Infinity`, `unexpected character 'I'`, 1},
		{`'a'`, `unexpected character '\''`, 0},
		{"\ufeff{}", `unexpected character '\ufeff'`, 0},
		{"\x00", `unexpected character '\x00'`, 0},
		{"1\x00", `unexpected character '\x00' after the value`, 1},
		{"\u00a01", `unexpected character '\u00a0'`, 0},
		{"\f1", `unexpected character '\f'`, 0},
		{`01`, `unexpected character '1' after the value`, 1},
		{`-`, `unexpected end of input`, 1},
		{`+1`, `unexpected character '+'`, 0},
		{`1.`, `unexpected end of input`, 2},
		{`.5`, `unexpected character '.'`, 0},
		{`1e`, `unexpected end of input`, 2},
		{`1e+x`, `unexpected character 'x'`, 3},
		{`--1`, `unexpected character '-'`, 1},
		{`0x1`, `unexpected character 'x' after the value`, 1},
		{`[1-2]`, `unexpected character '-'`, 2},
		{`1e999`, `number out of range`, 0},
		{`[0,-1e400]`, `number out of range`, 3},
		{`"a`, `unexpected end of input`, 2},
		{`"\`, `unexpected end of input`, 2},
		{`"\q"`, `unexpected character 'q' after a backslash`, 2},
		{`"\x41"`, `unexpected character 'x' after a backslash`, 2},
		{`"\u00g0"`, `unexpected character 'g'`, 5},
		{`"\u12`, `unexpected end of input`, 5},
		{"\"a\nb\"", `control character U+000A in a string`, 2},
		{"\"\x00\"", `control character U+0000 in a string`, 1},
		{`"\ud800"`, `lone surrogate`, 1},
		{`"\ud800\n"`, `lone surrogate`, 1},
		{`"a\ud800\ud800"`, `lone surrogate`, 2},
		{`"\udc00\ud800"`, `lone surrogate`, 1},
		{`"\ud800\u12x4"`, `unexpected character 'x'`, 11},
		{`{"\udfff":1}`, `lone surrogate`, 2},
		{"\"\xff\"", `invalid UTF-8`, 1},
		{"\"\xc0\xaf\"", `invalid UTF-8`, 1},
		{"\"\xed\xa0\x80\"", `invalid UTF-8`, 1},
		{"\"\xf4\x90\x80\x80\"", `invalid UTF-8`, 1},
		{"\"\xe2\x82", `invalid UTF-8`, 1},
		{"[\x80]", `invalid UTF-8`, 1},
		{`[`, `unexpected end of input`, 1},
		{`[1`, `unexpected end of input`, 2},
		{`[1,]`, `unexpected character ']'`, 3},
		{`[,1]`, `unexpected character ','`, 1},
		{`[1 2]`, `unexpected character '2'`, 3},
		{`[1}`, `unexpected character '}'`, 2},
		{`{"a":1]`, `unexpected character ']'`, 6},
		{`{"a":1,}`, `unexpected character '}'`, 7},
		{`{,}`, `unexpected character ','`, 1},
		{`{a:1}`, `unexpected character 'a'`, 1},
		{`{"a" 1}`, `unexpected character '1'`, 5},
		{`{"a"}`, `unexpected character '}'`, 4},
		{`{"a":}`, `unexpected character '}'`, 5},
		{`{1:2}`, `unexpected character '1'`, 1},
		{`]`, `unexpected character ']'`, 0},
		{`{}{}`, `unexpected character '{' after the value`, 2},
		{`1 // one`, `unexpected character '/' after the value`, 2},
		{`{"a":1,"a":1}`, `duplicate key "a"`, -1},
		{`[{"x":{"a":1,"b":2,"\u0061":3}}]`, `duplicate key "a"`, -1},
		{`{"a very long key it is":1,"a very long key it is":2}`, `duplicate key "a very long key "...`, -1},
	}
	for _, tt := range tests {
		got, err := ParseString(tt.in)
		if !got.IsNothing() {
			t.Errorf("Parse(%q) = %v", tt.in, got)
		}
		want := &ParseError{Reason: tt.reason, Offset: tt.offset}
		var e *ParseError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q): %v, want %v", tt.in, err, want)
		} else if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestParseErrorText(t *testing.T) {
	for in, want := range map[string]string{
		`[1,]`:          `unexpected character ']' at offset 3`,
		`{"a":1,"a":2}`: `duplicate key "a"`,
	} {
		if _, err := ParseString(in); err == nil || err.Error() != want {
			t.Errorf("Parse(%s): %v, want %s", in, err, want)
		}
	}
}

func TestParseLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	objects := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	zeros := func(n int) string { return "[" + strings.Repeat("0,", n-1) + "0]" }
	escaped := func(n int) string { return "[" + strings.Repeat("0,", n-1) + `"\n"]` }
	text := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%d":0`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	tests := []struct {
		name   string
		in     string
		reason string // "" if it is accepted
	}{
		{"size", text(MaxSize), ""},
		{"size", text(MaxSize + 1), "larger than 262144 bytes"},
		{"depth", nested(MaxDepth), ""},
		{"depth", nested(MaxDepth + 1), "nested deeper than 64"},
		{"depth", objects(MaxDepth), ""},
		{"depth", objects(MaxDepth + 1), "nested deeper than 64"},
		{"depth", strings.Repeat("[", MaxSize), "nested deeper than 64"},
		{"values", zeros(MaxValues - 1), ""},
		{"values", zeros(MaxValues), "more than 65536 values"},
		{"kept parsers", escaped(manyValues - 1), ""},
		{"kept parsers", escaped(manyValues), ""},
		{"few keys", keys(fewKeys), ""},
		{"few keys", keys(fewKeys + 1), ""},
		{"duplicate of few", keys(fewKeys - 1)[:6] + "," + keys(fewKeys - 1)[1:], `duplicate key "0"`},
		{"duplicate of many", keys(5000)[:6] + "," + keys(5000)[1:], `duplicate key "0"`},
		{"range", "1.7976931348623157e308", ""},
		{"range", "1.7976931348623157081e308", ""},
		{"range", "1.7976931348623157082e308", "number out of range"},
		{"range", "17976931348623157" + strings.Repeat("0", 292), ""},
		{"range", "17976931348623158" + strings.Repeat("0", 292), "number out of range"},
		{"range", fmt.Sprintf("%f", math.MaxFloat64), ""},
		{"range", "-1.8e308", "number out of range"},
		{"range", "10e307", ""},
		{"range", "10e308", "number out of range"},
		{"range", "0.00001e313", ""},
		{"range", "0.00001e314", "number out of range"},
		{"range", "0e999", ""},
		{"range", "0.0e9999", ""},
		{"range", strings.Repeat("9", 308), ""},
		{"range", strings.Repeat("9", 309), "number out of range"},
		{"range", strings.Repeat("9", 400) + "e-92", ""},
		{"range", strings.Repeat("9", 400) + "e-91", "number out of range"},
		{"exponent", "1e-9999", ""},
		{"exponent", "1e-10000", "number out of range"},
		{"exponent", "0e10000", "number out of range"},
		{"exponent", "1e99999999999999999999", "number out of range"},
	}
	for _, tt := range tests {
		v, err := ParseString(tt.in)
		e, _ := err.(*ParseError)
		switch {
		case tt.reason == "" && err != nil:
			t.Errorf("%s: %.40s of %d bytes: %v", tt.name, tt.in, len(tt.in), err)
		case tt.reason != "" && (e == nil || e.Reason != tt.reason):
			t.Errorf("%s: %.40s of %d bytes: %v, want %s", tt.name, tt.in, len(tt.in), err, tt.reason)
		case err == nil && v.Kind() == KindNumber && math.IsInf(v.Float(), 0):
			t.Errorf("%s: %.40s is infinite", tt.name, tt.in)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]bool{
		"1": true, "-1.5e3": true, "0": true,
		"": false, "01": false, " 1": false, "1 ": false, "1e999": false, "x": false, `"1"`: false,
	} {
		if n, ok := ParseNumber(in); ok != want || ok && n.String() != in {
			t.Errorf("ParseNumber(%q) = %v, %v", in, n, ok)
		}
	}
}

func TestParseLastWins(t *testing.T) {
	v, err := ParseLastWins(`[{"a":1,"b":2,"a":{"c":3,"c":4}}]`)
	if want := `[{"a":{"c":4},"b":2}]`; err != nil || v.String() != want || v.Size() != len(want) {
		t.Errorf("got %v, size %d, %v, want %s", v, v.Size(), err, want)
	}
	if _, err := ParseLastWins("{"); err == nil {
		t.Error("bad syntax is accepted")
	}
}

// A Value shares no memory with the input, nor with the scanner or parser, which
// read on.
func TestParseOwnsItsMemory(t *testing.T) {
	const want = `{"kéy":"text","plain":"plain","n":123.456,"list":["one",2,{"three":3}]}`
	for _, doc := range []string{want, strings.ReplaceAll(want, "é", `\u00e9`)} {
		in := []byte(doc)
		v, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		copy(in, bytes.Repeat([]byte("z"), len(in)))
		for _, z := range []string{`z`, `\u007a`} {
			for range 10 {
				must(t, strings.Repeat("[", 40)+`"`+strings.Repeat(z, 50)+`"`+strings.Repeat("]", 40))
			}
		}
		runtime.GC()
		if v.String() != want {
			t.Errorf("got %s, want %s", v, want)
		}
	}
}

// Hostile documents that are within the limits take memory in proportion to
// their size. The bound is 64 MB; the kept parsers make it a tenth of that.
func TestParseMemory(t *testing.T) {
	for name, item := range map[string]string{
		"numbers": `0`,
		"empty":   `{}`,
		"arrays":  `[0]`,
		"objects": `{"":0}`,
		"strings": `"é"`,
		"escapes": `"\u00e9"`,
	} {
		n := (MaxSize - len(`["\n"]`)) / (len(item) + 1)
		if strings.ContainsAny(item, "[:") {
			n = min(n, MaxValues/2-1)
		}
		n = min(n, MaxValues-2)
		for _, last := range []string{`""`, `"\n"`} { // built, and converted
			doc := "[" + strings.Repeat(item+",", n) + last + "]"
			must(t, doc) // the parser grows once
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			must(t, doc)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
				t.Errorf("%s and %s: %d bytes allocated", name, last, got)
			}
		}
	}
}

// What Parse accepts, encoding/json accepts with the same value; it is printed
// as JSON that is read back to itself, in as many bytes as Size says.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.50,-0e1,"x\u00e9\ud83d\ude00\n"],"b":{"c":null,"d":true}}`,
		`"\ud800"`, `1e999`, `[01]`, `{"a":1,"a":2}`, `[[[[1]]]]`, "\"\xff\"", `{"":""}`, ` [ ] `, `nul`, `1797693134862315708e290`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.Clone(b)
		v, err := Parse(b)
		if !bytes.Equal(in, b) {
			t.Fatal("input was written to")
		}
		if err != nil {
			if len(err.Error()) > 120 {
				t.Fatalf("long error: %v", err)
			}
			if json.Valid(in) && !stricter(err.(*ParseError).Reason) {
				t.Fatalf("encoding/json accepts %q: %v", in, err)
			}
			return
		}
		text := v.AppendJSON(nil)
		if v.Size() != len(text) {
			t.Fatalf("Size() = %d of %s", v.Size(), text)
		}
		var want, got any
		if err := decode(in, &want); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", in, err)
		}
		if err := decode(text, &got); err != nil {
			t.Fatalf("encoding/json refuses the print %q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("read differently (-encoding/json +ours):\n%s", diff)
		}
		again, err := Parse(text)
		if err != nil && len(text) <= MaxSize {
			t.Fatalf("the print %q is refused: %v", text, err)
		}
		if err == nil && (!Equal(v, again) || again.String() != string(text)) {
			t.Fatalf("%s is read back as %v", text, again)
		}
	})
}

// stricter reports whether JSON may be refused for a reason.
func stricter(reason string) bool {
	for _, r := range []string{"larger", "nested", "more than", "invalid UTF-8", "lone surrogate", "number out of range", "duplicate key"} {
		if strings.HasPrefix(reason, r) {
			return true
		}
	}
	return false
}

// decode keeps the text of numbers, as Values do.
func decode(b []byte, into *any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}
