package jsonata_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

func seeds(f *testing.F, add func(expr string)) {
	_, all := samples(f)
	for _, s := range all {
		add(s.expr)
	}
	for _, b := range bombs {
		add(b.expr)
	}
}

// FuzzCompile checks that nothing makes the compiler panic, that an error lies
// within the source, and that what compiles has a listing.
func FuzzCompile(f *testing.F) {
	seeds(f, func(expr string) { f.Add(expr) })
	o := &jsonata.Options{Vars: []string{"states.input", "v"}, EvalFunction: true}
	f.Fuzz(func(t *testing.T, expr string) {
		e, err := jsonata.Compile(expr, o)
		if err != nil {
			failed := err.(*jsonata.Error)
			if failed.Offset < 0 || failed.Offset > len(expr) {
				t.Errorf("offset %d of an error in %d bytes: %v", failed.Offset, len(expr), err)
			}
			return
		}
		if e.Listing() == "" || e.String() != expr {
			t.Errorf("no listing, or another source: %q", e.String())
		}
		for _, r := range e.Refs() {
			if r.Offset < 0 || r.Offset > len(expr) || r.Slot >= len(o.Vars) {
				t.Errorf("bad reference %+v", r)
			}
		}
	})
}

// FuzzEval checks that under a small budget everything ends, without a panic,
// and that a value is proper JSON.
func FuzzEval(f *testing.F) {
	doc, _ := samples(f)
	seeds(f, func(expr string) { f.Add(expr, doc.String()) })
	o := &jsonata.Options{Vars: []string{"states.input", "v"}, EvalFunction: true}
	f.Fuzz(func(t *testing.T, expr, input string) {
		e, err := jsonata.Compile(expr, o)
		if err != nil {
			return
		}
		doc, _ := value.Parse([]byte(input)) // nothing if it is no JSON
		v, err := e.Run(&jsonata.Env{
			Input:  doc,
			Vars:   []value.Value{doc, doc},
			Budget: &jsonata.Budget{Steps: 100_000, Bytes: 1 << 20, Depth: 50, Sequence: 1000},
		})
		if err != nil {
			if _, ok := err.(*jsonata.Error); !ok {
				t.Fatalf("error of another type: %v", err)
			}
			return
		}
		if v.IsNothing() {
			return
		}
		if text := v.String(); !json.Valid([]byte(text)) || !utf8.ValidString(text) {
			t.Errorf("value is no JSON: %q", text)
		}
	})
}

// FuzzRegexp checks that the translation of regular expressions makes nothing
// that Go refuses in another way than by an error, and that a search is safe.
func FuzzRegexp(f *testing.F) {
	for _, s := range []string{`a+`, `(a|b)*c`, `[^\]]`, `\u0041`, `[\s\d]`, `(?<n>x)`, `[]`, `[^]`, `\cA`, `.`, `^a$`, `\bx`} {
		f.Add(s, "some text\nabc")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(text) {
			return
		}
		e, err := jsonata.Compile("$match($t, /"+pattern+"/)", &jsonata.Options{Vars: []string{"t"}})
		if err != nil {
			return
		}
		v, err := e.Run(&jsonata.Env{Vars: []value.Value{value.String(text)}, Budget: &jsonata.Budget{Steps: 1 << 20, Bytes: 1 << 20}})
		if err == nil && !utf8.ValidString(v.String()) {
			t.Errorf("value is no UTF-8: %q", v)
		}
	})
}

// FuzzPictures checks that no picture makes a formatter or a parser panic.
func FuzzPictures(f *testing.F) {
	for _, s := range []string{"#,##0.00", "0e0", "Ww;o", "[Y0001]-[M01]", "[H]:[m] [P]", "[Z01:01t]", "I", "'0", "[FNn,3-3]", "[Yw]", "[[x]]"} {
		f.Add(s, 1521801216617.5, "twenty 2018")
	}
	var exprs []*jsonata.Expr
	for _, src := range []string{
		`$formatNumber($n, $p)`, `$formatInteger($n, $p)`, `$parseInteger($t, $p)`, `$fromMillis($n, $p, $t)`, `$toMillis($t, $p)`,
		`$toMillis($fromMillis($n, $p), $p)`, `$parseInteger($formatInteger($n, $p), $p)`,
	} {
		e, err := jsonata.Compile(src, &jsonata.Options{Vars: []string{"p", "n", "t"}})
		if err != nil {
			f.Fatal(err)
		}
		exprs = append(exprs, e)
	}
	f.Fuzz(func(t *testing.T, picture string, n float64, text string) {
		if !utf8.ValidString(picture) || !utf8.ValidString(text) || n != n || n-n != 0 {
			return
		}
		vars := []value.Value{value.String(picture), value.Number(n), value.String(text)}
		for _, e := range exprs {
			v, err := e.Run(&jsonata.Env{Vars: vars, Budget: &jsonata.Budget{Steps: 1 << 20, Bytes: 1 << 20}})
			if err == nil && !utf8.ValidString(v.String()) {
				t.Errorf("%s: value is no UTF-8: %q", e, v)
			}
		}
	})
}
