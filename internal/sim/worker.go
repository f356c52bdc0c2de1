package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
	natstransport "github.com/seed66d9166c/express/transport/nats"
	"github.com/seed66d9166c/express/transport/wire"
)

const (
	// grace is what the pump leaves executions when it is told to stop.
	grace = 5 * time.Second
	// maxDrain is how long a process may take to stop.
	maxDrain = grace + 5*time.Second
	// reconnect is after how long a process that could not start tries again.
	reconnect = 500 * time.Millisecond
)

// A worker is a place where an engine runs: one process after the other.
type worker struct {
	world *world
	index int

	mu    sync.Mutex // guards what follows
	lives int
	life  *life // the process that runs, nil while none does
	over  bool  // the simulation ends
}

// start starts a process, unless one runs.
func (k *worker) start() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.life != nil || k.over {
		return
	}
	k.lives++
	l := &life{k: k, name: fmt.Sprintf("worker-%d.%d", k.index, k.lives)}
	l.port = k.world.broker.Port(l.name)
	l.ctx, l.stop = context.WithCancel(context.Background())
	k.life = l
	k.world.ledger.note("%s starts", l.name)
	k.world.going.Go(l.run)
}

// kill kills the process that runs.
func (k *worker) kill(restart time.Duration) {
	k.on(func(l *life) { l.die(restart) })
}

// drain tells the process that runs to stop.
func (k *worker) drain(restart time.Duration) {
	k.on(func(l *life) {
		l.leave(restart)
		l.end()
	})
}

// on does something to the process that runs, if one does.
func (k *worker) on(do func(l *life)) {
	k.mu.Lock()
	l := k.life
	k.mu.Unlock()
	if l != nil {
		do(l)
	}
}

// end tells the process to stop for good.
func (k *worker) end() {
	k.mu.Lock()
	k.over = true
	k.mu.Unlock()
	k.on((*life).end)
}

// A life is one process: a pump, its source, and a service for synchronous starts.
type life struct {
	k    *worker
	name string
	port *Port
	ctx  context.Context // done when it is to stop
	stop context.CancelFunc
	told time.Time // to stop
	dead atomic.Bool
}

func (l *life) lives() bool { return !l.dead.Load() }

// leave makes room for another process, which starts after d.
func (l *life) leave(d time.Duration) {
	k := l.k
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.life == l {
		k.life = nil
		time.AfterFunc(d, k.start)
	}
}

// die kills the process: nothing of it gets out any more, and what still goes on
// is nobody's business. Another one starts after restart.
func (l *life) die(restart time.Duration) {
	if l.dead.Swap(true) {
		return
	}
	l.k.world.ledger.note("%s dies", l.name)
	l.port.Kill()
	l.leave(restart)
	l.stop()
}

// end tells the process to stop.
func (l *life) end() {
	l.k.world.ledger.note("%s is told to stop", l.name)
	l.told = time.Now()
	l.stop()
}

// run is the life of the process.
func (l *life) run() {
	for l.ctx.Err() == nil {
		if err := l.serve(); err != nil && l.ctx.Err() == nil {
			l.k.world.ledger.note("%s: %v", l.name, err)
			time.Sleep(reconnect)
		}
	}
	took := time.Since(l.told)
	time.Sleep(time.Second) // for its last words
	if l.lives() {
		l.k.world.ledger.stopped(l, took)
	}
}

// serve is main: it connects, and runs the engine until it is told to stop.
func (l *life) serve() error {
	w := l.k.world
	log := slog.New(&handler{w.ledger, l, ""})
	nc, err := natstransport.Connect(natstransport.Settings{}, l.name, log, nats.InProcessServer(l.port))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := natsjs.New(nc)
	if err != nil {
		return err
	}
	machines, err := l.machines()
	if err != nil {
		return err
	}
	link := wire.Plain(nc)
	if w.script.seed%2 == 0 { // half of all simulations
		link = wire.Open(nc, log)
	}
	defer link.Close()
	src, err := jetstream.Open(l.ctx, js, jetstream.Options{
		Workflow:   "orders",
		Subject:    subjects + ">",
		Durable:    consumerName,
		Slots:      w.script.slots,
		Completion: w.script.completion,
		Dedupe:     w.script.dedupe,
		Link:       link,
		Log:        log,
	})
	if err != nil {
		return err
	}
	service, err := natstransport.NewService(nc, natstransport.ServiceOptions{
		Version: "1.0.0",
		Machine: func(workflow string) (*express.Machine, error) { return machines[workflow], nil },
		Slots:   w.script.slots,
		Grace:   grace,
		Log:     log,
	})
	if err != nil {
		return err
	}
	for name := range machines {
		if err := service.Serve(name); err != nil {
			return err
		}
	}
	pump := &transport.Pump{
		Source: src,
		Machine: func(d transport.Delivery) (*express.Machine, error) {
			return machines[strings.TrimPrefix(d.Subject(), subjects)], nil
		},
		Workflow: "orders",
		Max:      w.script.slots,
		Grace:    grace,
		Log:      log,
	}
	ctx, stop := context.WithCancel(l.ctx)
	stopped := make(chan error, 2)
	context.AfterFunc(ctx, func() {
		time.AfterFunc(grace+time.Second, func() { stopped <- nil }) // what is not over by then is left behind
		stopped <- service.Stop(context.Background())
	})
	err = pump.Run(ctx)
	stop()
	return errors.Join(err, <-stopped)
}

// machines are the workflows, bound to the services and the ledger.
func (l *life) machines() (map[string]*express.Machine, error) {
	all := make(map[string]*express.Machine)
	for name, p := range programs() {
		o := express.Options{
			Identity: express.Identity{Name: name},
			Invokers: map[string]express.Invoker{},
			Recorder: recorder{l},
		}
		for _, t := range p.Tasks {
			o.Invokers[t.Kind] = services{l}
			if name == hung.name {
				o.Invokers[t.Kind] = express.InvokerFunc(services{l}.hang)
			}
		}
		m, err := express.New(p, o)
		if err != nil {
			return nil, err
		}
		all[name] = m
	}
	return all, nil
}

// A recorder tells the ledger when executions begin and end.
type recorder struct{ l *life }

func (r recorder) Open(_ context.Context, _ *express.Machine, s *express.Start) express.Log {
	r.l.k.world.ledger.began(r.l, s)
	return record{r.l, s.Name, s.Delivery}
}

// A record is that of one execution.
type record struct {
	l        *life
	name     string
	delivery int
}

func (record) Enabled(express.EventType) bool { return false }
func (record) Record(*express.Event)          {}

func (r record) Close(o *express.Outcome) <-chan error {
	r.l.k.world.ledger.ended(r.l, r.name, r.delivery, o.Status)
	return nil
}
