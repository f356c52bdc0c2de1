package mock_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// A call is answered by the first rule that fits it and has calls left; those of
// each iteration count apart.
func TestTasksTake(t *testing.T) {
	at := func(index ...int) (all []express.Iteration) {
		for _, i := range index {
			all = append(all, express.Iteration{Map: "M", Index: i})
		}
		return all
	}
	object := parse(t, `{"to": "de", "n": 1}`)
	for _, tt := range []struct {
		name  string
		rules []mock.Rule
		calls []express.Call // of state S
		want  string
	}{
		{"one rule answers all", []mock.Rule{say("a")}, make([]express.Call, 3), "a a a"},
		{"unless it says how often", []mock.Rule{say("a").Times(2)}, make([]express.Call, 3), "a a -"},
		{"a list is one each, the last for all", []mock.Rule{say("a"), say("b"), say("c")}, make([]express.Call, 5), "a b c c c"},
		{"times in a list", []mock.Rule{say("a").Times(2), say("b").Times(1)}, make([]express.Call, 4), "a a b -"},
		{"a condition has no number of calls", []mock.Rule{say("a").When(parse(t, `{"to": "de"}`)), say("b")},
			[]express.Call{{Input: object}, {Input: value.Null}, {Input: object}}, "a b a"},
		{"unless it has one", []mock.Rule{say("a").When(parse(t, `{"to": "de"}`)).Times(1), say("b")},
			[]express.Call{{Input: object}, {Input: object}}, "a b"},
		{"the innermost iteration", []mock.Rule{say("a").Item(1), say("b")},
			[]express.Call{{}, {Iteration: at(1)}, {Iteration: at(1, 0)}, {Iteration: at(0, 1)}}, "b a b a"},
		{"iterations count apart", []mock.Rule{say("a"), say("b")},
			[]express.Call{{Iteration: at(0)}, {Iteration: at(1)}, {Iteration: at(0)}, {Iteration: at(1)}, {Iteration: at(1, 0)}, {Iteration: at(10)}}, "a a b b a a"},
		{"none", nil, make([]express.Call, 1), "-"},
	} {
		tasks := &mock.Tasks{Rules: map[string][]mock.Rule{"S": tt.rules, "Other": {say("other")}}}
		var got []string
		for _, c := range tt.calls {
			c.State, c.Task = "S", &program.Task{Resource: "func:s"}
			v, err := tasks.Invoke(t.Context(), &c)
			if got = append(got, v.Text()); err != nil {
				got[len(got)-1] = "-"
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
		if err := tasks.Err(); (err != nil) != strings.Contains(tt.want, "-") {
			t.Errorf("%s: Err is %v", tt.name, err)
		}
	}
}

func say(s string) mock.Rule { return mock.Return(value.String(s)) }

func parse(t *testing.T, s string) value.Value {
	t.Helper()
	v, err := value.ParseString(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What is wrong is said with the state, the resource and the beginning of the
// input.
func TestTasksErr(t *testing.T) {
	tasks := &mock.Tasks{Rules: map[string][]mock.Rule{"A": {mock.Never().Item(3)}}}
	for _, c := range []express.Call{
		{State: "A", Input: value.String(strings.Repeat("x", 198))}, // 200 bytes of JSON
		{State: "B", Input: value.String(strings.Repeat("x", 199))},
	} {
		c.Task = &program.Task{Resource: "func:f"}
		_, err := tasks.Invoke(t.Context(), &c)
		want := &express.Error{Name: express.ErrRuntime, Cause: fmt.Sprintf("No mock answers the task func:f of state %q.", c.State)}
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	want := `none of the 1 mocks of the task func:f of state "A" fits this call and has calls left: it was called with "` + strings.Repeat("x", 198) + `"
no mock answers the task func:f of state "B", called with "` + strings.Repeat("x", 199) + `...`
	if got := tasks.Err().Error(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Time passes as the rules say, on the virtual clock as in real time.
func TestTasksTime(t *testing.T) {
	const definition = `{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "func:s", "TimeoutSeconds": 10, "HeartbeatSeconds": 3, "End": true}}}`
	for _, tt := range []struct {
		name string
		rule mock.Rule
		want string
	}{
		{"at once", say("a"), "SUCCEEDED after 0s"},
		{"late", say("a").After(2 * time.Second), "SUCCEEDED after 2s"},
		{"a failure, late", mock.Throw("E", "").After(time.Second), "FAILED after 1s"},
		{"no heartbeat", say("a").After(4 * time.Second), "FAILED after 3s"},
		{"heartbeats", say("a").After(9 * time.Second).Heartbeat(2 * time.Second), "SUCCEEDED after 9s"},
		{"too rare", say("a").After(9 * time.Second).Heartbeat(4 * time.Second), "FAILED after 3s"},
		{"too late", say("a").After(11 * time.Second).Heartbeat(time.Second), "FAILED after 10s"},
		{"never", mock.Never(), "FAILED after 3s"},
		{"never, with heartbeats", mock.Never().Heartbeat(time.Second), "FAILED after 10s"},
	} {
		rules := map[string][]mock.Rule{"S": {tt.rule}}
		show := func(o express.Outcome) string { return fmt.Sprintf("%s after %s", o.Status, o.Stop.Sub(o.Start)) }
		if got := show(expresstest.Run(t, expresstest.Mocked(t, definition, rules), `{}`)); got != tt.want {
			t.Errorf("%s: %s on the virtual clock, want %s", tt.name, got, tt.want)
		}
		synctest.Test(t, func(t *testing.T) {
			tasks := &mock.Tasks{Rules: rules}
			if got := show(expresstest.Run(t, expresstest.Machine(t, definition, tasks.Invoke, tasks.Bind), `{}`)); got != tt.want {
				t.Errorf("%s: %s in real time, want %s", tt.name, got, tt.want)
			}
		})
	}
}

// Invokers leave to others what has no rules.
func TestTasksInvokers(t *testing.T) {
	p := compile(t, orders)
	tasks := &mock.Tasks{Rules: map[string][]mock.Rule{"Check": {say("checked")}, "Pay": {say("paid")}}}
	if _, err := tasks.Invokers(p, nil); err == nil || err.Error() != `state "Ship" is not mocked, and there is no invoker for tasks of kind "other"
the mocked state "Pay" is no Task of orders` {
		t.Errorf("error is %v", err)
	}
	delete(tasks.Rules, "Pay")
	others := map[string]express.Invoker{"other": express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) {
		return value.String("shipped"), nil
	})}
	invokers, err := tasks.Invokers(p, others)
	if err != nil {
		t.Fatal(err)
	}
	m, err := express.New(p, express.Options{Invokers: invokers})
	if err != nil {
		t.Fatal(err)
	}
	if o := m.Run(t.Context(), express.Start{Name: "e"}); o.Output.String() != `{"check":"checked","ship":"shipped"}` {
		t.Errorf("output is %s (%v)", o.Output, o.Err)
	}
}

func TestContains(t *testing.T) {
	for _, tt := range []struct {
		v, part string
		want    bool
	}{
		{`{"a": 1, "b": {"c": 2, "d": 3}}`, `{"b": {"d": 3.0}}`, true},
		{`{"a": 1}`, `{}`, true},
		{`{"a": 1}`, `{"b": null}`, false},
		{`{"a": null}`, `{"a": null}`, true},
		{`{"a": 1}`, `{"a": "1"}`, false},
		{`[{"a": 1, "b": 2}, 3]`, `[{"a": 1}, 3]`, true},
		{`[1, 2]`, `[1]`, false},
		{`[1, 2]`, `[2, 1]`, false},
		{`"a"`, `"a"`, true},
		{`[]`, `{}`, false},
	} {
		if got := mock.Contains(parse(t, tt.v), parse(t, tt.part)); got != tt.want {
			t.Errorf("Contains(%s, %s) = %t", tt.v, tt.part, got)
		}
	}
}
