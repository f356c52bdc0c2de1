package expresstest_test

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
)

func TestFile(t *testing.T) { expresstest.File(t, "testdata/greet.test.yaml") }

func TestMocked(t *testing.T) {
	definition, err := os.ReadFile("testdata/greet.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	m := expresstest.Mocked(t, string(definition), map[string][]mock.Rule{
		"Greet": {mock.Throw("Busy", "later").Times(2), mock.Return(value.String("hello"))},
	})
	o := expresstest.Run(t, m, `{}`)
	if o.Status != express.Succeeded || o.Stop.Sub(o.Start) != 3*time.Minute {
		t.Errorf("%s after %s", o.Status, o.Stop.Sub(o.Start))
	}
}

// What fails is said by the test that failed: these run in a process of their own,
// which does fail.
func TestFailures(t *testing.T) {
	const self = "EXPRESSTEST_FAILS"
	fails := []struct {
		name string
		test func(t *testing.T)
		want string
	}{
		{"case", func(t *testing.T) { expresstest.File(t, writeFile(t, "cases: [{name: wrong, workflow: x}]")) }, `there is no key workflow here`},
		{"output", func(t *testing.T) {
			expresstest.File(t, writeFile(t, "workflow: "+os.Getenv(self)+"/testdata/greet.asl.json\ncases: [{name: wrong, mocks: {Greet: {return: 1}}, expect: {output: 2}}]"))
		}, `(?s)a\.test\.yaml:2\n.*output: expected 2 but got 1\n.*ExecutionSucceeded output=1`},
		{"unmocked", func(t *testing.T) {
			expresstest.Run(t, expresstest.Mocked(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:a", "End": true}}}`, nil), `{}`)
		}, `no mock answers the task func:a of state "A", called with \{\}`},
	}
	if os.Getenv(self) != "" {
		for _, tt := range fails {
			t.Run(tt.name, tt.test)
		}
		return
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range fails {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFailures$/^"+tt.name+"$")
		cmd.Env = append(os.Environ(), self+"="+dir)
		out, err := cmd.CombinedOutput()
		if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 1 {
			t.Errorf("%s: the test did not fail: %v", tt.name, err)
		}
		if !regexp.MustCompile(tt.want).Match(out) {
			t.Errorf("%s: it does not say %s:\n%s", tt.name, tt.want, out)
		}
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := t.TempDir() + "/a.test.yaml"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
