package awsapi_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// charge is a definition with one task.
const charge = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"func:charge","End":true}}}`

// chargeServer has a state machine orders whose task is f.
func chargeServer(t *testing.T, log *bytes.Buffer, f express.InvokerFunc) *awsapi.Server {
	t.Helper()
	e := newEngine(compiler.Options{})
	e.bind = func(o *express.Options) { o.Invokers["func"] = f }
	s := newServer(t, e, awsapi.Options{Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	call(t, s, "CreateStateMachine", object{"name": "orders", "definition": charge, "roleArn": role, "type": "EXPRESS"})
	return s
}

// startSync is an attempt of a call that its client calls id.
func startSync(id string, in object) *http.Request {
	in["stateMachineArn"] = machines + "orders"
	r := request("StartSyncExecution", in)
	r.Header.Set("Amz-Sdk-Invocation-Id", id)
	return r
}

// The answer has what AWS's has: of a success, of a failure, and of a timeout.
func TestSync(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   object
		task express.InvokerFunc
		want object
	}{
		{"success", object{"name": "n1", "input": `{"a": 1.0}`, "traceHeader": "Root=1-5"},
			func(_ context.Context, c *express.Call) (value.Value, error) { return c.Input, nil },
			object{"name": "n1", "status": "SUCCEEDED", "input": `{"a": 1.0}`, "inputDetails": object{"included": true},
				"output": `{"a":1.0}`, "outputDetails": object{"included": true}, "traceHeader": "Root=1-5"}},
		{"without data", object{"name": "n1", "includedData": "METADATA_ONLY"},
			func(_ context.Context, c *express.Call) (value.Value, error) { return c.Input, nil },
			object{"name": "n1", "status": "SUCCEEDED", "inputDetails": object{"included": false}, "outputDetails": object{"included": false}}},
		{"failure", object{"name": "n1"},
			func(context.Context, *express.Call) (value.Value, error) {
				return value.Value{}, &express.Error{Name: "Refused", Cause: "<no>"}
			},
			object{"name": "n1", "status": "FAILED", "input": "{}", "inputDetails": object{"included": true},
				"outputDetails": object{"included": true}, "error": "Refused", "cause": "<no>"}},
		{"timeout", object{"name": "n1"},
			func(ctx context.Context, _ *express.Call) (value.Value, error) {
				<-ctx.Done()
				return value.Value{}, context.Cause(ctx)
			},
			object{"name": "n1", "status": "TIMED_OUT", "input": "{}", "inputDetails": object{"included": true},
				"outputDetails": object{"included": true}, "error": "States.Timeout"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := chargeServer(t, new(bytes.Buffer), tt.task)
				_, got := do(t, s, startSync("", tt.in))
				arn := fmt.Sprint(got["executionArn"])
				if !strings.HasPrefix(arn, "arn:aws:states:us-east-1:111111111111:express:orders:n1:") {
					t.Errorf("ARN %s", arn)
				}
				took := got["stopDate"].(float64) - got["startDate"].(float64)
				bill := got["billingDetails"].(object)["billedDurationInMilliseconds"].(float64)
				if took < 0 || bill < 100 || bill < took*1000 || bill > took*1000+200 {
					t.Errorf("took %v s, billed %v ms", took, bill)
				}
				for _, key := range []string{"executionArn", "startDate", "stopDate", "billingDetails"} {
					delete(got, key)
				}
				tt.want["stateMachineArn"] = machines + "orders"
				if tt.name == "timeout" {
					delete(got, "cause")
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Attempts of one call are one execution, also where the first one's client has
// gone, which the log has; other calls are others.
func TestJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var runs atomic.Int32
		s := chargeServer(t, &log, func(context.Context, *express.Call) (value.Value, error) {
			time.Sleep(time.Minute)
			return value.Number(float64(runs.Add(1))), nil
		})
		first, leave := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			do(t, s, startSync("a", object{}).WithContext(first))
		}()
		time.Sleep(30 * time.Second)
		leave()
		_, retry := do(t, s, startSync("a", object{}))
		<-gone
		if !strings.Contains(log.String(), "had gone when it ended") {
			t.Errorf("the log does not have that the caller is gone: %s", &log)
		}
		_, late := do(t, s, startSync("a", object{}))
		if retry["output"] != "1" || fmt.Sprint(retry) != fmt.Sprint(late) {
			t.Errorf("attempts of one call got %v and %v", retry, late)
		}
		_, other := do(t, s, startSync("b", object{}))
		_, body := do(t, s, startSync("a", object{"input": "[]"}))
		_, none := do(t, s, startSync("", object{}))
		_, none2 := do(t, s, startSync("", object{}))
		if got := []any{other["output"], body["output"], none["output"], none2["output"]}; fmt.Sprint(got) != "[2 3 4 5]" {
			t.Errorf("other calls got %v", got)
		}
		time.Sleep(3 * time.Minute)
		if _, again := do(t, s, startSync("a", object{})); again["output"] != "6" {
			t.Errorf("long after the call the answer is %v", again)
		}
	})
}

// One that did not begin may begin with the next attempt; of one that may have
// begun it is known no more than before.
func TestJoinErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		runs int
	}{
		{awsapi.ErrBusy, 2},
		{awsapi.ErrUnavailable, 2},
		{context.DeadlineExceeded, 1},
	} {
		e := newEngine(compiler.Options{})
		c := &counting{engine: e, err: tt.err}
		s := newServer(t, e, awsapi.Options{Starter: c})
		call(t, s, "CreateStateMachine", object{"name": "orders", "definition": pass("one"), "roleArn": role, "type": "EXPRESS"})
		for range 2 {
			if status, _ := do(t, s, startSync("a", object{})); status == http.StatusOK {
				t.Errorf("%v: status 200", tt.err)
			}
		}
		if c.runs != tt.runs {
			t.Errorf("%v: started %d times, want %d", tt.err, c.runs, tt.runs)
		}
	}
}

type counting struct {
	*engine
	err  error
	runs int
}

func (c *counting) StartSync(context.Context, *awsapi.Execution) (express.Outcome, error) {
	c.runs++
	return express.Outcome{}, c.err
}

// An execution that the engine aborts has no status of AWS's, and is not tried
// again by an SDK.
func TestSyncAborted(t *testing.T) {
	e := newEngine(compiler.Options{})
	s := newServer(t, e, awsapi.Options{Starter: aborting{e}})
	call(t, s, "CreateStateMachine", object{"name": "orders", "definition": pass("one"), "roleArn": role, "type": "EXPRESS"})
	if status, out := do(t, s, startSync("a", object{})); status != http.StatusBadRequest || out["__type"] != "ExecutionAborted" {
		t.Errorf("%d %v", status, out)
	}
}

type aborting struct{ *engine }

func (aborting) StartSync(context.Context, *awsapi.Execution) (express.Outcome, error) {
	return express.Outcome{Status: express.Aborted}, nil
}

// Attempts of one StartExecution are told of one execution, which is started once.
func TestStartRetry(t *testing.T) {
	e := newEngine(compiler.Options{})
	s := newServer(t, e, awsapi.Options{})
	for _, name := range []string{"orders", "refunds"} {
		call(t, s, "CreateStateMachine", object{"name": name, "definition": pass(name), "roleArn": role, "type": "EXPRESS"})
	}
	start := func(machine, id string) string {
		r := request("StartExecution", object{"stateMachineArn": machines + machine, "input": `{"a": 1}`})
		r.Header.Set("Amz-Sdk-Invocation-Id", id)
		r.Header.Set("Traceparent", "00-1-2-01")
		_, out := do(t, s, r)
		return fmt.Sprint(out["executionArn"])
	}
	if a, b := start("orders", "a"), start("orders", "a"); a != b {
		t.Errorf("attempts started %s and %s", a, b)
	}
	start("orders", "b")
	start("refunds", "a")
	start("orders", "")
	start("orders", "")
	if n := len(e.started); n != 5 {
		t.Errorf("%d executions started, want 5", n)
	}
	x := e.started[0]
	if x.Text != `{"a": 1}` || x.Trace != "00-1-2-01" || x.Name != x.ID || !strings.HasSuffix(x.ARN, ":express:orders:"+x.Name+":"+x.ID) {
		t.Errorf("the execution is %+v", x)
	}
}

// The answers that are kept have a bound together.
func TestKept(t *testing.T) {
	var runs atomic.Int32
	big := strings.Repeat("x", 200_000)
	s := chargeServer(t, new(bytes.Buffer), func(context.Context, *express.Call) (value.Value, error) {
		runs.Add(1)
		return value.String(big), nil
	})
	const fit = 16 << 20 / 201_000 // answers
	for i := range fit + 2 {
		do(t, s, startSync(fmt.Sprint(i), object{}))
	}
	for _, tt := range []struct {
		id   int
		runs int32
	}{{fit + 1, fit + 2}, {5, fit + 2}, {0, fit + 3}} {
		do(t, s, startSync(fmt.Sprint(tt.id), object{}))
		if got := runs.Load(); got != tt.runs {
			t.Errorf("after asking again for %d there were %d executions, want %d", tt.id, got, tt.runs)
		}
	}
}
