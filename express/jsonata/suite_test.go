package jsonata_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

var update = flag.Bool("update", false, "rewrite golden files")

// A suiteCase is one case of the suite of the language.
type suiteCase struct {
	Group     string                     `json:"group"`
	Case      string                     `json:"case"`
	Expr      string                     `json:"expr"`
	Data      json.RawMessage            `json:"data"`
	Dataset   string                     `json:"dataset"`
	Bindings  map[string]json.RawMessage `json:"bindings"`
	Result    json.RawMessage            `json:"result"`
	Undefined bool                       `json:"undefined"`
	Code      string                     `json:"code"`
	Token     string                     `json:"token"`
	Unordered bool                       `json:"unordered"`
	TimeLimit int                        `json:"timelimit"` // milliseconds
	Depth     int                        `json:"depth"`
}

func (c *suiteCase) id() string { return c.Group + "/" + c.Case }

// suiteDir is the folder of the conformance data, which is not part of the
// repository.
func suiteDir(t testing.TB) string {
	dir := os.Getenv("EXPRESS_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	} else if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir)
	}
	dir = filepath.Join(dir, "jsonata")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no conformance data: set EXPRESS_CONFORMANCE to its folder (%v)", err)
	}
	return dir
}

func readSuite(t testing.TB, dir string) []suiteCase {
	files, err := filepath.Glob(filepath.Join(dir, "groups", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no groups in %s (%v)", dir, err)
	}
	var all []suiteCase
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(b))
		lines.Buffer(nil, 1<<22)
		for lines.Scan() {
			var c suiteCase
			// half a surrogate pair is no Go string: say it by an escape
			line := bytes.ReplaceAll(lines.Bytes(), []byte(`\ud800'`), []byte(`\\ud800'`))
			if err := json.Unmarshal(line, &c); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all = append(all, c)
		}
	}
	return all
}

// suiteMisses reads the list of the cases that are known to fail.
func suiteMisses(t testing.TB) map[string]bool {
	b, err := os.ReadFile(filepath.Join("testdata", "suite_misses.txt"))
	if err != nil {
		t.Fatal(err)
	}
	misses := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if id, reason, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && !strings.HasPrefix(line, "#") {
			if reason == "" {
				t.Errorf("suite_misses.txt: %s has no reason", id)
			}
			misses[id] = true
		}
	}
	return misses
}

// TestSuite runs the suite of the language. The list of misses may only shrink:
// a case on it that passes fails the test.
func TestSuite(t *testing.T) {
	dir := suiteDir(t)
	misses := suiteMisses(t)
	datasets := map[string]value.Value{}
	passed := 0
	cases := readSuite(t, dir)
	for _, c := range cases {
		why := runSuiteCase(t, dir, datasets, &c)
		switch {
		case why == "" && misses[c.id()]:
			t.Errorf("%s passes: take it off testdata/suite_misses.txt", c.id())
		case why == "":
			passed++
		case !misses[c.id()]:
			t.Errorf("%s: %s\n%s", c.id(), c.Expr, why)
		}
	}
	t.Logf("%d of %d cases pass (%.2f %%)", passed, len(cases), 100*float64(passed)/float64(len(cases)))
	if float64(passed) < 0.995*float64(len(cases)) {
		t.Errorf("fewer than 99.5 %% of the cases pass")
	}
}

// runSuiteCase says why c fails, "" if it passes.
func runSuiteCase(t *testing.T, dir string, datasets map[string]value.Value, c *suiteCase) string {
	env := &jsonata.Env{Budget: jsonata.DefaultBudget()}
	env.Budget.Sequence = 10_000_000
	env.Budget.Bytes = 1 << 30
	if c.Depth > 0 {
		// the suite counts evaluations of nodes, of which a call has three
		env.Budget.Depth = c.Depth / 3
	}
	if c.TimeLimit > 0 {
		env.Budget.Time = time.Duration(c.TimeLimit) * time.Millisecond
	}
	if c.Dataset != "" {
		if _, ok := datasets[c.Dataset]; !ok {
			b, err := os.ReadFile(filepath.Join(dir, "datasets", c.Dataset+".json"))
			if err != nil {
				t.Fatal(err)
			}
			datasets[c.Dataset] = parseValue(t, b)
		}
		env.Input = datasets[c.Dataset]
	} else if len(c.Data) > 0 {
		env.Input = parseValue(t, c.Data)
	}
	o := &jsonata.Options{EvalFunction: true}
	for name, v := range c.Bindings {
		o.Vars = append(o.Vars, name)
		env.Vars = append(env.Vars, parseValue(t, v))
	}
	var got value.Value
	e, err := jsonata.Compile(c.Expr, o)
	if err == nil {
		got, err = e.Run(env)
	}
	var failed *jsonata.Error
	switch {
	case c.Code != "":
		if !errors.As(err, &failed) {
			return "got " + got.String() + ", want error " + c.Code
		}
		if failed.Code != c.Code || c.Token != "" && failed.Token != c.Token {
			return "got error " + err.Error() + " at " + failed.Token + ", want " + c.Code + " at " + c.Token
		}
		return ""
	case err != nil:
		return "got error " + err.Error() + ", want " + string(c.Result)
	case c.Undefined:
		if !got.IsNothing() {
			return "got " + got.String() + ", want undefined"
		}
		return ""
	}
	want := parseValue(t, c.Result)
	if !sameResult(got, want, c.Unordered) {
		return "got " + got.String() + ", want " + want.String()
	}
	return ""
}

func parseValue(t *testing.T, b []byte) value.Value {
	v, err := value.Parse(b)
	if err != nil {
		t.Fatalf("parse %.60s: %v", b, err)
	}
	return v
}

func sameResult(got, want value.Value, unordered bool) bool {
	if unordered && got.Kind() == value.KindArray && want.Kind() == value.KindArray {
		key := func(v value.Value) []string {
			var s []string
			for _, e := range v.Elements() {
				s = append(s, e.String())
			}
			slices.Sort(s)
			return s
		}
		return slices.Equal(key(got), key(want))
	}
	return value.Equal(got, want)
}
