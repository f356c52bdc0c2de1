package transport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	taskWorkflow = `{"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": "nats:request:do", "End": true}}}`
	passWorkflow = `{"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": true}}}`
	failWorkflow = `{"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Refused", "Cause": "because"}}}`
	waitWorkflow = `{"StartAt": "Long", "States": {"Long": {"Type": "Wait", "SecondsPath": "$", "End": true}}}`
	slowWorkflow = `{"StartAt": "Long", "TimeoutSeconds": 3, "States": {"Long": {"Type": "Wait", "Seconds": 10, "End": true}}}`
)

// always chooses m.
func always(m *express.Machine) func(transport.Delivery) (*express.Machine, error) {
	return func(transport.Delivery) (*express.Machine, error) { return m, nil }
}

// outcomes collects what a stream's executions came to.
type outcomes struct {
	mu sync.Mutex // guards by
	by map[string][]express.Status
}

func (o *outcomes) add(name string, out express.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.by == nil {
		o.by = make(map[string][]express.Status)
	}
	o.by[name] = append(o.by[name], out.Status)
}

func (o *outcomes) of(name string) []express.Status {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.by[name]
}

// pump runs p until its stream is empty.
func pump(t *testing.T, stream *memory.Stream, p *transport.Pump) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	for stream.Pending() > 0 {
		time.Sleep(time.Second) // of the bubble
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestPumpRunsEveryEventOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		workflow string
		size     int // of an event
	}{
		"run where it was read":     {passWorkflow, 5000},
		"started where it was read": {taskWorkflow, 4096},
		"started elsewhere":         {taskWorkflow, 4097},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got outcomes
				m := expresstest.Machine(t, tt.workflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
					return c.Input, nil
				})
				stream := memory.NewStream(memory.Options{Done: got.add})
				const n = 500
				for i := range n {
					stream.Publish(memory.Message{Data: fmt.Appendf(nil, `%*d`, tt.size, i)})
				}
				pump(t, stream, &transport.Pump{Source: stream.Source(), Machine: always(m), Max: 7})
				if len(got.by) != n {
					t.Errorf("%d events have an outcome, want %d", len(got.by), n)
				}
				for name, all := range got.by {
					if !slices.Equal(all, []express.Status{express.Succeeded}) {
						t.Errorf("outcomes of %s are %v, want one success", name, all)
					}
				}
			})
		})
	}
}

func TestPumpTellsTheMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []express.Call
		m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
			calls = append(calls, *c)
			return c.Input, nil
		})
		stream := memory.NewStream(memory.Options{})
		const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
		stream.Publish(memory.Message{ID: "one", Data: []byte(`{"a":1}`), Header: map[string]string{"Traceparent": trace, "Express-Hops": "3"}})
		pump(t, stream, &transport.Pump{Source: stream.Source(), Machine: always(m)})
		if len(calls) != 1 {
			t.Fatalf("%d calls, want 1", len(calls))
		}
		if c := calls[0]; c.Execution != "one" || c.Input.String() != `{"a":1}` || c.Delivery != 1 || c.Hops != 3 || c.Trace != trace {
			t.Errorf("the call is %+v", c)
		}
	})
}

// TestEnds has a row for each way in which an event can end.
func TestEnds(t *testing.T) {
	hops := func(n int) map[string]string { return map[string]string{"Express-Hops": fmt.Sprint(n)} }
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	quoted := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	for _, tt := range []struct {
		name       string
		workflow   string
		body       string
		header     map[string]string
		buryFailed bool
		status     []express.Status
		reason     string // of its dead letter
	}{
		{name: "success", status: []express.Status{express.Succeeded}},
		{name: "failure", workflow: failWorkflow, status: []express.Status{express.Failed}},
		{name: "timeout", workflow: slowWorkflow, status: []express.Status{express.TimedOut}},
		{name: "success, dead letters for failures", buryFailed: true, status: []express.Status{express.Succeeded}},
		{name: "failure, dead letters for failures", buryFailed: true, workflow: failWorkflow, status: []express.Status{express.Failed}, reason: "failed"},
		{name: "timeout, dead letters for failures", buryFailed: true, workflow: slowWorkflow, status: []express.Status{express.TimedOut}, reason: "failed"},
		{name: "no JSON", body: `{"a":`, reason: "decode"},
		{name: "empty", body: ` `, reason: "decode"},
		{name: "no UTF-8", body: "\"\xff\"", reason: "decode"},
		{name: "as deep as may be", body: nested(value.MaxDepth), status: []express.Status{express.Succeeded}},
		{name: "too deep", body: nested(value.MaxDepth + 1), reason: "decode"},
		{name: "as large as may be", body: quoted(value.MaxSize), status: []express.Status{express.Succeeded}},
		{name: "too large", body: quoted(value.MaxSize + 1), reason: "oversize"},
		{name: "as many hops as may be", header: hops(transport.MaxHops), status: []express.Status{express.Succeeded}},
		{name: "too many hops", header: hops(transport.MaxHops + 1), reason: "loop"},
		{name: "hops that are none", header: map[string]string{"Express-Hops": "-1 or so"}, status: []express.Status{express.Succeeded}},
		{name: "no workflow", workflow: "absent", reason: "no_workflow"},
		{name: "choosing the workflow panics", workflow: "panic", reason: "panic"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var m *express.Machine
				if tt.workflow != "absent" && tt.workflow != "panic" {
					m = expresstest.Machine(t, cmpOr(tt.workflow, passWorkflow), nil)
				}
				var got outcomes
				stream := memory.NewStream(memory.Options{Done: got.add})
				stream.Publish(memory.Message{ID: "it", Data: []byte(cmpOr(tt.body, `{}`)), Header: tt.header})
				stream.Publish(memory.Message{ID: "bystander", Data: []byte(`{}`)})
				pump(t, stream, &transport.Pump{
					Source: stream.Source(),
					Machine: func(d transport.Delivery) (*express.Machine, error) {
						switch {
						case d.ID() == "bystander":
							return expresstest.Machine(t, passWorkflow, nil), nil
						case tt.workflow == "panic":
							panic("no more workflows")
						case m == nil:
							return nil, errors.New("no such workflow")
						}
						return m, nil
					},
					Workflow:   "orders",
					BuryFailed: tt.buryFailed,
				})
				if got := got.of("it"); !slices.Equal(got, tt.status) {
					t.Errorf("outcomes are %v, want %v", got, tt.status)
				}
				if got := got.of("bystander"); len(got) != 1 {
					t.Errorf("the next event has outcomes %v, want one", got)
				}
				var reasons []string
				for _, d := range stream.Dead() {
					reasons = append(reasons, d.Reason)
					if want := cmpOr(machineName(m), "orders"); d.Workflow != want || d.ID != "it" {
						t.Errorf("dead letter of %s of workflow %s, want it, %s", d.ID, d.Workflow, want)
					}
				}
				if got := strings.Join(reasons, " "); got != tt.reason {
					t.Errorf("dead letters for %q, want %q", got, tt.reason)
				}
			})
		})
	}
}

func machineName(m *express.Machine) string {
	if m == nil {
		return ""
	}
	return m.Identity().Name
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func TestPumpKeepsToMax(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Second)
			return c.Input, nil
		})
		stream := memory.NewStream(memory.Options{})
		for range 20 {
			stream.Publish(memory.Message{Data: []byte(`{}`)})
		}
		pump(t, stream, &transport.Pump{Source: stream.Source(), Machine: always(m), Max: 3})
		if most.Load() != 3 {
			t.Errorf("%d executions ran at a time, want 3", most.Load())
		}
	})
}

// TestPoison lets one event kill the process whenever it runs. It must end as a
// dead letter after five deaths, and every other event by an execution.
func TestPoison(t *testing.T) {
	for _, at := range []int{0, 7, 19} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got outcomes
				stream := memory.NewStream(memory.Options{Done: got.add})
				for i := range 20 {
					stream.Publish(memory.Message{ID: fmt.Sprint("event-", i), Data: fmt.Appendf(nil, "%t", i == at)})
				}
				deaths := 0
				for ; stream.Pending() > 0; deaths++ {
					stream.Publish(memory.Message{ID: fmt.Sprint("late-", deaths), Data: []byte("false")})
					src := stream.Source()
					ctx, die := context.WithCancel(t.Context())
					m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
						if c.Input.Bool() {
							src.Kill()
							die()
						}
						select {
						case <-time.After(time.Second):
						case <-ctx.Done():
						}
						return c.Input, ctx.Err()
					})
					p := &transport.Pump{Source: src, Machine: always(m), Grace: time.Nanosecond}
					done := make(chan error)
					go func() { done <- p.Run(ctx) }()
					for stream.Pending() > 0 && ctx.Err() == nil {
						time.Sleep(time.Second)
					}
					die()
					if err := <-done; err != nil {
						t.Fatal(err)
					}
				}
				if want := 2 + transport.MaxBegun; deaths-1 != want { // the last worker lived
					t.Errorf("%d deaths, want %d", deaths-1, want)
				}
				dead := stream.Dead()
				if len(dead) != 1 || dead[0].ID != fmt.Sprint("event-", at) || dead[0].Reason != "max_deliveries" {
					t.Errorf("dead letters are %v, want event-%d for max_deliveries", dead, at)
				}
				if len(got.by) != 20-1+deaths {
					t.Errorf("%d events have an outcome, want %d", len(got.by), 20-1+deaths)
				}
			})
		})
	}
}

func TestQuarantineIsSerial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := memory.NewStream(memory.Options{})
		for range 10 {
			stream.Publish(memory.Message{Data: []byte(`{}`)})
		}
		for range 2 { // two deaths
			src := stream.Source()
			if n, err := src.Next(t.Context(), make([]transport.Delivery, 10)); n != 10 || err != nil {
				t.Fatal(n, err)
			}
			src.Kill()
			time.Sleep(memory.DefaultAckWait)
		}
		var running, most atomic.Int32
		m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
			if c.Delivery > 2 {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
			}
			time.Sleep(time.Second)
			return c.Input, nil
		})
		pump(t, stream, &transport.Pump{Source: stream.Source(), Machine: always(m)})
		if most.Load() != 1 {
			t.Errorf("%d executions ran at a time, want 1", most.Load())
		}
	})
}

// A forgetful source loses its first acknowledgement.
type forgetful struct {
	transport.Source
	lost bool
}

type forgotten struct {
	transport.Delivery
	source *forgetful
}

func (f *forgetful) Next(ctx context.Context, into []transport.Delivery) (int, error) {
	n, err := f.Source.Next(ctx, into)
	for i, d := range into[:n] {
		into[i] = &forgotten{d, f}
	}
	return n, err
}

func (d *forgotten) Ack(o express.Outcome, done func(error)) {
	if !d.source.lost {
		d.source.lost = true
		done(nil)
		return
	}
	d.Delivery.Ack(o, done)
}

func TestLostAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
			runs++
			return c.Input, nil
		})
		stream := memory.NewStream(memory.Options{})
		stream.Publish(memory.Message{Data: []byte(`{}`)})
		pump(t, stream, &transport.Pump{Source: &forgetful{Source: stream.Source()}, Machine: always(m)})
		if runs != 1 {
			t.Errorf("%d executions of one event, want 1", runs)
		}
	})
}

func TestDrain(t *testing.T) {
	for name, workflow := range map[string]string{"in a goroutine": taskWorkflow, "parked": waitWorkflow} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testDrain(t, workflow) })
		})
	}
}

// testDrain stops a Pump whose executions wait for as many seconds as their events
// say.
func testDrain(t *testing.T, workflow string) {
	m := expresstest.Machine(t, workflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
		select {
		case <-time.After(time.Duration(c.Input.Float()) * time.Second):
			return c.Input, nil
		case <-ctx.Done():
			return value.Value{}, ctx.Err()
		}
	})
	var got outcomes
	stream := memory.NewStream(memory.Options{Done: got.add})
	for _, seconds := range []string{"5", "60", "5", "60", "5"} {
		stream.Publish(memory.Message{Data: []byte(seconds)})
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, stop)
	begin := time.Now()
	started := 0
	choose := func(transport.Delivery) (*express.Machine, error) {
		started++
		return m, nil
	}
	p := &transport.Pump{Source: stream.Source(), Machine: choose, Max: 4, Grace: 10 * time.Second}
	if err := p.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took != 11*time.Second {
		t.Errorf("Run returned after %v, want 11s", took)
	}
	if started != 4 || len(got.by) != 2 || stream.Pending() != 3 {
		t.Errorf("%d started, %d ended, %d are pending, want 4, 2, 3", started, len(got.by), stream.Pending())
	}
	into := make([]transport.Delivery, 5)
	n, err := stream.Source().Next(t.Context(), into) // at once: they were given back
	if n != 3 || err != nil || time.Since(begin) != 11*time.Second {
		t.Errorf("%d events are there after %v, %v, want 3", n, time.Since(begin), err)
	}
}

func TestDrainLeavesTheStubborn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
			time.Sleep(time.Hour) // whatever ctx says
			return c.Input, nil
		})
		stream := memory.NewStream(memory.Options{})
		stream.Publish(memory.Message{Data: []byte(`{}`)})
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		p := &transport.Pump{Source: stream.Source(), Machine: always(m)}
		err := p.Run(ctx)
		if err == nil || !strings.Contains(err.Error(), "1 executions did not end") {
			t.Errorf("Run: %v, want that one did not end", err)
		}
		time.Sleep(time.Hour) // it ends after all, and harms nothing
	})
}

// A grave is a source whose dead letters are full for a while.
type grave struct {
	transport.Source
	full time.Time
}

type buried struct {
	transport.Delivery
	grave *grave
}

func (g *grave) Next(ctx context.Context, into []transport.Delivery) (int, error) {
	n, err := g.Source.Next(ctx, into)
	for i, d := range into[:n] {
		into[i] = &buried{d, g}
	}
	return n, err
}

func (d *buried) Bury(ctx context.Context, l transport.Letter) error {
	if time.Now().Before(d.grave.full) {
		return errors.New("maximum bytes exceeded")
	}
	return d.Delivery.Bury(ctx, l)
}

func TestFullDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := memory.NewStream(memory.Options{})
		stream.Publish(memory.Message{Data: []byte(`no JSON`)})
		src := &grave{stream.Source(), time.Now().Add(time.Minute)}
		pump(t, stream, &transport.Pump{Source: src, Machine: always(expresstest.Machine(t, passWorkflow, nil))})
		if dead := stream.Dead(); len(dead) != 1 {
			t.Errorf("%d dead letters, want 1", len(dead))
		}
	})
}

func TestFullDeadLettersDoNotHoldUpAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := memory.NewStream(memory.Options{})
		stream.Publish(memory.Message{Data: []byte(`no JSON`)})
		src := &grave{stream.Source(), time.Now().Add(24 * time.Hour)}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		p := &transport.Pump{Source: src, Machine: always(expresstest.Machine(t, passWorkflow, nil))}
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
		if stream.Pending() != 1 || len(stream.Dead()) != 0 {
			t.Errorf("%d pending, %d dead letters, want 1, 0", stream.Pending(), len(stream.Dead()))
		}
	})
}

// A broken source has an error.
type broken struct{ transport.Source }

var errBroken = errors.New("connection closed")

func (broken) Next(context.Context, []transport.Delivery) (int, error) { return 0, errBroken }

func TestPumpReturnsTheSourcesError(t *testing.T) {
	src := broken{memory.NewStream(memory.Options{}).Source()}
	p := &transport.Pump{Source: src, Machine: always(expresstest.Machine(t, passWorkflow, nil))}
	if err := p.Run(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("Run: %v, want %v", err, errBroken)
	}
}

func TestPumpEndsWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got outcomes
		m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
			time.Sleep(time.Minute) // longer than the grace, which does not begin
			return c.Input, nil
		})
		stream := memory.NewStream(memory.Options{Done: got.add})
		stream.Publish(memory.Message{ID: "it", Data: []byte(`{}`)})
		src := stream.Source()
		time.AfterFunc(time.Second, func() { src.Close() })
		p := &transport.Pump{Source: src, Machine: always(m)}
		if err := p.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if len(got.of("it")) != 1 {
			t.Errorf("outcomes are %v, want one", got.of("it"))
		}
	})
}
