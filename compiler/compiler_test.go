package compiler

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/program"
)

// task is a definition whose one state calls resource.
func task(resource string) []byte {
	return []byte(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "` + resource + `", "End": true}}}`)
}

func TestResource(t *testing.T) {
	for _, tt := range []program.Task{
		{Resource: "arn:aws:lambda:eu-west-1:123456789012:function:price", Kind: "lambda", Target: "price"},
		{Resource: "arn:aws-cn:lambda:cn-north-1:123456789012:function:price:$LATEST", Kind: "lambda", Target: "price:$LATEST"},
		{Resource: "arn:aws:lambda:::function:price:live-2", Kind: "lambda", Target: "price:live-2"},
		{Resource: "arn:aws:states:::lambda:invoke", Kind: "lambda", Target: "lambda:invoke", Service: "lambda", Action: "invoke"},
		{Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", Kind: "lambda", Target: "lambda:invoke", Service: "lambda", Action: "invoke.waitForTaskToken", Pattern: program.Token},
		{Resource: "arn:aws:states:::http:invoke", Kind: "http", Target: "http:invoke", Service: "http", Action: "invoke"},
		{Resource: "arn:aws:states:::states:startExecution", Kind: "states", Target: "states:startExecution", Service: "states", Action: "startExecution"},
		{Resource: "arn:aws:states:::states:startExecution.sync", Kind: "states", Target: "states:startExecution", Service: "states", Action: "startExecution.sync", Pattern: program.Sync},
		{Resource: "arn:aws:states:::states:startExecution.sync:2", Kind: "states", Target: "states:startExecution", Service: "states", Action: "startExecution.sync:2", Pattern: program.Sync2},
		{Resource: "arn:aws:states:::dynamodb:getItem", Kind: "aws", Target: "dynamodb:getItem", Service: "dynamodb", Action: "getItem"},
		{Resource: "arn:aws:states:::glue:startJobRun.sync", Kind: "aws", Target: "glue:startJobRun", Service: "glue", Action: "startJobRun.sync", Pattern: program.Sync},
		{Resource: "arn:aws:states:::aws-sdk:dynamodb:query", Kind: "aws", Target: "aws-sdk:dynamodb:query", Service: "aws-sdk:dynamodb", Action: "query"},
		{Resource: "arn:aws:states:::aws-sdk:sfn:startSyncExecution", Kind: "states", Target: "aws-sdk:sfn:startSyncExecution", Service: "aws-sdk:sfn", Action: "startSyncExecution"},
		{Resource: "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess", Kind: "callback", Target: "aws-sdk:sfn:sendTaskSuccess", Service: "aws-sdk:sfn", Action: "sendTaskSuccess"},
		{Resource: "arn:aws:states:eu-west-1:123456789012:aws-sdk:s3:getObject", Kind: "aws", Target: "aws-sdk:s3:getObject", Service: "aws-sdk:s3", Action: "getObject"},
		{Resource: "arn:aws:swf:eu-west-1:123456789012:task:review", Kind: "aws", Target: "swf:task:review", Service: "swf", Action: "task:review"},
		{Resource: "nats:request:orders.validate", Kind: "nats:request", Target: "orders.validate", Service: "nats", Action: "request"},
		{Resource: "nats:request:orders.approve.waitForTaskToken", Kind: "nats:request", Target: "orders.approve", Service: "nats", Action: "request.waitForTaskToken", Pattern: program.Token},
		{Resource: "nats:publish:orders.done", Kind: "nats:publish", Target: "orders.done", Service: "nats", Action: "publish"},
		{Resource: "nats:jetstream:orders.done", Kind: "nats:jetstream", Target: "orders.done", Service: "nats", Action: "jetstream"},
		{Resource: "nats:publish:alerts.{room}.{device.kind}", Kind: "nats:publish", Target: "alerts.{room}.{device.kind}", Service: "nats", Action: "publish"},
		{Resource: "nats:kv:get:rooms", Kind: "nats:kv:get", Target: "rooms", Service: "nats", Action: "kv:get"},
		{Resource: "nats:object:put:images", Kind: "nats:object:put", Target: "images", Service: "nats", Action: "object:put"},
		{Resource: "func:price", Kind: "func", Target: "price", Service: "func", Action: "price"},
		{Resource: "grpc:prices/Get", Kind: "grpc", Target: "prices/Get", Service: "grpc", Action: "prices/Get"},
	} {
		p, d := Compile("", task(tt.Resource), nil)
		if len(d) > 0 {
			t.Errorf("%s: %v", tt.Resource, d)
			continue
		}
		if diff := cmp.Diff(tt, p.Tasks[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.Resource, diff)
		}
	}
}

// Data never chooses whose subject a message goes to.
func TestSubjects(t *testing.T) {
	for subject, ok := range map[string]bool{
		"orders.{id}": true, "orders.{a.b}.x": true, "express.start.orders": true, "a": true,
		"{id}.orders": false, "$JS.API.INFO": false, "_INBOX.x": false, "_R_.x": false, "express.start.{name}": false,
		"a..b": false, ".a": false, "a.": false, "a.*": false, "a.>": false, "a.{": false, "a.{b": false, "a.b}": false, "a.x{b}": false, "a.{}": false, "a\u0001": false,
	} {
		if p, _ := Compile("", task("nats:publish:"+subject), nil); (p != nil) != ok {
			t.Errorf("%s is accepted: %t, want %t", subject, p != nil, ok)
		}
	}
	for bucket, ok := range map[string]bool{"rooms-1_a": true, "rooms.x": false, "{room}": false} {
		if p, _ := Compile("", task("nats:kv:get:"+bucket), nil); (p != nil) != ok {
			t.Errorf("bucket %s is accepted: %t, want %t", bucket, p != nil, ok)
		}
	}
}

func TestResolve(t *testing.T) {
	o := &Options{Resolve: func(resource string) (program.Task, error) {
		switch {
		case strings.HasSuffix(resource, ":price"):
			return program.Task{Kind: "nats", Target: "prices.get"}, nil
		case strings.HasSuffix(resource, ":review"):
			return program.Task{Kind: "func", Target: "review"}, nil
		case resource == "${Function}":
			return program.Task{Kind: "func", Target: "filled"}, nil
		case strings.HasSuffix(resource, ":broken"):
			return program.Task{}, errors.New("no such subject")
		}
		return program.Task{}, nil
	}}
	for resource, want := range map[string]program.Task{
		"arn:aws:lambda:eu-west-1:123456789012:function:price":  {Resource: "arn:aws:lambda:eu-west-1:123456789012:function:price", Kind: "nats", Target: "prices.get"},
		"arn:aws:states:eu-west-1:123456789012:activity:review": {Resource: "arn:aws:states:eu-west-1:123456789012:activity:review", Kind: "func", Target: "review", Service: "func", Action: "review"},
		"${Function}": {Resource: "${Function}", Kind: "func", Target: "filled", Service: "func", Action: "filled"},
		"func:other":  {Resource: "func:other", Kind: "func", Target: "other", Service: "func", Action: "other"},
	} {
		p, d := Compile("", task(resource), o)
		if d.Err() != nil {
			t.Errorf("%s: %v", resource, d)
		} else if diff := cmp.Diff(want, p.Tasks[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", resource, diff)
		}
	}
	_, d := Compile("", task("func:broken"), o)
	if len(d) != 1 || d[0].Message != "no such subject" || d[0].Path != "/States/A/Resource" {
		t.Errorf("an error of Resolve: %+v", d)
	}
	strict := *o
	strict.Strict = true
	if _, d := Compile("", task("arn:aws:states:eu-west-1:123456789012:activity:review"), &strict); d.Err() == nil {
		t.Error("strictly, an activity that is bound compiles")
	}
}

func TestProgram(t *testing.T) {
	p, d := Compile("orders", []byte(`{
		"Comment": "what it does",
		"TimeoutSeconds": 30,
		"StartAt": "A",
		"States": {
			"A": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "B"},
			"B": {"Type": "Parallel", "Branches": [{"StartAt": "C", "States": {"C": {"Type": "Pass", "Assign": {"z": 1}, "End": true}}}], "End": true}
		}
	}`), nil)
	if len(d) > 0 {
		t.Fatal(d)
	}
	if p.Name != "orders" || p.Comment != "what it does" || p.Timeout.Seconds() != 30 {
		t.Errorf("name %q, comment %q, timeout %s", p.Name, p.Comment, p.Timeout)
	}
	if diff := cmp.Diff([]program.Scope{{Names: []string{"x", "y"}}, {Names: []string{"z"}}}, p.Scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(program.Fork{Entries: []program.PC{7}, Scopes: []program.ID{1}}, p.Forks[0]); diff != "" {
		t.Errorf("fork (-want +got):\n%s", diff)
	}
	if got, want := p.Pos[0], (program.Pos{Line: 6, Col: 4}); got != want {
		t.Errorf("A is at %v, want %v", got, want)
	}
}

func TestDiagnosticJSON(t *testing.T) {
	_, d := Compile("", []byte(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Endd"}, "Ende": {"Type": "Fail", "Cause": "$.x"}}}`), nil)
	got, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want := `[
  {
    "code": "MISSING_TRANSITION_TARGET",
    "severity": "ERROR",
    "line": 1,
    "column": 59,
    "path": "/States/A/Next",
    "message": "Missing 'Next' target: Endd",
    "suggestion": "Ende"
  },
  {
    "code": "NO_PATH",
    "severity": "WARNING",
    "line": 1,
    "column": 102,
    "path": "/States/Ende/Cause",
    "message": "The value looks like a path, but 'Cause' is not 'CausePath'"
  }
]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWarningsCompile(t *testing.T) {
	p, d := Compile("", []byte(`{"StartAt": "A", "States": {"A": {"Type": "Fail", "Cause": "$.x"}}}`), nil)
	if p == nil || len(d) != 1 || d.Err() != nil {
		t.Errorf("program %v, findings %v, error %v", p != nil, d, d.Err())
	}
}

func TestYAMLByContent(t *testing.T) {
	src := "StartAt: A\nStates: {A: {Type: Succeed}}\n"
	for name, ok := range map[string]bool{"a.yaml": true, "a.yml": true, "a": true, "": true, "a.json": false} {
		if _, d := Compile(name, []byte(src), nil); (d.Err() == nil) != ok {
			t.Errorf("%q: %v", name, d)
		}
	}
	bom := "\uFEFF" + `{"StartAt": "A", "States": {"A": {"Type": "Succeed", "End": 1}}}`
	if _, d := Compile("", []byte(bom), nil); len(d) != 1 || d[0].Pos != (program.Pos{Line: 1, Col: 54}) {
		t.Errorf("behind a byte order mark: %v", d)
	}
}

func TestNotUTF8(t *testing.T) {
	_, d := Compile("", []byte("{\"Comment\": \"\ufffd\xff\"}"), nil)
	if len(d) != 1 || d[0].Code != InvalidJSON || d[0].Pos != (program.Pos{Line: 1, Col: 15}) {
		t.Errorf("got %v", d)
	}
}

// The table of fields is one: no field has two rows for one owner, and what is
// required or alternative is a field of its owner.
func TestFields(t *testing.T) {
	for name, named := range rows.byName {
		seen := owner(0)
		for _, f := range named {
			if f.in&seen != 0 || f.in == 0 || f.lang == 0 || f.check == nil {
				t.Errorf("row %+v of %s", f, name)
			}
			seen |= f.in
		}
	}
	check := func(in owner, names []string) {
		for o := owner(1); o != 0; o <<= 1 {
			for _, name := range names {
				if in&o != 0 && fieldOf(o, name) == nil {
					t.Errorf("owner %b has no field %s", o, name)
				}
			}
		}
	}
	for _, r := range required {
		if r.lang == both { // Condition is a field of rules in JSONata only
			check(r.in, r.names)
		}
	}
	for _, a := range alternatives {
		check(a.in, a.names)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"Next", "InputPath", "Retry", "Reject order"}
	for name, want := range map[string]string{
		"Nxt": "Next", "next": "Next", "Enxt": "Next", "InputPaths": "InputPath", "Reject Ordr": "Reject order",
		"x": "", "Output": "", "Completely different": "",
	} {
		if got := Nearest(name, slices.Values(names)); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

// FuzzCompile shows that no text makes the compiler panic, that what compiles
// verifies and prints, and that findings stand in the text.
func FuzzCompile(f *testing.F) {
	for _, dir := range []string{"lower", "diag"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txt"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			for _, src := range definitions(f, file) {
				f.Add(string(src))
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, name := range []string{"f.json", "f.yaml"} {
			p, d := Compile(name, []byte(src), &Options{Set: map[string]string{"Seconds": "5"}})
			if (p == nil) != (d.Err() != nil) {
				t.Fatalf("program %v with %v", p != nil, d)
			}
			if p != nil {
				_ = p.String()
			}
			if err := d.Write(new(strings.Builder), name, []byte(src)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	for _, file := range []string{"order.txt", "map.txt", "retry.txt"} {
		src := definitions(b, filepath.Join("testdata", "lower", file))[0]
		b.Run(strings.TrimSuffix(file, ".txt"), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				Compile("bench.json", src, nil)
			}
		})
	}
	b.Run("large", func(b *testing.B) {
		var s strings.Builder
		s.WriteString(`{"StartAt": "s0", "States": {`)
		for i := range 2000 {
			s.WriteString(chained(i, i == 1999))
		}
		s.WriteString(`}}`)
		src := []byte(s.String())
		b.ReportAllocs()
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			if p, d := Compile("bench.json", src, nil); p == nil {
				b.Fatal(d)
			}
		}
	})
}

// chained is the text of a state that assigns, and goes on to the next.
func chained(i int, last bool) string {
	next := fmt.Sprintf(`"Next": "s%d"},`, i+1)
	if last {
		next = `"End": true}`
	}
	return fmt.Sprintf(`"s%d": {"Type": "Pass", "Parameters": {"a.$": "$.a", "b": [1, 2, {"c.$": "$$.Execution.Id"}]}, "Assign": {"v%[1]d.$": "$.a"}, %s`, i, next)
}
