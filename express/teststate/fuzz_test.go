package teststate_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/teststate"
)

// Whatever is asked, the answer is an *Error or a response that has JSON, and
// nothing panics.
func FuzzRun(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "run", "*.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		var r teststate.Request
		if json.Unmarshal(request, &r) != nil {
			return
		}
		out, err := teststate.Run(t.Context(), r)
		if err != nil {
			if _, ok := errors.AsType[*teststate.Error](err); !ok {
				t.Fatal(err)
			}
			return
		}
		if out.Err != nil {
			if p, ok := errors.AsType[*express.PanicError](out.Err); ok {
				t.Fatalf("%v\n%s", p, p.Stack)
			}
		}
		if _, err := json.Marshal(out); err != nil {
			t.Fatal(err)
		}
	})
}
