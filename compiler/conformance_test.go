package compiler

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// conformance is the folder of the recorded cases.
func conformance(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("EXPRESS_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded cases: %v; set EXPRESS_CONFORMANCE", err)
	}
	return dir
}

// eachJSON decodes every file that matches pattern and hands it to f.
func eachJSON[T any](t *testing.T, dir, pattern string, f func(id string, c T)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c T
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		id, _ := filepath.Rel(dir, file)
		f(strings.TrimSuffix(filepath.ToSlash(id), ".json"), c)
	}
}

// A definition is JSON, or its text where that is no JSON.
type definition json.RawMessage

func (d *definition) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		b = []byte(text)
	}
	*d = slices.Clone(b)
	return nil
}

// static are the blockers that can be seen in a definition, and whether Express
// here has the thing nevertheless.
var static = map[string]bool{
	".sync": true, ".waitForTaskToken": true,
	"activity": false, "Distributed Map": false, "ItemReader": false, "ItemBatcher": false, "ResultWriter": false,
}

// wants says whether a definition with these blockers compiles, by default and
// strictly.
func wants(blockers []string) (lax, strict bool) {
	lax, strict = true, true
	for _, b := range blockers {
		if ours, ok := static[b]; ok {
			lax, strict = lax && ours, false
		}
	}
	return lax, strict
}

func checkBlockers(t *testing.T, id string, src []byte, blockers []string, o Options) {
	t.Helper()
	lax, strict := wants(blockers)
	for _, want := range []struct {
		strict, ok bool
	}{{false, lax}, {true, strict}} {
		o.Strict = want.strict
		_, d := Compile(id, src, &o)
		if err := d.Err(); (err == nil) != want.ok {
			t.Errorf("%s with blockers %q, strict %t: compiles %t\n%v", id, blockers, want.strict, err == nil, err)
		} else if err != nil && !strings.Contains(err.Error(), "Express state machine does not support") {
			t.Errorf("%s with blockers %q: refused for another reason\n%v", id, blockers, err)
		}
	}
}

// What AWS ran compiles; what Express Workflows lack is refused strictly.
func TestRecordedDefinitions(t *testing.T) {
	n := 0
	type kase struct {
		Blockers   []string `json:"express_blockers"`
		Definition definition
	}
	eachJSON(t, conformance(t), "cases/*/*.json", func(id string, c kase) {
		n++
		checkBlockers(t, id, c.Definition, c.Blockers, Options{})
	})
	t.Logf("%d definitions", n)
}

// What AWS refused is refused in the same words, and the other way round.
func TestRecordedRefusals(t *testing.T) {
	type response struct {
		Result      string
		Diagnostics []struct{ Code, Location, Message, Severity string }
		Error       struct{ Code, Message string }
	}
	type kase struct {
		Steps []struct {
			Op      string
			Request struct {
				Definition *definition
				Type       string
			}
			Recorded []struct{ Response response }
		}
	}
	n := 0
	check := func(id string, c kase) {
		for _, s := range c.Steps {
			if s.Request.Definition == nil || len(s.Recorded) == 0 {
				continue
			}
			r := s.Recorded[0].Response
			var want []string
			switch s.Op {
			case "ValidateStateMachineDefinition":
				for _, d := range r.Diagnostics {
					want = append(want, fmt.Sprintf("%s: %s at %s", d.Code, d.Message, d.Location))
				}
			case "CreateStateMachine", "UpdateStateMachine":
				if r.Error.Code == "InvalidDefinition" {
					message, _ := strings.CutPrefix(r.Error.Message, "Invalid State Machine Definition: '")
					want = append(want, strings.TrimSuffix(message, "'"))
				}
			default:
				continue
			}
			n++
			_, d := Compile(id, *s.Request.Definition, &Options{Strict: s.Request.Type == "EXPRESS"})
			var got []string
			for i := range d {
				if d[i].Severity == Error {
					got = append(got, fmt.Sprintf("%s: %s at %s", d[i].Code, d[i].AWSMessage(), d[i].Path))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-recorded +ours):\n%s", id, diff)
			}
		}
	}
	dir := conformance(t)
	for _, area := range []string{"create_errors", "validate", "api", "api_aliasing", "api_versioning", "api_variable_references"} {
		eachJSON(t, dir, "api/"+area+"/*.json", check)
	}
	t.Logf("%d definitions", n)
}

// What people have published compiles, once its placeholders are filled.
func TestPublishedDefinitions(t *testing.T) {
	dir := filepath.Join(conformance(t), "realworld")
	f, err := os.Open(filepath.Join(dir, "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c struct {
			File     string
			Blockers []string `json:"express_blockers"`
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		src, err := os.ReadFile(filepath.Join(dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		n++
		checkBlockers(t, c.File, src, c.Blockers, Options{Set: fill(src)})
	}
	t.Logf("%d definitions", n)
}

// fill gives each placeholder in src a value that fits its place.
func fill(src []byte) map[string]string {
	set := make(map[string]string)
	for _, m := range placeholders.FindAllSubmatch(src, -1) {
		name := string(m[1])
		switch p := regexp.QuoteMeta(string(m[0])); {
		case regexp.MustCompile(`"Resource": *"` + p).Match(src):
			set[name] = "arn:aws:lambda:us-east-1:123456789012:function:filled"
		case regexp.MustCompile(`arn:` + p).Match(src):
			set[name] = "aws"
		case regexp.MustCompile(`(Seconds|Attempts|Concurrency|Rate)": *"?` + p).Match(src), regexp.MustCompile(`": *` + p).Match(src):
			set[name] = "1"
		default:
			set[name] = "filled"
		}
	}
	return set
}

// What two independent validators say of definitions is what we say, but for
// the disagreements that lint.txt lists with their reasons.
func TestLintVerdicts(t *testing.T) {
	dir := conformance(t)
	known := disagreements(t)
	n, agree, overruled := 0, 0, 0
	type kase struct {
		Verdict    string
		Definition definition
	}
	check := func(id string, c kase) {
		disagrees := known[id]
		if disagrees != nil {
			disagrees.met = true
		}
		n++
		_, d := Compile(id, c.Definition, nil)
		got := "valid"
		if d.Err() != nil {
			got = "invalid"
		}
		switch {
		case got == c.Verdict && disagrees != nil:
			t.Errorf("%s agrees, and is listed: %s", id, disagrees.reason)
		case got == c.Verdict:
			agree++
		case disagrees == nil:
			t.Errorf("%s is %s here\n%v", id, got, d)
		default:
			t.Logf("%s is %s here: %s", id, got, disagrees.reason)
			if disagrees.overruled {
				overruled++
			}
		}
	}
	eachJSON(t, dir, "lint/A/*.json", check)
	eachJSON(t, dir, "lint/B/*.json", check)
	for id, k := range known {
		if !k.met {
			t.Errorf("%s is listed, and not there", id)
		}
	}
	t.Logf("%d of %d verdicts agree; %d more are overruled", agree, n, overruled)
	if judged := n - overruled; agree*100 < 97*judged {
		t.Errorf("%d of %d opinions are shared, want 97 %%", agree, judged)
	}
}

// A disagreement is a line of lint.txt.
type disagreement struct {
	reason    string
	overruled bool // by a recording, or by what Express Workflows lack
	met       bool
}

func disagreements(t *testing.T) map[string]*disagreement {
	b, err := os.ReadFile(filepath.Join("testdata", "lint.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]*disagreement)
	for line := range strings.Lines(string(b)) {
		line, overruled := strings.CutPrefix(strings.TrimSpace(line), "*")
		if id, reason, ok := strings.Cut(strings.TrimSpace(line), " "); ok && id != "#" {
			known[id] = &disagreement{reason: strings.TrimSpace(reason), overruled: overruled}
		}
	}
	return known
}
