package nats

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
	"github.com/seed66d9166c/express/transport/memory"
)

// isEcho is set in the process of startEcho.
const isEcho = "EXPRESS_TEST_ECHO"

func TestMain(m *testing.M) {
	if os.Getenv(isEcho) == "" {
		m.Run()
		return
	}
	if err := serveEcho(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveEcho is a broker, and a service that answers requests on "echo" with their
// body and none on "silent", until standard input ends. It prints the broker's URL.
func serveEcho() error {
	dir, err := os.MkdirTemp("", "echo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer s.Close()
	nc, err := nats.Connect(s.URL())
	if err != nil {
		return err
	}
	defer nc.Close()
	if _, err := nc.Subscribe("echo", func(m *nats.Msg) { m.Respond(m.Data) }); err != nil {
		return err
	}
	if _, err := nc.Subscribe("silent", func(*nats.Msg) {}); err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	fmt.Println(s.URL())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startEcho starts a process that echoes, so that the CPU of this one is that of the
// client, and returns its URL.
func startEcho(b *testing.B) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), isEcho+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url)
}

const (
	// askedAtOnce is how many requests are under way on either side.
	askedAtOnce = 256
	// askedPerRound is how many requests are a round: half a second or less.
	askedPerRound = 30_000

	reading = `{"id":"e-000000000001","type":"sensor.reading","device":{"id":"dev-4711","site":"plant-3","fw":"2.4.1"},"ts":1763700000123,` +
		`"temp":21.75,"hum":48.2,"status":"OK","items":[{"k":"a","v":1},{"k":"b","v":2},{"k":"c","v":3},{"k":"d","v":4}]}`
)

// BenchmarkRequest compares what a request costs a workflow with a loop of
// RequestMsg that sends and gets the same bytes: in a workflow of ten, which is
// the cost of a task, and in one of one, which pays for its event, too. Each
// iteration is a round of either side. It reports the medians of the user and
// system time of this process for a request, the broker and the service being in
// another one, and of the ratio.
//
//	go test ./transport/nats -run '^$' -bench Request -benchtime 11x
func BenchmarkRequest(b *testing.B) {
	nc, err := nats.Connect(startEcho(b))
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	for _, tasks := range []int{10, 1} {
		b.Run(fmt.Sprintf("tasks=%d", tasks), func(b *testing.B) {
			m := bind(b, chain(tasks), NewRequests(nc))
			var bare, engine, ratio []float64
			for b.Loop() {
				x := cpu(b, askBare(b, nc))
				y := cpu(b, askByEngine(b, m, askedPerRound/tasks))
				bare, engine, ratio = append(bare, x), append(engine, y), append(ratio, y/x)
			}
			b.ReportMetric(median(bare), "bare-us/request")
			b.ReportMetric(median(engine), "engine-us/request")
			b.ReportMetric(median(ratio), "engine/bare")
		})
	}
}

// chain is a workflow of so many requests, each with the answer to the one before.
func chain(n int) string {
	var states strings.Builder
	for i := range n {
		next := fmt.Sprintf(`"Next": "S%d"`, i+1)
		if i == n-1 {
			next = `"End": true`
		}
		fmt.Fprintf(&states, `"S%d": {"Type": "Task", "Resource": "nats:request:echo", %s},`, i, next)
	}
	return `{"StartAt": "S0", "States": {` + strings.TrimSuffix(states.String(), ",") + `}}`
}

// cpu is the time in microseconds that this process computes for a request while f
// makes askedPerRound of them.
func cpu(b *testing.B, f func()) float64 {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	f()
	return float64((used() - before).Nanoseconds()) / 1e3 / askedPerRound
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// askBare makes a round of requests in loops.
func askBare(b *testing.B, nc *nats.Conn) func() {
	in, err := value.ParseString(reading)
	if err != nil {
		b.Fatal(err)
	}
	msg, err := message(exampleCall("echo", in))
	if err != nil {
		b.Fatal(err)
	}
	var left atomic.Int64
	left.Store(askedPerRound)
	return func() {
		var all sync.WaitGroup
		for range askedAtOnce {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					if _, err := nc.RequestMsg(msg, 10*time.Second); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
	}
}

// askByEngine runs so many events.
func askByEngine(b *testing.B, m *express.Machine, events int) func() {
	var left atomic.Int64
	left.Store(int64(events))
	ctx, cancel := context.WithCancel(b.Context())
	stream := memory.NewStream(memory.Options{Done: func(_ string, o express.Outcome) {
		if o.Status != express.Succeeded {
			b.Error(o.Err)
		}
		if left.Add(-1) == 0 {
			cancel()
		}
	}})
	for range events {
		stream.Publish(memory.Message{Data: []byte(reading)})
	}
	pump := &transport.Pump{
		Source:  stream.Source(),
		Machine: func(transport.Delivery) (*express.Machine, error) { return m, nil },
		Max:     askedAtOnce,
	}
	return func() {
		if err := pump.Run(ctx); err != nil {
			b.Error(err)
		}
		cancel()
	}
}

// BenchmarkParked reports what an execution costs that waits for the answer to a
// request: everything, from its event of 250 bytes in a stream in memory to the
// request. It is not a loop of b.Loop, as the Pump is the one that loops.
//
//	go test ./transport/nats -run '^$' -bench Parked -benchtime 200000x
func BenchmarkParked(b *testing.B) {
	nc, err := nats.Connect(startEcho(b))
	if err != nil {
		b.Fatal(err)
	}
	r := NewRequests(nc)
	m := bind(b, asks("silent", ""), r)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	stream := memory.NewStream(memory.Options{})
	pump := &transport.Pump{
		Source:  stream.Source(),
		Machine: func(transport.Delivery) (*express.Machine, error) { return m, nil },
		Max:     b.N,
	}
	ended := make(chan error)
	before := live()
	goroutines := runtime.NumGoroutine()
	for i := range b.N {
		stream.Publish(memory.Message{Data: fmt.Appendf(nil, `{"n":%08d.5,`+reading[1:], 1e7+i)})
	}
	go func() { ended <- pump.Run(ctx) }()
	for r.Waiting() < b.N {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(live()-before)/float64(b.N), "B/parked")
	b.ReportMetric(float64(runtime.NumGoroutine()-goroutines), "goroutines")
	nc.Close() // which fails the requests, and ends the executions
	for stream.Pending() > 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// live is the memory in use: objects, and stacks of goroutines.
func live() int64 {
	runtime.GC()
	runtime.GC() // pools are emptied by the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
