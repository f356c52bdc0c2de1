package telemetry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

// A share of executions is drawn, always the same ones.
func TestDraws(t *testing.T) {
	const n = 10_000
	for _, share := range []float64{0, 0.01, 0.25, 1} {
		tail := &Tail{Share: share}
		names, ids := 0, 0
		for i := range n {
			s := &express.Start{Name: fmt.Sprintf("EVENTS:%d", i)}
			again := *s
			again.Delivery = 2
			drawn := tail.draws(s)
			if tail.draws(&again) != drawn {
				t.Fatal("deliveries of an event do not agree")
			}
			if drawn {
				names++
			}
			s.Trace = fmt.Sprintf("00-0af7651916cd43dd%016x-b7ad6b7169203331-01", spread(s.Name))
			if tail.draws(s) {
				ids++
			}
		}
		spare := 4*math.Sqrt(share*(1-share)/n) + 1e-9
		for what, drawn := range map[string]int{"names": names, "traces": ids} {
			if got := float64(drawn) / n; math.Abs(got-share) > spare {
				t.Errorf("%v of %s are drawn, want %v", got, what, share)
			}
		}
	}
}

// The executions of a trace go together.
func TestDrawsTrace(t *testing.T) {
	tail := &Tail{Share: 0.5}
	for i := range 100 {
		low := &express.Start{Name: fmt.Sprint(i), Trace: "00-0af7651916cd43dd0448eb211c80319c-b7ad6b7169203331-01"}
		high := &express.Start{Name: fmt.Sprint(i), Trace: "00-0af7651916cd43ddf448eb211c80319c-b7ad6b7169203331-01"}
		if !tail.draws(low) || tail.draws(high) {
			t.Fatal("the name decides, not the trace")
		}
	}
}

// Which executions are recorded is decided when they end.
func TestTail(t *testing.T) {
	for _, tt := range []struct {
		name     string
		tail     Tail
		seconds  int
		fails    bool
		recorded bool
	}{
		{"succeeds", Tail{}, 0, false, false},
		{"succeeds, in the share", Tail{Share: 1}, 0, false, true},
		{"fails", Tail{}, 0, true, true},
		{"slow", Tail{Slow: 2 * time.Second}, 2, false, true},
		{"not slow", Tail{Slow: 2 * time.Second}, 1, false, false},
		{"nothing is slow", Tail{}, 100, false, false},
		{"times out", Tail{}, 1000, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := otlptest.Start(t, nil)
			tel := exporting(t, c)
			definition := fmt.Sprintf(`{"StartAt": "A", "States": {
				"A": {"Type": "Wait", "Seconds": %d, "Next": "B"}, "B": {"Type": "Task", "Resource": "func:b", "End": true}}}`, tt.seconds)
			m := expresstest.Machine(t, definition, func(context.Context, *express.Call) (value.Value, error) {
				if tt.fails {
					return value.Value{}, errors.New("no")
				}
				return value.Null, nil
			}, expresstest.Virtual, func(o *express.Options) {
				o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll, Tail: &tt.tail, Exported: true})
			})
			out := expresstest.Run(t, m, `{}`)
			if (out.Logged != nil) != tt.recorded {
				t.Errorf("there is something to wait for: %t, want %t", out.Logged != nil, tt.recorded)
			}
			closeNow(t, tel)
			r := tel.Counts().Records
			if got := c.Count() > 0; got != tt.recorded || r.Emitted != uint64(c.Count()) || r.Early != 0 || (r.Unsampled == 0) != tt.recorded {
				t.Errorf("the collector has %d records, want some: %t; counted %+v", c.Count(), tt.recorded, r)
			}
			if n := tel.holding.bytes.Load(); n != 0 {
				t.Errorf("%d bytes are still held", n)
			}
		})
	}
}

// An execution that outgrows what may be held back is recorded, by itself and
// with others.
func TestTailOverflow(t *testing.T) {
	c := otlptest.Start(t, nil)
	tel := exporting(t, c)
	w := Workflow{Name: "orders", Level: express.LevelAll, Tail: new(Tail)}
	m := expresstest.Machine(t, passes, nil)
	open := func() *execution {
		return tel.Recorder(w).Open(t.Context(), m, &express.Start{Name: "x"}).(*execution)
	}
	end := new(express.Outcome)
	const size = maxHeld/4 - 3 // of a record, whose length takes three bytes
	record := make([]byte, size)

	l := open()
	for i := range 4 {
		if !l.hold(record) {
			t.Fatalf("record %d is not held", i)
		}
	}
	if r := tel.Counts().Records; r.Emitted != 0 || r.Early != 0 {
		t.Errorf("at the bound: %+v", r)
	}
	for range 2 {
		if l.hold(record) {
			t.Error("a record past the bound is held")
		}
	}
	if r := tel.Counts().Records; r.Emitted != 4 || r.Early != 1 {
		t.Errorf("past the bound: %+v", r)
	}
	l.Close(end)

	var all []*execution
	for range maxHeldByAll / maxHeld {
		l := open()
		for range 4 {
			l.hold(record)
		}
		all = append(all, l)
	}
	if r := tel.Counts().Records; r.Early != 1 {
		t.Errorf("with as many as may be: %+v", r)
	}
	last := open()
	if last.hold(record) {
		t.Error("past the bound of all executions a record is held")
	}
	for _, l := range append(all, last) {
		l.Close(end)
	}
	r := tel.Counts().Records
	if r.Early != 2 || r.Unsampled != uint64(4*len(all)) || r.Emitted != 4 {
		t.Errorf("in the end: %+v", r)
	}
	if n := tel.holding.bytes.Load(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
	tel.Close(t.Context()) // the records are none
}

// What cannot be had is refused before there is an execution.
func TestCheck(t *testing.T) {
	unset(t)
	silent, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	exports := exporting(t, otlptest.Start(t, nil))
	defer closeNow(t, exports)
	for _, tt := range []struct {
		tel  *Telemetry
		w    Workflow
		want string
	}{
		{silent, Workflow{}, ""},
		{exports, Workflow{Level: express.LevelError, Exported: true}, ""},
		{silent, Workflow{Name: "orders", Level: express.LevelAll, Exported: true},
			"workflow orders: completion is exported, but no exporter of log records is configured: OTEL_EXPORTER_OTLP_ENDPOINT names one"},
		{exports, Workflow{Name: "orders", Exported: true}, "workflow orders: completion is exported, but its level of logging is OFF"},
		{exports, Workflow{Tail: &Tail{Share: 1}}, ""},
		{exports, Workflow{Name: "orders", Tail: &Tail{Share: 1.1}}, "workflow orders: the share of executions that are recorded is not between 0 and 1"},
		{exports, Workflow{Name: "orders", Tail: &Tail{Share: math.NaN()}}, "workflow orders: the share of executions that are recorded is not between 0 and 1"},
		{exports, Workflow{Name: "orders", Tail: &Tail{Slow: -1}}, "workflow orders: the time from which on an execution is slow is negative"},
	} {
		got := ""
		if err := tt.tel.Check(tt.w); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Check(%+v): %q, want %q", tt.w, got, tt.want)
		}
	}
}

// An execution of the completion level exported is done when the collector has
// its records, or says that it has not.
func TestExported(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer otlptest.Answer
		level  express.Level
		fails  bool
		waits  bool
		taken  bool
	}{
		{"taken", otlptest.Answer{}, express.LevelAll, false, true, true},
		{"refused", otlptest.Answer{Status: 400}, express.LevelAll, false, true, false},
		{"no record", otlptest.Answer{Status: 400}, express.LevelError, false, false, true},
		{"a record", otlptest.Answer{}, express.LevelError, true, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := otlptest.Start(t, func(int) otlptest.Answer { return tt.answer })
			tel := exporting(t, c)
			m := expresstest.Machine(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:b", "End": true}}}`,
				func(context.Context, *express.Call) (value.Value, error) {
					if tt.fails {
						return value.Value{}, errors.New("no")
					}
					return value.Null, nil
				}, func(o *express.Options) {
					o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: tt.level, Exported: true})
				})
			out := expresstest.Run(t, m, `{}`)
			if (out.Logged != nil) != tt.waits {
				t.Fatalf("there is something to wait for: %t, want %t", out.Logged != nil, tt.waits)
			}
			if tt.waits {
				if err := <-out.Logged; (err == nil) != tt.taken {
					t.Errorf("its end says %v", err)
				}
				if r := tel.Counts().Records; r.Waiting != 0 || (r.Exported > 0) != tt.taken || (r.Dropped[otlp.Rejected] == 0) != tt.taken {
					t.Errorf("counted %+v", r)
				}
			}
			tel.Close(t.Context()) // nothing waits
		})
	}
}
