package msgpack

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/seed66d9166c/express/express/value"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ b, want string }{
		{"\xc0", `null`},
		{"\xc2", `false`},
		{"\xc3", `true`},
		{"\x00", `0`},
		{"\x7f", `127`},
		{"\xff", `-1`},
		{"\xe0", `-32`},
		{"\xcc\xff", `255`},
		{"\xcd\xff\xff", `65535`},
		{"\xce\xff\xff\xff\xff", `4294967295`},
		{"\xcf\x00\x20\x00\x00\x00\x00\x00\x01", `9007199254740993`},
		{"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", `18446744073709551615`},
		{"\xd0\x80", `-128`},
		{"\xd1\x80\x00", `-32768`},
		{"\xd2\x80\x00\x00\x00", `-2147483648`},
		{"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", `-9223372036854775808`},
		{"\xca\x3d\xcc\xcc\xcd", `0.10000000149011612`},
		{"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", `0.1`},
		{"\xa0", `""`},
		{"\xa2\xc3\xa4", `"ä"`},
		{"\xd9\x01a", `"a"`},
		{"\xda\x00\x01a", `"a"`},
		{"\xdb\x00\x00\x00\x01a", `"a"`},
		{"\xc4\x02\x00\xff", `"AP8="`},
		{"\xc5\x00\x01\x00", `"AA=="`},
		{"\xc6\x00\x00\x00\x00", `""`},
		{"\x90", `[]`},
		{"\x92\x01\x91\xc0", `[1,[null]]`},
		{"\xdc\x00\x01\x01", `[1]`},
		{"\xdd\x00\x00\x00\x01\x01", `[1]`},
		{"\x80", `{}`},
		{"\x82\xa1b\x80\xa1a\x91\x81\xa1c\x03", `{"b":{},"a":[{"c":3}]}`},
		{"\xde\x00\x01\xa1a\x01", `{"a":1}`},
		{"\xdf\x00\x00\x00\x01\xd9\x01a\x01", `{"a":1}`},
		{"\xd6\xff\x00\x00\x00\x00", `"1970-01-01T00:00:00Z"`},
		{"\xd7\xff\x77\x35\x93\xfc\x00\x00\x00\x00", `"1970-01-01T00:00:00.499999999Z"`},
		{"\xc7\x0c\xff\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff", `"1969-12-31T23:59:59.000000001Z"`},
		{"\xc8\x00\x04\xff\xff\xff\xff\xff", `"2106-02-07T06:28:15Z"`},
		{stamp(lastSecond, 999_999_999), `"9999-12-31T23:59:59.999999999Z"`},
		{stamp(firstSecond, 0), `"0000-01-01T00:00:00Z"`},
	} {
		if v, err := Parse([]byte(tt.b)); err != nil || v.String() != tt.want {
			t.Errorf("%x is %v (%v), want %s", tt.b, v, err, tt.want)
		}
	}
}

// stamp is a timestamp of twelve bytes.
func stamp(sec int64, nsec uint32) string {
	b := binary.BigEndian.AppendUint32([]byte{0xc7, 12, 0xff}, nsec)
	return string(binary.BigEndian.AppendUint64(b, uint64(sec)))
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ b, want string }{
		{"", "unexpected end of input at offset 0"},
		{"\xc1", "the byte 0xc1, which begins no value at offset 0"},
		{"\x01\x02", "data after the value at offset 1"},
		{"\x90\xc0", "data after the value at offset 1"},
		{"\xcd\x01", "unexpected end of input at offset 1"},
		{"\x92\x01", "unexpected end of input at offset 1"},
		{"\x81\xa1a", "unexpected end of input at offset 3"},
		{"\x81\xa1", "unexpected end of input at offset 1"},
		{"\xa2a", "unexpected end of input at offset 1"},
		{"\xc4\x01", "unexpected end of input at offset 2"},
		{"\xd4", "unexpected end of input at offset 1"},
		{"\xd6\xff\x00\x00\x00", "unexpected end of input at offset 1"},
		{"\xa1\xff", "invalid UTF-8 at offset 1"},
		{"\xa3\xed\xa0\x80", "invalid UTF-8 at offset 1"}, // a surrogate
		{"\x81\xa1\xff\x01", "invalid UTF-8 at offset 2"},
		{"\x81\x01\x01", "a key that is no string at offset 1"},
		{"\x81\xc4\x01a\x01", "a key that is no string at offset 1"},
		{"\x81\x90\x01", "a key that is no string at offset 1"},
		{"\x82\xa1a\x01\xa1a\x02", "a map that has a key twice ends at offset 7"},
		{"\x92\x82\xa1a\x01\xd9\x01a\x02\x03", "a map that has a key twice ends at offset 9"},
		{"\xca\x7f\xc0\x00\x00", "a number that is not finite at offset 5"},
		{"\xca\xff\x80\x00\x00", "a number that is not finite at offset 5"},
		{"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "a number that is not finite at offset 9"},
		{"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", "a number that is not finite at offset 9"},
		{"\xd4\x01\x00", "an extension that is no timestamp at offset 1"},
		{"\xd4\xff\x00", "an extension that is no timestamp at offset 1"},
		{"\xc7\x00\xff", "an extension that is no timestamp at offset 2"},
		{stamp(0, 1e9), "an extension that is no timestamp at offset 2"},
		{stamp(lastSecond+1, 0), "an extension that is no timestamp at offset 2"},
		{stamp(firstSecond-1, 0), "an extension that is no timestamp at offset 2"},
		{stamp(math.MinInt64, 0), "an extension that is no timestamp at offset 2"},
	} {
		if v, err := Parse([]byte(tt.b)); err == nil || err.Error() != tt.want {
			t.Errorf("%x is %v (%v), want the error %s", tt.b, v, err, tt.want)
		}
	}
}

func TestParseLimits(t *testing.T) {
	text := func(n int) string {
		return "\xdb" + string(binary.BigEndian.AppendUint32(nil, uint32(n-5))) + strings.Repeat("x", n-5)
	}
	nested := func(n int) string { return strings.Repeat("\x91", n-1) + "\x90" }
	maps := func(n int) string { return strings.Repeat("\x81\xa1k", n-1) + "\x80" }
	nils := func(n int) string {
		return "\xdd" + string(binary.BigEndian.AppendUint32(nil, uint32(n))) + strings.Repeat("\xc0", n)
	}
	for _, tt := range []struct{ name, b, want string }{
		{"size", text(value.MaxSize), ""},
		{"size", text(value.MaxSize + 1), "larger than 262144 bytes at offset 262144"},
		{"depth", nested(value.MaxDepth), ""},
		{"depth", nested(value.MaxDepth + 1), "nested deeper than 64 at offset 64"},
		{"depth", maps(value.MaxDepth), ""},
		{"depth", maps(value.MaxDepth + 1), "nested deeper than 64 at offset 192"},
		{"values", nils(value.MaxValues - 1), ""},
		{"values", nils(value.MaxValues), "more than 65536 values at offset 65540"},
	} {
		v, err := Parse([]byte(tt.b))
		if got := fmt.Sprint(err); err == nil && tt.want != "" || err != nil && got != tt.want {
			t.Errorf("%s: %d bytes are %.50v (%v), want the error %q", tt.name, len(tt.b), v, err, tt.want)
		}
	}
}

// bombs declare, or nest, far more than they hold.
var bombs = map[string]string{
	"array of 50 million":     "\xdd\x02\xfa\xf0\x80",
	"array of all there can":  "\xdd\xff\xff\xff\xff",
	"map of 50 million":       "\xdf\x02\xfa\xf0\x80",
	"map of all there can":    "\xdf\xff\xff\xff\xff",
	"string of 4 GB":          "\xdb\xff\xff\xff\xff",
	"binary of 4 GB":          "\xc6\xff\xff\xff\xff",
	"extension of 4 GB":       "\xc9\xff\xff\xff\xff\xff",
	"nested arrays of 65,535": strings.Repeat("\xdc\xff\xff", 300),
	"nested counts that fit":  strings.Repeat("\xdd\x00\x00\x10\x00", 60) + strings.Repeat("\xc0", 0x1000),
	"a million brackets":      strings.Repeat("\x91", 1_000_000),
	"two million brackets":    strings.Repeat("\x91", 2_000_000),
	"250,000 brackets":        strings.Repeat("\x91", 250_000),
	"250,000 maps in maps":    strings.Repeat("\x81\xa0", 125_000),
}

func TestBombs(t *testing.T) {
	const runs = 10
	for name, text := range bombs {
		b := []byte(text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			if _, err := Parse(b); err == nil {
				t.Errorf("%s is accepted", name)
			}
		}
		runtime.ReadMemStats(&after)
		got, most := (after.TotalAlloc-before.TotalAlloc)/runs, uint64(max(4*len(b), 512)) // the error is some 100 bytes
		if got > most {
			t.Errorf("%s: refusing %d bytes allocates %d, want %d at most", name, len(b), got, most)
		}
	}
}

func TestParseOwnsItsMemory(t *testing.T) {
	b := []byte("\x81\xa3key\xa5value")
	v, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	if got := v.String(); got != `{"key":"value"}` {
		t.Errorf("after the bytes changed the value is %s", got)
	}
}

// What the common library writes is read as encoding/json would have written it.
func TestAgreesWithTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := document(t, 4)
		b, err := msgpack.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, b)
	})
}

// document draws what MessagePack and JSON both have.
func document(t *rapid.T, depth int) any {
	kinds := 7
	if depth > 0 {
		kinds = 9
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Int64().Draw(t, "int64")
	case 3:
		return rapid.Uint64().Draw(t, "uint64")
	case 4:
		return rapid.Float64().Draw(t, "float64")
	case 5:
		return rapid.String().Draw(t, "string")
	case 6:
		return rapid.SliceOf(rapid.Byte()).Draw(t, "binary")
	case 7:
		all := make([]any, rapid.IntRange(0, 20).Draw(t, "length"))
		for i := range all {
			all[i] = document(t, depth-1)
		}
		return all
	}
	all := make(map[string]any)
	for range rapid.IntRange(0, 20).Draw(t, "length") {
		all[rapid.String().Draw(t, "key")] = document(t, depth-1)
	}
	return all
}

// agree compares Parse with the library for a document that is valid, and small
// enough for the library.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte) {
	t.Helper()
	v, err := Parse(b)
	if err != nil {
		t.Fatalf("%x is refused: %v", b, err)
	}
	var theirs any
	if err := msgpack.Unmarshal(b, &theirs); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	text, err := json.Marshal(widened(theirs))
	if err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	if got, want := decode(v.AppendJSON(nil)), decode(text); !reflect.DeepEqual(got, want) {
		t.Fatalf("%x is %v, the library has %v", b, got, want)
	}
}

// widened is v with each float32 as the number that it is, of which encoding/json
// writes no more digits than tell it from other float32s.
func widened(v any) any {
	switch v := v.(type) {
	case float32:
		return float64(v)
	case []any:
		for i := range v {
			v[i] = widened(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = widened(v[k])
		}
	}
	return v
}

// decode reads JSON with exact whole numbers, and other numbers as float64.
func decode(b []byte) any {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return plain(v)
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && (f != math.Trunc(f) || math.Abs(f) < 1<<53 || strings.ContainsAny(v.String(), ".eE")) {
			return f
		}
		return v.String()
	case string: // the library has a time with its zone, and as many places as it needs
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.UnixNano()
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

// FuzzParse looks for documents that panic, that become something other than
// JSON within the limits, or that the library reads differently.
func FuzzParse(f *testing.F) {
	for _, b := range bombs {
		f.Add([]byte(b[:min(len(b), 4096)]))
	}
	f.Add([]byte("\x82\xa1b\x80\xa1a\x91\x81\xa1c\x03"))
	f.Add([]byte("\xd7\xff\x77\x35\x93\xfc\x00\x00\x00\x00"))
	f.Add([]byte("\x95\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a\xc4\x02\x00\xff\xd1\x80\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xca\x3d\xcc\xcc\xcd"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Parse(b)
		if err != nil {
			return
		}
		if v.Depth() > value.MaxDepth || v.Values() > value.MaxValues {
			t.Fatalf("%x is %d deep and has %d values", b, v.Depth(), v.Values())
		}
		if text := v.AppendJSON(nil); len(text) <= value.MaxSize {
			if again, err := value.Parse(text); err != nil || !value.Equal(v, again) {
				t.Fatalf("%x is %s, which reads as %v (%v)", b, text, again, err)
			}
		}
		agree(t, b)
	})
}

func BenchmarkParse(b *testing.B) {
	doc, err := msgpack.Marshal(map[string]any{
		"device": "a1", "at": time.Unix(1_700_000_000, 0), "temperature": 21.5, "humidity": 40,
		"position": map[string]any{"lat": 52.52, "lon": 13.405}, "tags": []string{"office", "floor-2", "window"},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(doc); err != nil {
			b.Fatal(err)
		}
	}
}
