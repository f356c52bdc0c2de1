package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// greet is a case whose task is called in a Map, and then fails.
const greet = `{
	"id": "own/greet", "area": "own", "workflow_type": "EXPRESS", "query_language": ["JSONPath"], "express_ok": true,
	"definition": {"StartAt": "Each", "States": {
		"Each": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "Greet", "States": {
			"Greet": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "greet", "Payload.$": "$"}, "End": true}}}, "Next": "Last"},
		"Last": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:last", "End": true}}},
	"input": ["a", "b"],
	"mocks": {
		"Greet": [{"attempt": 0, "when": {"FunctionName": "greet", "Payload": "b"}, "Return": "hello b"},
			{"attempt": 0, "when": {"FunctionName": "greet", "Payload": "a"}, "Return": "hello a"}],
		"Last": [{"attempt": 0, "Throw": {"Error": "Tired", "Cause": {"b": [1, true], "a": "x"}}}]},
	"expected": {"status": "FAILED", "error": "Tired", "cause": "{\"a\": \"x\", \"b\": [1, true]}"},
	"expected_task_inputs": [
		{"state": "Greet", "parameters": {"FunctionName": "greet", "Payload": "a"}},
		{"state": "Greet", "parameters": {"FunctionName": "greet", "Payload": "b"}},
		{"state": "Last", "input": ["hello a", "hello b"]}],
	"expected_end_event": {"type": "ExecutionFailed", "error": "Tired", "cause": {"a": "x", "b": [1, true]}}
}`

// play runs the case greet, changed from one text to another by pairs of them.
func playGreet(t *testing.T, change ...string) Result {
	t.Helper()
	text := greet
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			t.Fatalf("there is no %s", change[i])
		}
		text = strings.ReplaceAll(text, change[i], change[i+1])
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "greet.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return Run(cases)[0]
}

func TestRun(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change []string
		level  int // that fails first, 0 if none
		want   string
	}{
		{"agrees", nil, 0, ""},
		{"status", []string{`"status": "FAILED"`, `"status": "SUCCEEDED", "output": 1`}, 1, "status: got FAILED (Tired: "},
		{"error", []string{`"error": "Tired"`, `"error": "Weary"`}, 1, `error: got "Tired", want "Weary"`},
		{"cause", []string{`"cause": "{\"a\"`, `"cause": "{\"c\"`}, 2, "cause: got"},
		{"output", []string{`"Throw": {"Error": "Tired", "Cause": {"b": [1, true], "a": "x"}}`, `"Return": 1.0`, `"status": "FAILED", "error": "Tired", "cause": "{\"a\": \"x\", \"b\": [1, true]}"`, `"status": "SUCCEEDED", "output": 2`}, 1, "output: got 1, want 2"},
		{"output text", []string{`"Throw": {"Error": "Tired", "Cause": {"b": [1, true], "a": "x"}}`, `"Return": 1.0`, `"status": "FAILED", "error": "Tired", "cause": "{\"a\": \"x\", \"b\": [1, true]}"`, `"status": "SUCCEEDED", "output": 1, "output_text": "1"`}, 1, "output: got the text 1.0, want 1"},
		{"task input", []string{`{"state": "Last", "input": ["hello a"`, `{"state": "Last", "input": ["hello c"`}, 2, "task Last was not called with"},
		{"order of task inputs", []string{`"parameters": {"FunctionName": "greet", "Payload": "a"}`, `"parameters": {"FunctionName": "greet", "Payload": "b"}`}, 2, "task Greet was not called with"},
		{"one call more", []string{`,
		{"state": "Last", "input": ["hello a", "hello b"]}`, ``}, 2, "task Last was called with"},
		{"last event", []string{`"type": "ExecutionFailed"`, `"type": "ExecutionTimedOut"`}, 2, "at the end: event 1: got ExecutionFailed"},
		{"no answer left", []string{`"Last": [{"attempt": 0, "Throw": {"Error": "Tired", "Cause": {"b": [1, true], "a": "x"}}}]`, `"Last": []`}, 1, ""},
		{"does not compile", []string{`"Next": "Last"`, `"Next": "Lost"`}, 1, "compile: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := playGreet(t, tt.change...)
			first := 0
			for level := range r.Diff {
				if !r.Passed(level + 1) {
					first = level + 1
					break
				}
			}
			if first != tt.level || first > 0 && !strings.HasPrefix(r.Diff[first-1], tt.want) {
				t.Errorf("fails at level %d: %q\nwant level %d: %s", first, r.Diff, tt.level, tt.want)
			}
		})
	}
}

func TestUnusable(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{`"express_ok": true`, `"express_ok": false`, "not for Express"},
		{`"status": "FAILED"`, `"status": "RUNNING"`, "the recording stops before the end"},
		{`"mocks": {`, `"mocks_missing": true, "mocks": {`, "the answers of its tasks were not recorded"},
	} {
		if r := playGreet(t, tt.from, tt.to); r.Skip != tt.want {
			t.Errorf("skipped because of %q, want %q", r.Skip, tt.want)
		}
	}
}

// Cases are read from all folders, or from those in the one called cases, in order
// of their ids; what is no case is an error that names it.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ids := func() (ids []string) {
		t.Helper()
		cases, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			ids = append(ids, c.ID)
		}
		return ids
	}
	write("x/1.json", `{"id": "b", "definition": {}}`)
	write("y/2.json", `{"id": "a", "definition": "{}"}`)
	write("y/read.me", `no case`)
	if diff := cmp.Diff([]string{"a", "b"}, ids()); diff != "" {
		t.Error(diff)
	}
	write("cases/z/3.json", `{"id": "c", "definition": {}}`)
	if diff := cmp.Diff([]string{"c"}, ids()); diff != "" {
		t.Error(diff)
	}
	for name, text := range map[string]string{"cases/none.json": `{"id": "d"}`, "cases/broken.json": `{`} {
		write(name, text)
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), filepath.Base(name)) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there has no cases")
	}
}
