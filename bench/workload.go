package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	natsio "github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/nats"
)

// Event is what the workloads of this package are fed with: a reading with ten
// items, 332 bytes.
const Event = `{"id":"e-000000000001","type":"sensor.reading","device":{"id":"dev-4711","site":"plant-3","fw":"2.4.1"},"ts":1763700000123,` +
	`"temp":21.75,"hum":48.2,"status":"OK","items":[{"k":"a","v":1},{"k":"b","v":2},{"k":"c","v":3},{"k":"d","v":4},{"k":"e","v":5},` +
	`{"k":"f","v":6},{"k":"g","v":7},{"k":"h","v":8},{"k":"i","v":9},{"k":"j","v":10}]}`

// Who performs the tasks of a Workload. Both answer {"ok":1} at once.
const (
	TasksFunc = "func" // a Go function in the engine's process
	TasksNATS = "nats" // a service, by a request to it
)

// A Workload is a definition and what it is fed with.
type Workload struct {
	Name       string
	Definition []byte
	Events     [][]byte // bodies, in turn; at least one
	Tasks      string   // TasksFunc or TasksNATS
}

//go:embed workloads
var definitions embed.FS

// Workloads are those of this package, by name.
func Workloads() []Workload {
	files, err := definitions.ReadDir("workloads")
	if err != nil {
		panic(err) // it is embedded
	}
	var all []Workload
	for _, f := range files {
		text, err := definitions.ReadFile(path.Join("workloads", f.Name()))
		if err != nil {
			panic(err)
		}
		w := Workload{Name: strings.TrimSuffix(f.Name(), ".asl.json"), Definition: text, Events: [][]byte{[]byte(Event)}, Tasks: TasksFunc}
		if bytes.Contains(text, []byte("nats:request:")) {
			w.Tasks = TasksNATS
		}
		all = append(all, w)
	}
	return all
}

// WorkloadNamed is that of Workloads with the name.
func WorkloadNamed(name string) (Workload, error) {
	var names []string
	for _, w := range Workloads() {
		if w.Name == name {
			return w, nil
		}
		names = append(names, w.Name)
	}
	return Workload{}, fmt.Errorf("there is no workload %q; want one of %s", name, strings.Join(names, ", "))
}

// maxEvents bounds the bodies that a Workload keeps: the generator sends them in
// turn, and more of them would measure its memory.
const maxEvents = 100_000

// maxLine bounds an event in bytes: the largest payload that NATS advises to let a
// broker take.
const maxLine = 8 << 20

// ReadEvents reads the bodies of events, one a line. What is not JSON is an event
// as well: its fate is a dead letter, which is counted.
func ReadEvents(r io.Reader) (all [][]byte, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	for s.Scan() {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		if len(all) == maxEvents {
			return nil, fmt.Errorf("there are more than %d events", maxEvents)
		}
		all = append(all, bytes.Clone(s.Bytes()))
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read line %d: %w", len(all)+1, err)
	}
	if len(all) == 0 {
		return nil, errors.New("there are no events")
	}
	return all, nil
}

// done is what performs a task answers.
var done = value.Object(value.Member{Key: "ok", Val: value.Int(1)})

// answerDone performs a task, whichever it is.
func answerDone(context.Context, *express.Call) (value.Value, error) { return done, nil }

// Machine is w ready to run. nc is for its tasks; where it is nil, Go functions
// perform all of them.
func (w Workload) Machine(nc *natsio.Conn, r express.Recorder) (*express.Machine, error) {
	p, found := compiler.Compile(w.Name, w.Definition, nil)
	if p == nil {
		return nil, found.Err()
	}
	var by express.Invoker = express.InvokerFunc(answerDone)
	if w.Tasks == TasksNATS && nc != nil {
		by = asking{nats.NewRequests(nc)}
	}
	all := make(map[string]express.Invoker)
	for _, t := range p.Tasks {
		all[t.Kind] = by
	}
	return express.New(p, express.Options{Identity: express.Identity{Name: w.Name}, Invokers: all, Recorder: r, Borrow: true})
}

// outcome is what the engine publishes for the first event of w that has an
// outcome: baselines publish as much.
func (w Workload) outcome() ([]byte, error) {
	m, err := w.Machine(nil, nil)
	if err != nil {
		return nil, err
	}
	err = errors.New("there are no events")
	for _, e := range w.Events {
		in, bad := value.Parse(e)
		if bad != nil {
			err = cmp.Or(err, bad)
			continue
		}
		o := m.Run(context.Background(), express.Start{Name: exampleName, Input: in})
		return transport.AppendOutcome(nil, exampleName, &o), nil
	}
	return nil, fmt.Errorf("no event of %s can be read: %w", w.Name, err)
}

// exampleName is as long as the names that the engine gives to executions.
const exampleName = "e-abcdefghijklmnopqrstuvwxyz"

// taskSubject is where the service of TasksNATS listens.
const taskSubject = "express-bench.task"

// asking performs every task by a request to taskSubject.
type asking struct{ *nats.Requests }

var (
	_       express.Starter = asking{}
	askTask                 = &program.Task{Resource: "nats:request:" + taskSubject, Kind: "nats:request", Target: taskSubject}
)

func (a asking) Start(ctx context.Context, c *express.Call, done func(value.Value, error)) func() {
	ask := *c
	ask.Task = askTask
	return a.Requests.Start(ctx, &ask, done)
}

func (a asking) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return express.Await(ctx, a, c)
}
