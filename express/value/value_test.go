package value

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// must is the Value of a text that Parse accepts.
func must(t testing.TB, s string) Value {
	t.Helper()
	v, err := ParseString(s)
	if err != nil {
		t.Fatalf("Parse(%s): %v", s, err)
	}
	return v
}

func TestKinds(t *testing.T) {
	tests := []struct {
		v    Value
		kind Kind
		name string
		json string
	}{
		{Value{}, KindNothing, "nothing", ""},
		{Null, KindNull, "null", "null"},
		{True, KindBool, "boolean", "true"},
		{Bool(false), KindBool, "boolean", "false"},
		{Number(1.5), KindNumber, "number", "1.5"},
		{Int(-7), KindNumber, "number", "-7"},
		{NumberText("1.50"), KindNumber, "number", "1.50"},
		{String("a\nb"), KindString, "string", `"a\nb"`},
		{String(""), KindString, "string", `""`},
		{Array(), KindArray, "array", "[]"},
		{Array(Null, Int(1)), KindArray, "array", "[null,1]"},
		{Object(), KindObject, "object", "{}"},
		{Object(Member{"b", Null}, Member{"a", Array()}), KindObject, "object", `{"b":null,"a":[]}`},
	}
	for _, tt := range tests {
		if tt.v.Kind() != tt.kind || tt.v.Kind().String() != tt.name {
			t.Errorf("%s: kind %v (%d), want %s", tt.json, tt.v.Kind(), tt.v.Kind(), tt.name)
		}
		if got := tt.v.String(); got != tt.json {
			t.Errorf("String() = %s, want %s", got, tt.json)
		}
		if tt.v.Size() != len(tt.json) {
			t.Errorf("%s: Size() = %d, want %d", tt.json, tt.v.Size(), len(tt.json))
		}
		if tt.v.IsNothing() != (tt.kind == KindNothing) {
			t.Errorf("%s: IsNothing() = %v", tt.json, tt.v.IsNothing())
		}
	}
}

// Accessors answer for every kind, with zero values where they do not apply.
func TestAccessors(t *testing.T) {
	obj, arr := must(t, `{"a":1,"b":[true],"z":null}`), must(t, `["x",2]`)
	if v, ok := obj.Get("b"); !ok || v.String() != "[true]" {
		t.Errorf("Get(b) = %v, %v", v, ok)
	}
	if v, ok := obj.Get("c"); ok || !v.IsNothing() {
		t.Errorf("Get(c) = %v, %v", v, ok)
	}
	if v, ok := arr.Get("a"); ok || !v.IsNothing() {
		t.Errorf("Get of an array = %v, %v", v, ok)
	}
	if m := obj.Member(1); m.Key != "b" || m.Val.Len() != 1 {
		t.Errorf("Member(1) = %v", m)
	}
	if got := arr.Index(1); got.Float() != 2 {
		t.Errorf("Index(1) = %v", got)
	}
	if obj.Len() != 3 || arr.Len() != 2 || String("abc").Len() != 0 {
		t.Errorf("Len = %d, %d, %d", obj.Len(), arr.Len(), String("abc").Len())
	}
	if !True.Bool() || False.Bool() || Int(1).Bool() || Null.Bool() {
		t.Error("Bool is true for something but true")
	}
	if s := String("é😀"); s.RuneLen() != 2 || s.Text() != "é😀" || Int(12).RuneLen() != 0 {
		t.Errorf("RuneLen = %d, Text = %s", s.RuneLen(), s.Text())
	}
	if got := Number(0.5).Text() + NumberText("1e2").Text() + True.Text() + arr.Text(); got != "0.51e2" {
		t.Errorf("Text = %s", got)
	}
	if String("1").Float() != 0 {
		t.Error("Float of a string")
	}
	var keys, elems string
	for k := range obj.Members() {
		keys += k
		if k == "b" {
			break
		}
	}
	for _, e := range arr.Elements() {
		elems += e.String()
		break
	}
	for range obj.Elements() {
		t.Error("an object has elements")
	}
	for range arr.Members() {
		t.Error("an array has members")
	}
	if keys != "ab" || elems != `"x"` {
		t.Errorf("members %s, elements %s", keys, elems)
	}
}

func TestInt(t *testing.T) {
	tests := []struct {
		v    Value
		want int64
		ok   bool
	}{
		{NumberText("0"), 0, true},
		{NumberText("-0"), 0, true},
		{NumberText("9223372036854775807"), math.MaxInt64, true},
		{NumberText("-9223372036854775808"), math.MinInt64, true},
		{NumberText("9223372036854775808"), 0, false},
		{NumberText("2.0"), 2, true},
		{NumberText("1e3"), 1000, true},
		{NumberText("2.5"), 0, false},
		{NumberText("1e300"), 0, false},
		{Number(1 << 53), 1 << 53, true},
		{Number(1 << 54), 0, false},
		{Number(-3), -3, true},
		{Number(0.1), 0, false},
		{Int(math.MaxInt64), math.MaxInt64, true},
		{String("1"), 0, false},
	}
	for _, tt := range tests {
		if got, ok := tt.v.Int(); ok != tt.ok || ok && got != tt.want {
			t.Errorf("Int(%v) = %d, %v, want %d, %v", tt.v, got, ok, tt.want, tt.ok)
		}
	}
}

// A key that occurs twice keeps its first place and its last value.
func TestObjectLastWins(t *testing.T) {
	few := Object(Member{"a", Int(1)}, Member{"b", Int(2)}, Member{"a", Int(3)})
	if got := few.String(); got != `{"a":3,"b":2}` {
		t.Errorf("got %s", got)
	}
	var m []Member
	for i := range 3 * fewKeys {
		m = append(m, Member{string(rune('a' + i%20)), Int(int64(i))})
	}
	many := Object(m...)
	if a, _ := many.Get("a"); many.Len() != 20 || a.String() != "40" || many.Member(0).Key != "a" {
		t.Errorf("got %v", many)
	}
}

func TestPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"NaN":              func() { Number(math.NaN()) },
		"infinity":         func() { Number(math.Inf(1)) },
		"Index of object":  func() { Object().Index(0) },
		"Index past end":   func() { Array().Index(0) },
		"Member of array":  func() { Array(Null).Member(0) },
		"With of array":    func() { Array().With("a", Null) },
		"WithIndex of {}":  func() { Object().WithIndex(0, Null) },
		"WithIndex beyond": func() { Array(Null).WithIndex(1, Null) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// values generates Values of all kinds, of texts that need escaping too.
func values() *rapid.Generator[Value] {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\"\\\n\x01é😀/")), 0, 4, -1)
	scalar := rapid.OneOf(
		rapid.Just(Null),
		rapid.Map(rapid.Bool(), Bool),
		rapid.Map(rapid.Float64Range(-1e30, 1e30), Number),
		rapid.Map(rapid.Int64(), Int),
		rapid.Map(rapid.SampledFrom([]string{"1.0", "-0", "1E+2", "123456789012345678901234567890"}), NumberText),
		rapid.Map(text, String),
	)
	level := scalar
	for range 3 {
		below := level
		member := rapid.Custom(func(t *rapid.T) Member { return Member{text.Draw(t, "key"), below.Draw(t, "value")} })
		level = rapid.OneOf(
			scalar,
			rapid.Map(rapid.SliceOfN(below, 0, 4), func(e []Value) Value { return Array(e...) }),
			rapid.Map(rapid.SliceOfN(member, 0, 20), func(m []Member) Value { return Object(m...) }),
		)
	}
	return level
}

// With and WithIndex change one place, know the size and leave the original
// alone; what they print is read back to an equal Value.
func TestWith(t *testing.T) {
	gen := values()
	rapid.Check(t, func(t *rapid.T) {
		v, x := gen.Draw(t, "v"), gen.Draw(t, "x")
		before := v.String()
		var got Value
		switch v.Kind() {
		case KindObject:
			key := rapid.SampledFrom([]string{"", "a", "b", "ab", "\"", "new"}).Draw(t, "key")
			_, had := v.Get(key)
			got = v.With(key, x)
			if e, ok := got.Get(key); !ok || !Equal(e, x) {
				t.Fatalf("%v.With(%q, %v) = %v", v, key, x, got)
			}
			if want := v.Len() + 1; !had && got.Len() != want || had && got.Len() != v.Len() {
				t.Fatalf("%v.With(%q, %v) has %d members", v, key, x, got.Len())
			}
		case KindArray:
			if v.Len() == 0 {
				return
			}
			i := rapid.IntRange(0, v.Len()-1).Draw(t, "i")
			got = v.WithIndex(i, x)
			if got.Len() != v.Len() || !Equal(got.Index(i), x) {
				t.Fatalf("%v.WithIndex(%d, %v) = %v", v, i, x, got)
			}
		default:
			return
		}
		if v.String() != before {
			t.Fatalf("changed from %s to %s", before, v)
		}
		text := got.String()
		if got.Size() != len(text) {
			t.Fatalf("Size() = %d of %s", got.Size(), text)
		}
		back, err := ParseString(text)
		if err != nil || !Equal(back, got) || back.String() != text {
			t.Fatalf("%s is read as %v, %v", text, back, err)
		}
	})
}

// Reading a shared Value is no data race: run with -race.
func TestShared(t *testing.T) {
	v := must(t, `{"a":{"b":[1.50,"x\n",12345678901234567890]},"k\u00e9y":null}`)
	want := v.String()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a, _ := v.Get("a")
			b, _ := a.Get("b")
			changed := v.With("a", b.WithIndex(0, Number(b.Index(0).Float())))
			if got := changed.String(); got != `{"a":[1.5,"x\n",12345678901234567890],"kéy":null}` {
				t.Errorf("changed to %s", got)
			}
			if got := v.String(); got != want || !Equal(v, v) {
				t.Errorf("shared value is %s", got)
			}
		})
	}
	wg.Wait()
}

// What runs for every path and every state of an execution does not allocate.
func TestAllocs(t *testing.T) {
	v := must(t, `{"id":"e-1","n":12.5,"list":[1,2,3],"text":"a \"b\""}`)
	list, _ := v.Get("list")
	n, _ := v.Get("n")
	buf := make([]byte, 0, 256)
	tests := []struct {
		name string
		want float64
		f    func()
	}{
		{"Get", 0, func() { v.Get("text") }},
		{"Index", 0, func() { list.Index(2) }},
		{"Elements", 0, func() {
			for range list.Elements() {
			}
		}},
		{"Float", 0, func() { n.Float() }},
		{"Int", 0, func() { n.Int() }},
		{"Size", 0, func() { v.Size() }},
		{"Equal", 0, func() { Equal(v, v) }},
		{"CompareNumbers", 0, func() { CompareNumbers(n, list.Index(0)) }},
		{"AppendJSON", 0, func() { v.AppendJSON(buf) }},
		{"With", 1, func() { v.With("id", n) }},
		{"WithIndex", 1, func() { list.WithIndex(1, n) }},
		{"String", 1, func() { _ = v.String() }},
	}
	for _, tt := range tests {
		if got := testing.AllocsPerRun(100, tt.f); got != tt.want {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}

// Short decimals are read without strconv, to the same bit.
func TestFloatOfDecimals(t *testing.T) {
	same := func(t rapid.TB, text string) {
		t.Helper()
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := NumberText(text).Float(); math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: got %b, want %b", text, got, want)
		}
	}
	for _, text := range []string{
		"0", "-0", "0.0", "-0.0", "0.1", "-0.1", "21.75", "0.00000000000000001", "-1.0", "1e2", "1.5E-7",
		"9007199254740992", "9007199254740993", "900719925474099.2", "900719925474099.3", "9.007199254740993", "-9007199254740993",
		"99999999999999.999", "123456789012345678", "0.1234567890123456", "0.12345678901234567", "1234567890123456789.5",
	} {
		same(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		n, places := rapid.Int64().Draw(t, "n"), rapid.IntRange(0, 20).Draw(t, "places")
		digits := rapid.IntRange(1, 19).Draw(t, "digits")
		for range 19 - digits {
			n /= 10
		}
		sign, text := "", strconv.FormatInt(n, 10)
		if n < 0 {
			sign, text = "-", text[1:]
		}
		if places > 0 {
			text = strings.Repeat("0", max(places+1-len(text), 0)) + text
			text = text[:len(text)-places] + "." + text[len(text)-places:]
		}
		same(t, sign+text)
	})
}
