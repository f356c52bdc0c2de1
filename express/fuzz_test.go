package express_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// FuzzRun runs what compiles: whatever the definition and the input, the engine
// does not panic, and an output can be read again. Tasks fail first, then echo.
func FuzzRun(f *testing.F) {
	files, err := filepath.Glob("testdata/events/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(part(a, "definition"), orElse(part(a, "input"), "{}"))
	}
	for _, b := range bombs {
		if len(b.definition)+len(b.input) < 2000 {
			f.Add(b.definition, b.input)
		}
	}
	busy := func(_ context.Context, c *express.Call) (value.Value, error) {
		if c.Retry == 0 {
			return value.Value{}, &express.Error{Name: "Busy"}
		}
		return c.Input, nil
	}
	small := limits(express.Limits{Steps: 500, Items: 100, Work: 1_000_000})
	f.Fuzz(func(t *testing.T, definition, input string) {
		if p, _ := compiler.Compile("", []byte(definition), nil); p == nil {
			return
		}
		if _, err := value.ParseString(input); err != nil {
			return
		}
		o := expresstest.Run(t, expresstest.Machine(t, definition, busy, expresstest.Virtual, small), input)
		if o.Err == nil {
			if _, err := value.ParseString(o.Output.String()); err != nil {
				t.Errorf("the output cannot be read again: %v", err)
			}
			return
		}
		if p, ok := errors.AsType[*express.PanicError](o.Err); ok {
			t.Errorf("%v\n%s", p, p.Stack)
		}
	})
}
