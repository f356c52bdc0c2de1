package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// The stream of the events, its consumer, and what their subjects begin with: the
// name of a workflow follows.
const (
	streamName   = "EXPRESS_orders"
	consumerName = "express-orders"
	subjects     = "orders."
)

const (
	// patience is how long everything may take to settle once nothing goes wrong any
	// more: five minutes of an execution, and as many redeliveries as an event has.
	patience = 15 * time.Minute
	// publishPatience is how long a publisher waits before it tries again.
	publishPatience = 2 * time.Second
	// tick is the unit of how long messages take: what happens at the same time in
	// two simulations can happen on two processors.
	tick = 250 * time.Microsecond
)

// A world is one simulation.
type world struct {
	script  *script
	broker  *Broker
	ledger  *ledger
	workers []*worker
	kinds   map[string]kind // of events, by name
	going   sync.WaitGroup
}

// A Report is what came of a simulation.
type Report struct {
	Seed     uint64
	Broken   []string // promises, in the order in which they were found to be
	Timeline []string
}

// Run simulates what the seed says, in the time of the calling goroutine's bubble.
func Run(seed uint64) *Report { return run(write(seed)) }

func run(s *script) *Report {
	w := &world{script: s, ledger: newLedger(s), kinds: make(map[string]kind)}
	for _, e := range s.events {
		w.kinds[e.id] = e.kind
	}
	var mu sync.Mutex // guards r
	r := rand.New(rand.NewPCG(s.seed, 2))
	delay := func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return tick * time.Duration(1+r.IntN(8))
	}
	w.broker = NewBroker(s.seed, delay, Watch{Stored: w.ledger.stored, Delivered: w.ledger.delivered, Answered: w.ledger.answered})
	for i := range s.workers {
		w.workers = append(w.workers, &worker{world: w, index: i})
	}
	w.live()
	return w.ledger.report()
}

// live is the life of the world.
func (w *world) live() {
	for _, k := range w.workers {
		k.start()
	}
	for i := range w.script.faults {
		o := &w.script.faults[i]
		time.AfterFunc(o.at, func() {
			w.ledger.note("FAULT: %s", o)
			o.fault.do(w, o)
		})
	}
	port := w.broker.Port("publisher")
	nc, err := nats.Connect("", nats.InProcessServer(port), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		panic(fmt.Sprintf("sim: connect the publisher: %v", err)) // nothing has gone wrong yet
	}
	js, err := natsjs.New(nc)
	if err != nil {
		panic(fmt.Sprintf("sim: connect the publisher: %v", err))
	}
	var published sync.WaitGroup
	for _, e := range w.script.events {
		published.Go(func() {
			time.Sleep(e.at)
			if e.sync {
				w.request(nc, &e)
			} else {
				w.publish(js, &e)
			}
		})
	}
	time.Sleep(busy)
	published.Wait()
	for end := time.Now().Add(patience); !w.settled() && time.Now().Before(end); {
		time.Sleep(time.Second)
	}
	w.ledger.note("the end")
	for _, k := range w.workers {
		k.end()
	}
	w.going.Wait()
	w.ledger.settle(w.broker.Contents(streamName), w.broker.Unacknowledged(streamName))
	nc.Close()
	w.broker.Close()
	time.Sleep(hangFor) // what sleeps still has to wake up before the bubble ends
}

func (w *world) settled() bool {
	return len(w.broker.Contents(streamName)) == 0 && w.broker.Unacknowledged(streamName) == 0
}

// body of the event.
func (e *event) body() []byte {
	if e.kind == garbage {
		return []byte("{\"a\":\"\xff\"}")
	}
	return []byte(e.of.input)
}

// publish publishes e until that is confirmed.
func (w *world) publish(js natsjs.JetStream, e *event) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), publishPatience)
		m := &nats.Msg{Subject: subjects + e.of.name, Data: e.body(), Header: nats.Header{nats.MsgIdHdr: {e.id}}}
		_, err := js.PublishMsg(ctx, m)
		cancel()
		if err == nil {
			return
		}
		w.ledger.note("%s is not confirmed: %v", e.id, err)
		time.Sleep(100 * time.Millisecond)
	}
}

// request starts e synchronously, once.
func (w *world) request(nc *nats.Conn, e *event) {
	ctx, cancel := context.WithTimeout(context.Background(), busy)
	defer cancel()
	m := &nats.Msg{Subject: transport.SyncSubject(e.of.name), Data: e.body(), Header: nats.Header{nats.MsgIdHdr: {e.id}}}
	_, err := nc.RequestMsgWithContext(ctx, m)
	w.ledger.note("%s is answered: %v", e.id, err)
}

// worker is the one that o happens to.
func (w *world) worker(o *occurrence) *worker { return w.workers[o.worker] }

// fill fills a stream for a time.
func (w *world) fill(stream string, d time.Duration) {
	w.broker.Fill(stream, true)
	time.AfterFunc(d, func() { w.broker.Fill(stream, false) })
}

// String is the report of a broken promise: what to run to see it again, and what
// happened.
func (r *Report) String() string {
	s := fmt.Sprintf("go test ./internal/sim -run TestSimulation -sim.seed %d\n", r.Seed)
	for _, line := range r.Timeline {
		s += line + "\n"
	}
	return s
}
