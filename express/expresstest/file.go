package expresstest

import (
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/internal/suite"
)

// File runs the cases of a test file, as "express test" does, each as a subtest of
// t: docs/testing.md says what can stand in it. A snapshot that is missing fails its
// case; "express test --update" records it.
func File(t *testing.T, path string) {
	t.Helper()
	r := suite.Run(t.Context(), path, suite.Options{})
	if r.Problem != suite.None {
		r.Reports.Write(writer{t})
		t.Fatal(r.Reports.Error())
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		t.Run(c.Name, func(t *testing.T) {
			if c.Failed() {
				t.Errorf("%s:%d\n%s%s", path, c.Line, c.Text(), c.Events)
			}
		})
	}
}

// A writer writes to the log of a test.
type writer struct{ testing.TB }

func (w writer) Write(p []byte) (int, error) {
	w.Log(string(p))
	return len(p), nil
}

// Mocked is Machine on a virtual clock, with tasks that answer by rules. At the end
// of the test it reports the calls that no rule answered.
func Mocked(t testing.TB, definition string, rules map[string][]mock.Rule, options ...func(*express.Options)) *express.Machine {
	t.Helper()
	tasks := &mock.Tasks{Rules: rules}
	t.Cleanup(func() {
		if err := tasks.Err(); err != nil {
			t.Error(err)
		}
	})
	return Machine(t, definition, tasks.Invoke, append([]func(*express.Options){Virtual, tasks.Bind}, options...)...)
}
