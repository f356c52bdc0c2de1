package bench

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// processVariable makes the test binary a process of a run.
const processVariable = "EXPRESS_BENCH_TEST_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(processVariable) == "" {
		os.Exit(m.Run())
	}
	if err := Serve(struct {
		io.Reader
		io.WriteCloser
	}{os.Stdin, os.Stdout}); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}

// small are options of a run that takes a second.
func small() Options {
	return Options{Events: 500, Rounds: 1, Rate: 500, Duration: time.Second / 2, InFlight: 20, Patience: 5 * time.Second, batch: time.Millisecond}
}

// run runs, and is what Judge says without thresholds.
func run(t *testing.T, o Options) (*Report, bool) {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r.Judge(nil)
	return r, r.OK()
}

// metric is what was measured, in a report that has it.
func metric(t *testing.T, r *Report, section, row, name string) *Metric {
	t.Helper()
	for _, s := range r.Sections {
		if s.Name == section {
			if m := s.Row(row).Metric(name); m != nil {
				return m
			}
		}
	}
	t.Fatalf("there is no %s.%s.%s", section, row, name)
	return nil
}

func workload(t *testing.T, name string) Workload {
	t.Helper()
	w, err := WorkloadNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Every event of every workload succeeds.
func TestWorkloads(t *testing.T) {
	for _, w := range Workloads() {
		body, err := w.outcome()
		if err != nil || statusOf(body) != succeeded {
			t.Errorf("%s: %s, %v", w.Name, body, err)
		}
	}
}

// Every side takes every event in every round.
func TestBacklog(t *testing.T) {
	var log bytes.Buffer
	o := small()
	o.Log, o.Rounds, o.Workloads = &log, 2, []Workload{workload(t, "w1"), workload(t, "w6")}
	r, ok := run(t, o)
	if !ok {
		t.Errorf("not sound: %+v", r.Verdicts)
	}
	for _, w := range o.Workloads {
		for _, side := range []string{Engine, Bare, Raw} {
			for _, m := range []string{"rate", "cpu", "allocs"} {
				if got := metric(t, r, "backlog", w.Name+"."+side, m).Samples; len(got) != 2 {
					t.Errorf("%s %s: %s is %v, want two rounds", w.Name, side, m, got)
				}
			}
		}
		if m := metric(t, r, "backlog", w.Name+"."+Engine, "ratio"); m.Median() <= 0 {
			t.Errorf("%s: ratios %v", w.Name, m.Samples)
		}
	}
	if got := strings.Count(log.String(), "\n"); got != 2*3*3 {
		t.Errorf("%d lines in the log, want one a side and round:\n%s", got, log.String())
	}
}

func TestLiveAndSync(t *testing.T) {
	o := small()
	o.Measures = []string{"live", "open", "sync"}
	o.Workloads = []Workload{workload(t, "w6")}
	r, ok := run(t, o)
	if !ok {
		t.Errorf("not sound: %+v", r.Verdicts)
	}
	for _, row := range []struct{ section, side string }{
		{"live", Engine}, {"live", Bare}, {"open", Engine}, {"open", Bare}, {"sync", Sync}, {"sync", Echo},
	} {
		for _, name := range []string{"p50", "p99", "most", "rate"} {
			if m := metric(t, r, row.section, "w6."+row.side, name); m.Median() <= 0 {
				t.Errorf("%s %s: %s is %v", row.section, row.side, name, m.Samples)
			}
		}
	}
	if m := metric(t, r, "sync", "w6."+Sync, "p99_ratio"); m.Median() <= 0 {
		t.Errorf("ratios %v", m.Samples)
	}
}

// Processes of their own do the same, and tell what each of them uses.
func TestProcesses(t *testing.T) {
	t.Setenv(processVariable, "1")
	o := small()
	o.Processes, o.Command = true, []string{os.Args[0]}
	o.Measures = []string{"backlog", "sync"}
	r, ok := run(t, o)
	if !ok {
		t.Errorf("not sound: %+v", r.Verdicts)
	}
	for _, name := range []string{"cpu_engine", "cpu_broker", "cpu_generator", "allocs", "allocs_beyond"} {
		if m := metric(t, r, "backlog", "w1."+Engine, name); len(m.Samples) != 1 {
			t.Errorf("%s is %v", name, m.Samples)
		}
	}
}

func TestAlone(t *testing.T) {
	o := small()
	o.Measures, o.Rounds = []string{"alone"}, 1
	r, ok := run(t, o)
	if !ok {
		t.Errorf("not sound: %+v", r.Verdicts)
	}
	for _, row := range []string{"w1.engine", "task.engine"} {
		if m := metric(t, r, "alone", row, "times"); m.Median() <= 0 {
			t.Errorf("%s takes %v times", row, m.Samples)
		}
	}
}

// half fails for every other event.
const half = `{"StartAt": "Odd", "States": {
	"Odd": {"Type": "Choice", "Choices": [{"Variable": "$.odd", "BooleanEquals": true, "Next": "No"}], "Default": "Yes"},
	"Yes": {"Type": "Succeed"}, "No": {"Type": "Fail", "Error": "Odd"}}}`

func TestHalfFails(t *testing.T) {
	o := small()
	o.Measures = []string{"backlog", "live", "sync"}
	o.Workloads = []Workload{{Name: "half", Definition: []byte(half), Events: [][]byte{[]byte(`{"odd":false}`), []byte(`{"odd":true}`)}}}
	r, ok := run(t, o)
	if ok {
		t.Error("the run is sound")
	}
	for _, row := range []struct {
		section, side string
		want          float64
	}{{"backlog", Engine, 250}, {"live", Engine, 250}, {"sync", Sync, 150}} {
		if m := metric(t, r, row.section, "half."+row.side, "failed"); m.Median() != row.want {
			t.Errorf("%s: %v failed, want %v", row.section, m.Samples, row.want)
		}
	}
}

// What is no JSON is a dead letter.
func TestDeadLetters(t *testing.T) {
	o := small()
	o.Measures = []string{"backlog", "open"}
	w := workload(t, "w1")
	w.Events = [][]byte{[]byte(Event), []byte(Event), []byte(Event), []byte(Event), []byte(`{"id":`)}
	o.Workloads = []Workload{w}
	r, ok := run(t, o)
	if ok {
		t.Error("the run is sound")
	}
	if m := metric(t, r, "backlog", "w1."+Engine, "dead"); m.Median() != 100 {
		t.Errorf("%v are dead, want 100", m.Samples)
	}
	if m := metric(t, r, "open", "w1."+Engine, "dead"); m.Median() != 60 {
		t.Errorf("%v are dead, want 60", m.Samples)
	}
}

// A stream that is full refuses events: none of those counts.
func TestFullStream(t *testing.T) {
	o := small()
	o.MaxBytes = 50_000
	o.Patience = time.Second
	o.Measures = []string{"backlog"}
	r, ok := run(t, o)
	if ok {
		t.Error("the run is sound")
	}
	stored, refused := metric(t, r, "backlog", "w1.stored", "events").Median(), metric(t, r, "backlog", "w1.stored", "refused").Median()
	if stored == 0 || refused == 0 || stored+refused != float64(o.Events) {
		t.Errorf("%v were stored and %v refused, of %d", stored, refused, o.Events)
	}
}

func TestNoBroker(t *testing.T) {
	o := small()
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	o.NATS.URL = "nats://" + address
	_, err = Run(t.Context(), o)
	if _, ok := errors.AsType[*natsconn.ConnectError](err); !ok {
		t.Errorf("got %v, want that there is no connection", err)
	}
}

// A definition that the engine does not take is an error, not a run of nothing.
func TestBadDefinition(t *testing.T) {
	o := small()
	o.Workloads = []Workload{{Name: "bad", Definition: []byte(`{}`), Events: [][]byte{[]byte(`{}`)}}}
	for _, m := range []string{"alone", "backlog", "sync"} {
		o.Measures = []string{m}
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%s is no error", m)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	if _, err := Run(t.Context(), Options{Measures: []string{"luck"}}); err == nil {
		t.Error("a measure that there is not is no error")
	}
	if _, err := WorkloadNamed("w0"); err == nil {
		t.Error("a workload that there is not is no error")
	}
}

func TestParked(t *testing.T) {
	const n = 200
	for _, s := range parkedStates {
		r := new(Row)
		o := small()
		o.Log = io.Discard
		if _, err := park(t.Context(), o, r, s.state, n, parkedLeast); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if failed := r.Metric("failed").Median(); failed > 0 || r.Metric("executions").Median() != n {
			t.Errorf("%s: %v of %v failed", s.name, failed, r.Metric("executions").Samples)
		}
	}
	// Those that end before all of them wait were not measured together.
	if _, err := park(t.Context(), small(), new(Row), `{"Type": "Pass", "End": true}`, n, 0); err == nil {
		t.Error("executions that do not wait are no error")
	}
}

func TestCurves(t *testing.T) {
	o := small()
	o.Measures = []string{"payload", "states", "map"}
	r, ok := run(t, o)
	if !ok {
		t.Errorf("not sound: %+v", r.Verdicts)
	}
	for _, row := range []struct{ section, row string }{
		{"payload", "100.engine"}, {"payload", "262144.fastjson"}, {"states", "1000.engine"}, {"map", "10000.engine"},
	} {
		if m := metric(t, r, row.section, row.row, "of_each"); m.Median() <= 0 {
			t.Errorf("%s %s: %v", row.section, row.row, m.Samples)
		}
	}
	w := workload(t, "w1")
	for _, n := range payloads {
		w.Events = [][]byte{sized(n)}
		if body, err := w.outcome(); len(w.Events[0]) != n || err != nil || statusOf(body) != succeeded {
			t.Errorf("an event of %d bytes has %d: %s, %v", n, len(w.Events[0]), body, err)
		}
	}
}

func TestCluster(t *testing.T) {
	t.Setenv(processVariable, "1")
	o := small()
	o.Measures, o.Command = []string{"cluster"}, []string{os.Args[0]}
	r, ok := run(t, o)
	if !ok {
		t.Errorf("not sound: %+v", r.Verdicts)
	}
	for _, row := range []string{"engines-1", "engines-2", "engines-4"} {
		if m := metric(t, r, "cluster", row, "rate"); m.Median() <= 0 {
			t.Errorf("%s: %v", row, m.Samples)
		}
	}
}
