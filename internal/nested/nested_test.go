package nested

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/transport"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const (
	machineARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:"
	startTask  = "arn:aws:states:::states:startExecution"
	sdkTask    = "arn:aws:states:::aws-sdk:sfn:"
)

// workflows are those that tests start.
var workflows = map[string]string{
	"echo": `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`,
	"slow": `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 30, "End": true}}}`,
	"late": `{"StartAt": "A", "TimeoutSeconds": 2, "States": {"A": {"Type": "Wait", "Seconds": 30, "End": true}}}`,
	"fail": `{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Refused", "Cause": "by rule"}}}`,
	"bare": `{"StartAt": "A", "States": {"A": {"Type": "Fail"}}}`,
	"vast": `{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Refused", "CausePath": "$.why"}}}`,
	"self": call(startTask+".sync", `"StateMachineArn": "self"`, ""),
	"who": `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed", "Output":
		"{% {'name': $states.context.Execution.Name, 'start': $states.context.Execution.StartTime, 'redrive': $states.context.Execution.RedriveCount} %}"}}}`,
}

// call is a workflow of one task. More is what its state has besides.
func call(resource, arguments, more string) string {
	handler := ""
	if strings.Contains(more, "Caught") {
		handler = `, "Caught": {"Type": "Pass", "End": true}`
	}
	return `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "` + resource + `", "Parameters": {` + arguments + `}, "End": true` + more + `}` + handler + `}}`
}

// caught is a Catch of all errors.
const caught = `, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]`

// An event is what was published.
type event struct {
	Workflow, ID, Body string
	Hops               int
	Trace              string
}

// A world is an engine.
type world struct {
	testing.TB
	invoker   *Invoker
	published []event
	refuse    error // of Publish
	starts    []express.Start
	options   []func(*express.Options)
	parked    bool // executions have no goroutine while they wait
}

// both runs a test with parents that have a goroutine while they wait, and with
// ones that have none.
func both(t *testing.T, test func(t *testing.T, w *world)) {
	for _, parked := range []bool{false, true} {
		name := "run"
		if parked {
			name = "start"
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.parked = parked
				test(t, w)
			})
		})
	}
}

func newWorld(t testing.TB, options ...func(*express.Options)) *world {
	w := &world{TB: t, options: options}
	w.invoker = New(Options{
		Machine: func(name string) (*express.Machine, error) {
			if workflows[name] == "" {
				return nil, errors.New("there is no workflow " + name)
			}
			return w.machine(name, workflows[name]), nil
		},
		Publish: func(_ context.Context, workflow, id string, body []byte, hops int, trace string) error {
			w.published = append(w.published, event{workflow, id, string(body), hops, trace})
			return w.refuse
		},
	})
	return w
}

// machine is a workflow whose tasks the Invoker performs.
func (w *world) machine(name, definition string) *express.Machine {
	w.Helper()
	p, found := compiler.Compile(name, []byte(definition), nil)
	if p == nil {
		w.Fatalf("compile %s: %v", definition, found.Err())
	}
	o := express.Options{
		Identity: express.Identity{Name: name, ARN: machineARN + name},
		Recorder: w,
		Invokers: map[string]express.Invoker{compiler.KindStates: w.invoker, compiler.KindAWS: w.invoker},
	}
	for _, option := range w.options {
		option(&o)
	}
	m, err := express.New(p, o)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// Open notes what starts.
func (w *world) Open(_ context.Context, _ *express.Machine, s *express.Start) express.Log {
	w.starts = append(w.starts, *s)
	return nil
}

// run runs a parent.
func (w *world) run(definition string, s express.Start) express.Outcome {
	w.Helper()
	if s.Name == "" {
		s.Name = "parent-1"
	}
	return w.execute(w.Context(), w.machine("parent", definition), s)
}

func (w *world) execute(ctx context.Context, m *express.Machine, s express.Start) express.Outcome {
	if !w.parked {
		return m.Run(ctx, s)
	}
	ended := make(chan express.Outcome, 1)
	m.Start(ctx, s, func(o express.Outcome) { ended <- o })
	return <-ended
}

func arguments(more ...string) string {
	return strings.Join(append([]string{`"Name": "child-1"`}, more...), ", ")
}

// A start that is not waited for is an event, with all that the execution needs.
func TestPublish(t *testing.T) {
	for _, resource := range []string{startTask, sdkTask + "startExecution"} {
		w := newWorld(t)
		o := w.run(call(resource, arguments(`"StateMachineArn": "echo"`, `"Input": "{\"a\":  1}"`), ""), express.Start{Hops: 3, Trace: "Root=1-a"})
		if o.Status != express.Succeeded {
			t.Fatal(o.Err)
		}
		w.run(call(resource, `"StateMachineArn": "echo", "Input": [1], "TraceHeader": "Root=1-b"`, ""), express.Start{Name: "parent-2"})
		want := []event{
			{"echo", "child-1", `{"a":  1}`, 4, "Root=1-a"},
			{"echo", uuid(keyOf(t, "parent-2")), `[1]`, 1, "Root=1-b"},
		}
		if diff := cmp.Diff(want, w.published); diff != "" {
			t.Errorf("%s: published (-want +got):\n%s", resource, diff)
		}
		if len(w.starts) != 2 {
			t.Errorf("%s: %d executions ran here, want the parents alone", resource, len(w.starts))
		}
	}
}

func TestPublishFails(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.refuse = errors.New("no stream confirmed it")
		o := w.run(call(startTask, `"StateMachineArn": "echo"`, ""), express.Start{})
		if want := "States.TaskFailed: start workflow echo: no stream confirmed it"; o.Err == nil || o.Err.Error() != want {
			t.Errorf("got %v, want %s", o.Err, want)
		}
	})
}

// A workflow that starts itself ends, with an error that says so.
func TestRecursion(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		o := w.run(workflows["self"], express.Start{})
		if len(w.starts) != transport.MaxHops+1 {
			t.Errorf("%d executions ran, want %d", len(w.starts), transport.MaxHops+1)
		}
		if o.Err == nil || o.Err.Name != express.ErrTaskFailed || strings.Count(o.Err.Cause, ErrLoop) != 1 {
			t.Errorf("got %v, want %s at the bottom of it", o.Err, ErrLoop)
		}
	})
}

func TestHops(t *testing.T) {
	for _, resource := range []string{startTask, startTask + ".sync", sdkTask + "startSyncExecution"} {
		for hops, want := range map[int]string{transport.MaxHops - 1: "", transport.MaxHops: ErrLoop} {
			o := newWorld(t).run(call(resource, `"StateMachineArn": "echo"`, ""), express.Start{Hops: hops})
			got := ""
			if o.Err != nil {
				got = o.Err.Name
			}
			if got != want {
				t.Errorf("%s after %d executions: got %v, want %q", resource, hops, o.Err, want)
			}
		}
	}
}

// A child ends with the task, the execution or the process that waits for it.
func TestEndOfParent(t *testing.T) {
	arguments := `"StateMachineArn": "slow"`
	for _, tt := range []struct {
		name, definition string
		abort            time.Duration
		status           express.Status
		output           string
		after            time.Duration
	}{
		{
			name:       "timeout of the task",
			definition: call(startTask+".sync", arguments, `, "TimeoutSeconds": 3`+caught),
			output:     `{"Error":"States.Timeout","Cause":""}`,
			after:      3 * time.Second,
		},
		{
			name:       "timeout of the execution",
			definition: strings.Replace(call(startTask+".sync", arguments, caught), `{`, `{"TimeoutSeconds": 4, `, 1),
			status:     express.TimedOut,
			after:      4 * time.Second,
		},
		{
			name:       "end of the process",
			definition: call(sdkTask+"startSyncExecution", arguments, caught),
			abort:      5 * time.Second,
			status:     express.Aborted,
			after:      5 * time.Second,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world) {
				var log expresstest.Transcript
				w.options = append(w.options, log.Bind)
				began := time.Now()
				ctx, abort := context.WithCancel(t.Context())
				defer abort()
				if tt.abort > 0 {
					time.AfterFunc(tt.abort, abort)
				}
				o := w.execute(ctx, w.machine("parent", tt.definition), express.Start{Name: "parent-1"})
				synctest.Wait()
				if o.Status != tt.status || o.Output.String() != tt.output || time.Since(began) != tt.after {
					t.Errorf("got %s %s (%v) after %v, want %s %s after %v", o.Status, o.Output, o.Err, time.Since(began), tt.status, tt.output, tt.after)
				}
				if !strings.Contains(log.String(), "ExecutionAborted") {
					t.Errorf("the child was not aborted:\n%s", &log)
				}
			})
		})
	}
}

func TestPerforms(t *testing.T) {
	for f := range actions {
		if !Performs(&program.Task{Target: f.target, Pattern: f.pattern}) {
			t.Errorf("%v is not performed", f)
		}
	}
	for _, t2 := range []program.Task{
		{Target: "states:startExecution", Pattern: program.Token},
		{Target: "aws-sdk:sfn:listExecutions"},
	} {
		if Performs(&t2) {
			t.Errorf("%v is performed", t2)
		}
		if _, err := newWorld(t).invoker.Invoke(t.Context(), &express.Call{Task: &t2}); err == nil {
			t.Errorf("%v has no error", t2)
		}
	}
}

func BenchmarkCall(b *testing.B) {
	w := newWorld(b)
	echo := w.machine("echo", workflows["echo"])
	w.invoker.o.Machine = func(string) (*express.Machine, error) { return echo, nil }
	m := w.machine("parent", call(startTask+".sync:2", `"StateMachineArn": "echo", "Input": {"a": 1}`, ""))
	b.ReportAllocs()
	for b.Loop() {
		if o := m.Run(b.Context(), express.Start{Name: "parent-1"}); o.Status != express.Succeeded {
			b.Fatal(o.Err)
		}
		w.starts = w.starts[:0]
	}
}
