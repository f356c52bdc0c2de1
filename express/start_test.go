package express_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// A starter is a Starter that calls a function in a goroutine of its own.
type starter express.InvokerFunc

func (s starter) Invoke(ctx context.Context, c *express.Call) (value.Value, error) { return s(ctx, c) }

func (s starter) Start(ctx context.Context, c *express.Call, done func(value.Value, error)) func() {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		done(s(ctx, c))
	}()
	return cancel
}

// bind is an option of Machine: s performs all tasks.
func (s starter) bind(o *express.Options) {
	o.Invokers = make(map[string]express.Invoker)
	for _, kind := range []string{"func", "aws", "lambda", "nats:request"} {
		o.Invokers[kind] = s
	}
}

// start is Run by way of Start.
func start(ctx context.Context, m *express.Machine, s express.Start) express.Outcome {
	ended := make(chan express.Outcome, 1)
	m.Start(ctx, s, func(o express.Outcome) { ended <- o })
	return <-ended
}

// What Start does with the machines of TestEvents is what Run does, but for the
// order of what happens at a time.
func TestEventsOfStart(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(expresstest.Epoch))
				if diff := cmp.Diff(unordered(part(a, "want")), unordered(started(t, a))); diff != "" {
					t.Errorf("events and outcome (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// started is the transcript of an archive by way of Start.
func started(t *testing.T, a *txtar.Archive) string {
	answers, err := mock.ParseRecording([]byte(orElse(part(a, "answers"), "{}")))
	if err != nil {
		t.Fatal(err)
	}
	var log expresstest.Transcript
	m := expresstest.Machine(t, part(a, "definition"), nil, starter(answers.Invoke).bind, log.Bind, func(o *express.Options) {
		o.Rand = rand.New(rand.NewPCG(1, 2))
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if at := strings.TrimSpace(part(a, "cancel")); at != "" {
		d, err := time.ParseDuration(at)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(d, cancel)
	}
	o := start(ctx, m, express.Start{Name: "run", ARN: "arn:run", Input: parse(t, orElse(part(a, "input"), "{}"))})
	return log.String() + lastLine(o)
}

// unordered are the lines of a transcript without ids and times, sorted.
func unordered(transcript string) []string {
	var all []string
	for line := range strings.Lines(transcript) {
		if strings.HasPrefix(line, "+") {
			continue
		}
		if first, rest, _ := strings.Cut(line, " "); strings.Contains(first, "<-") {
			line = rest
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// A thread that waits has no goroutine, whatever it waits for.
func TestStartKeepsNoGoroutine(t *testing.T) {
	retry := `"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60}]`
	branch := `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:hang", "End": true}}}`
	for name, state := range map[string]string{
		"wait":     `{"Type": "Wait", "Seconds": 60, "End": true}`,
		"task":     `{"Type": "Task", "Resource": "func:hang", "End": true}`,
		"bounded":  `{"Type": "Task", "Resource": "func:hang", "TimeoutSeconds": 60, "HeartbeatSeconds": 30, "End": true}`,
		"pause":    `{"Type": "Task", "Resource": "func:fail", "End": true, ` + retry + `}`,
		"branch":   `{"Type": "Parallel", "Branches": [` + branch + `], "End": true}`,
		"branches": `{"Type": "Parallel", "Branches": [` + branch + `, ` + strings.ReplaceAll(branch, `"A"`, `"B"`) + `], "End": true}`,
		"map":      `{"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": ` + branch + `, "End": true}`,
		"serial":   `{"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": ` + branch + `, "End": true}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := expresstest.Machine(t, `{"StartAt": "Top", "States": {"Top": `+state+`}}`, nil, func(o *express.Options) {
					o.Invokers = map[string]express.Invoker{"func": &script{}}
				})
				ctx, abort := context.WithCancel(t.Context())
				before := runtime.NumGoroutine()
				const n = 100
				ended := make(chan express.Outcome, n)
				for range n {
					m.Start(ctx, express.Start{Input: parse(t, `{"items": [1, 2, 3]}`)}, func(o express.Outcome) { ended <- o })
				}
				synctest.Wait()
				if now := runtime.NumGoroutine(); now > before+n/10 { // some are about to exit
					t.Errorf("%d goroutines, %d before", now, before)
				}
				abort()
				for range n {
					wantOutcome(t, <-ended, "ABORTED")
				}
			})
		})
	}
}

// A script is a Starter whose answers are up to the test. The target "fail" fails
// at once.
type script struct {
	start     func(c *express.Call, done func(value.Value, error))
	cancelled atomic.Int32
}

func (s *script) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return express.Await(ctx, s, c)
}

func (s *script) Start(_ context.Context, c *express.Call, done func(value.Value, error)) func() {
	switch {
	case c.Task.Target == "fail":
		done(value.Null, errors.New("busy"))
	case s.start != nil:
		s.start(c, done)
	}
	return func() { s.cancelled.Add(1) }
}

// The first thing that ends an attempt counts, and the service is told if it was
// not its answer.
func TestStarterAnswers(t *testing.T) {
	one, two := value.Int(1), value.Int(2)
	after := func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	for name, tt := range map[string]struct {
		fields    string
		start     func(c *express.Call, done func(value.Value, error))
		want      string
		took      time.Duration
		cancelled int32
	}{
		"at once": {start: func(_ *express.Call, done func(value.Value, error)) { done(one, nil) }, want: "SUCCEEDED 1"},
		"later": {start: func(_ *express.Call, done func(value.Value, error)) { after(time.Second, func() { done(one, nil) }) },
			want: "SUCCEEDED 1", took: time.Second},
		"from elsewhere": {start: func(_ *express.Call, done func(value.Value, error)) { go done(one, nil) }, want: "SUCCEEDED 1"},
		"nothing":        {start: func(_ *express.Call, done func(value.Value, error)) { done(value.Value{}, nil) }, want: "SUCCEEDED null"},
		"error":          {start: func(_ *express.Call, done func(value.Value, error)) { done(one, errors.New("no route")) }, want: "FAILED States.TaskFailed: no route"},
		"too large": {start: func(_ *express.Call, done func(value.Value, error)) { done(text(express.DefaultPayload+1), nil) },
			want: "FAILED States.DataLimitExceeded: The state/task 'func' returned a result with a size exceeding the maximum number of bytes service limit."},
		"twice": {start: func(_ *express.Call, done func(value.Value, error)) {
			done(one, nil)
			done(two, nil)
			go done(two, nil)
		}, want: "SUCCEEDED 1"},
		"twice, later": {start: func(_ *express.Call, done func(value.Value, error)) {
			after(time.Second, func() { done(one, nil); done(two, nil) })
		}, want: "SUCCEEDED 1", took: time.Second},
		"too late": {fields: `"TimeoutSeconds": 5,`, start: func(_ *express.Call, done func(value.Value, error)) { after(6*time.Second, func() { done(one, nil) }) },
			want: "FAILED States.Timeout", took: 5 * time.Second, cancelled: 1},
		"never":   {want: "TIMED_OUT States.Timeout", took: express.DefaultDuration, cancelled: 1},
		"no beat": {fields: `"HeartbeatSeconds": 5,`, want: "FAILED States.Timeout", took: 5 * time.Second, cancelled: 1},
		"beats": {fields: `"HeartbeatSeconds": 5,`, start: func(c *express.Call, done func(value.Value, error)) {
			for i := range 4 {
				after(time.Duration(i)*4*time.Second, c.Beat)
			}
			after(16*time.Second, func() { done(one, nil); c.Beat() })
		}, want: "SUCCEEDED 1", took: 16 * time.Second},
		"panic":         {start: func(*express.Call, func(value.Value, error)) { panic("the task is broken") }, want: "FAILED States.Runtime: panic: the task is broken"},
		"panic, answer": {start: func(_ *express.Call, done func(value.Value, error)) { go done(one, nil); panic("the task is broken") }, want: "FAILED States.Runtime: panic: the task is broken"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{start: tt.start}
				m := expresstest.Machine(t, strings.Replace(oneTask, `"End"`, tt.fields+` "End"`, 1), nil, func(o *express.Options) {
					o.Invokers = map[string]express.Invoker{"func": s}
				})
				o := start(t.Context(), m, express.Start{})
				wantOutcome(t, o, tt.want)
				if took := o.Stop.Sub(o.Start); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				time.Sleep(time.Minute) // until the last answer
				if n := s.cancelled.Load(); n != tt.cancelled {
					t.Errorf("cancelled %d times, want %d", n, tt.cancelled)
				}
			})
		})
	}
}

// Await gives a Starter's first answer, or says that the context is done.
func TestAwait(t *testing.T) {
	s := &script{start: func(_ *express.Call, done func(value.Value, error)) { done(value.True, nil); done(value.False, nil) }}
	if v, err := s.Invoke(t.Context(), &express.Call{Task: &program.Task{}}); err != nil || !v.Bool() || s.cancelled.Load() != 0 {
		t.Errorf("got %v (%v), cancelled %d times", v, err, s.cancelled.Load())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	s = &script{start: func(*express.Call, func(value.Value, error)) { cancel(why) }}
	if _, err := s.Invoke(ctx, &express.Call{Task: &program.Task{}}); !errors.Is(err, why) || s.cancelled.Load() != 1 {
		t.Errorf("got %v, cancelled %d times", err, s.cancelled.Load())
	}
}

// A panic after a wait fails its execution, and nothing else.
func TestPanicOnResumption(t *testing.T) {
	p := patch(t, `{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Pick"},
		"Pick": {"Type": "Pass", "Parameters": {"v.$": "$.v"}, "End": true}}}`,
		`{"v.$":"$.v"}`, func(*template.Scope) (value.Value, error) { panic("the expression is broken") })
	synctest.Test(t, func(t *testing.T) {
		m, err := express.New(p, express.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, start(t.Context(), m, express.Start{}), "FAILED States.Runtime: panic: the expression is broken")
	})
}

// A task that ends its goroutine, as t.FailNow does, leaves nobody waiting.
func TestGoexitOfStarter(t *testing.T) {
	both := `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Waits", "States": {"Waits": {"Type": "Wait", "Seconds": 60, "End": true}}},
		{"StartAt": "Calls", "States": {"Calls": {"Type": "Task", "Resource": "func:f", "End": true}}}]}}}`
	for name, definition := range map[string]string{"alone": oneTask, "branch": both} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := expresstest.Machine(t, definition, nil, func(o *express.Options) {
					o.Invokers = map[string]express.Invoker{"func": &script{start: func(*express.Call, func(value.Value, error)) { runtime.Goexit() }}}
				})
				ended := make(chan express.Outcome, 1)
				go m.Start(t.Context(), express.Start{}, func(o express.Outcome) { ended <- o })
				wantOutcome(t, <-ended, "FAILED States.Runtime: the goroutine has ended")
			})
		})
	}
}

// On a virtual clock, Start is Run in a goroutine.
func TestStartOnVirtualClock(t *testing.T) {
	m := expresstest.Machine(t, oneWait, nil, expresstest.Virtual)
	o := start(t.Context(), m, express.Start{})
	wantOutcome(t, o, "SUCCEEDED {}")
	if took := o.Stop.Sub(o.Start); took != time.Minute {
		t.Errorf("took %s", took)
	}
}

// What a service says of a job that it took on is in the events, if it comes
// before the answer does.
func TestSubmittedFromElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log expresstest.Transcript
		m := expresstest.Machine(t, `{"StartAt": "Job", "States": {"Job": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken", "End": true}}}`, nil,
			log.Bind, func(o *express.Options) {
				o.Invokers = map[string]express.Invoker{"aws": &script{start: func(c *express.Call, done func(value.Value, error)) {
					time.AfterFunc(time.Second, func() { c.Submitted(value.Int(1)) })
					time.AfterFunc(2*time.Second, func() { done(value.Int(2), nil); c.Submitted(value.Int(3)) })
				}}}
			})
		wantOutcome(t, start(t.Context(), m, express.Start{}), "SUCCEEDED 2")
		if got := log.String(); strings.Count(got, "TaskSubmitted") != 1 || !strings.Contains(got, "TaskSubmitted sns:publish.waitForTaskToken output=1\n") {
			t.Errorf("events are\n%s", got)
		}
	})
}

// Each execution ends once, whichever of answer, timeout and abort is first, and
// what is left of one does nothing to another.
func TestStartRaces(t *testing.T) {
	s := &script{start: func(c *express.Call, done func(value.Value, error)) {
		pause := time.Duration(rand.IntN(3)) * time.Millisecond
		for range rand.IntN(3) {
			time.AfterFunc(pause, func() { done(c.Input, nil) })
		}
		if rand.IntN(4) == 0 {
			done(c.Input, nil)
		}
	}}
	branch := `{"StartAt": "X", "States": {"X": {"Type": "Task", "Resource": "func:f", "End": true}}}`
	m := expresstest.Machine(t, `{"StartAt": "All", "States": {
		"All": {"Type": "Parallel", "Next": "Last", "ResultPath": null, "Branches": [`+branch+`, `+strings.ReplaceAll(branch, "X", "Y")+`], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Last", "ResultPath": null}]},
		"Last": {"Type": "Task", "Resource": "func:f", "End": true, "Retry": [{"ErrorEquals": ["States.ALL"]}]}}}`, nil,
		func(o *express.Options) {
			o.Invokers = map[string]express.Invoker{"func": s}
			o.Limits = express.Limits{Duration: 3 * time.Millisecond}
		})
	const n = 2000
	var ended sync.WaitGroup
	var outcomes [n]atomic.Int32
	for i := range n {
		ctx, abort := context.WithCancel(t.Context())
		if i%3 == 0 {
			time.AfterFunc(time.Duration(rand.IntN(3))*time.Millisecond, abort)
		}
		ended.Add(1)
		in := value.Int(int64(i))
		m.Start(ctx, express.Start{Input: in}, func(o express.Outcome) {
			defer ended.Done()
			abort()
			outcomes[i].Add(1)
			if o.Status == express.Succeeded && o.Output.String() != in.String() {
				t.Errorf("execution %d yields %s", i, o.Output)
			}
		})
	}
	ended.Wait()
	time.Sleep(5 * time.Millisecond) // the last answers
	for i := range outcomes {
		if got := outcomes[i].Load(); got != 1 {
			t.Errorf("execution %d ended %d times", i, got)
		}
	}
}
