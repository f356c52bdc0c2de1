package jsonata_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

// A sample is a line of testdata/cases.txt: an expression and, for the document
// testdata/input.json, its value, "undefined", or "!" and the code of its error.
type sample struct{ theme, expr, want string }

func samples(t testing.TB) (input value.Value, all []sample) {
	b, err := os.ReadFile(filepath.Join("testdata", "input.json"))
	if err != nil {
		t.Fatal(err)
	}
	if input, err = value.Parse(b); err != nil {
		t.Fatal(err)
	}
	if b, err = os.ReadFile(filepath.Join("testdata", "cases.txt")); err != nil {
		t.Fatal(err)
	}
	theme := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# "); ok {
			theme = name
			continue
		}
		if line == "" {
			continue
		}
		expr, want, ok := strings.Cut(line, "  =>  ")
		if !ok {
			t.Fatalf("no value in %q", line)
		}
		all = append(all, sample{theme, expr, want})
	}
	return input, all
}

func TestCases(t *testing.T) {
	input, all := samples(t)
	for _, s := range all {
		got := outcome(s.expr, input)
		if got == s.want {
			continue
		}
		want, err := value.Parse([]byte(s.want))
		if have, err2 := value.Parse([]byte(got)); err != nil || err2 != nil || !value.Equal(want, have) {
			t.Errorf("%s: %s\ngot  %s\nwant %s", s.theme, s.expr, got, s.want)
		}
	}
}

// outcome is the value of an expression as cases.txt writes it.
func outcome(expr string, input value.Value) string {
	e, err := jsonata.Compile(expr, nil)
	if err != nil {
		return errorCode(err)
	}
	v, err := e.Eval(input)
	switch {
	case err != nil:
		return errorCode(err)
	case v.IsNothing():
		return "undefined"
	}
	return v.String()
}

func errorCode(err error) string {
	var e *jsonata.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return "!" + e.Code
}
