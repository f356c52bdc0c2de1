package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What the application of the stand is made of.
const (
	workflow    = "chaos"
	orderStream = "CHAOS"
	orders      = "chaos.orders"
	doneStream  = "EXPRESS_DONE"
	deadStream  = "EXPRESS_DLQ"
	marksStream = "EXPRESS_BEGUN"
	durable     = "express-chaos-chaos-orders"
)

const (
	startPatience   = 30 * time.Second
	quiescePatience = 60 * time.Second
	// warmUp is how many orders are run before anything is measured or broken.
	warmUp = 100
)

// A setup is what a row runs on. The zero value of a field is what defaults has.
type setup struct {
	servers    int // 1 or 3
	workers    int
	slots      int
	ackWait    time.Duration
	pace       pace
	order      func(s *stand, id string, i int) order
	definition string        // of version 1
	proxied    bool          // the workers reach the broker over s.proxy
	certified  time.Duration // for how long the server has a certificate, which workers want to see then
	collector  bool
	disk       string // size of the broker's, which is then one in memory
	store      string // more of the broker's configuration of JetStream
	maxBytes   string // of each stream that the engine makes
	env        []string
	shell      string               // what a worker's process does before it becomes the engine
	prepare    func(s *stand) error // before the workers start
	release    func()               // when all is over
	poisoned   bool                 // the workers can be poisoned
	steps      [2]time.Duration     // by which the clocks of the workers step
	brokerStep time.Duration        // and that of the only server
	older      string               // version of nats-server that the servers are at first
}

// A stand is a row at work: brokers, workers, service and what is known of them.
type stand struct {
	ctx     context.Context
	row     *row
	set     setup
	seed    uint64
	rng     *rand.Rand
	dir     string
	express string // path of the engine
	self    string // path of this program
	broker  string // path of what plays the broker
	log     *log.Logger
	slack   float64 // factor of bounds on times
	began   time.Time
	loaded  time.Time // when the load began, after the warm up

	brokers  []*node
	urls     string // of all brokers
	proxy    *proxy
	workers  []*worker
	service  *process
	effects  string // path of the service's ledger
	tasks    string // address of the service for HTTP
	collect  *process
	logs     string // path of the collector's ledger
	exporter string // URL of the collector
	perOrder int    // log records of an order that runs through

	nc        *nats.Conn
	js        jetstream.JetStream
	ledger    *ledger
	ordered   int           // so far
	published chan struct{} // closed when the fate of all orders is known

	mu       sync.Mutex // guards what follows
	timeline []string
	seeded   map[string]string // what must be in the dead letters, and for which reason
	figures  []figure
	verdicts []verdict
	elected  []time.Time // when a stream or consumer that orders need got a leader
}

// A node is a broker's process and what it was started with.
type node struct {
	*process
	name, config, url string
}

// note writes an entry of the timeline.
func (s *stand) note(format string, args ...any) {
	line := fmt.Sprintf("%6.1fs %s", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timeline = append(s.timeline, line)
	s.log.Printf("%3d %s", s.row.num, line)
}

// id is that of order i: it says in which run it was made.
func (s *stand) id(i int) string { return fmt.Sprintf("c%d-%d-%06d", s.row.num, s.seed, i) }

// index is i of id(i).
func index(id string) int { return number(id[strings.LastIndexByte(id, '-')+1:]) }

// sleep waits for d, and reports whether the run goes on.
func (s *stand) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.ctx.Done():
		return false
	}
}

// between is a time from low to high that the seed decides.
func (s *stand) between(low, high time.Duration) time.Duration {
	return low + time.Duration(s.rng.Int64N(int64(high-low)+1))
}

// open starts everything but the load.
func (s *stand) open() error {
	for _, step := range []func() error{s.build, s.startBrokers, s.connect, s.startOthers, s.prepare, s.startWorkers} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// build builds what a row needs of its own.
func (s *stand) build() (err error) {
	s.broker = s.self
	if s.set.steps[0] != 0 {
		s.express, err = steppable(s.ctx, s.dir, "cmd/express")
	}
	if s.set.brokerStep != 0 {
		s.broker, err = steppable(s.ctx, s.dir, "bench/chaos")
	}
	if s.set.older != "" {
		s.broker, err = released(s.ctx, s.dir, s.set.older)
	}
	s.began = time.Now()
	return err
}

// close ends everything, last what the others need.
func (s *stand) close() {
	for _, w := range s.workers {
		w.end()
	}
	for _, p := range []*process{s.service, s.collect} {
		if p != nil {
			p.kill()
		}
	}
	if s.nc != nil {
		s.nc.Close()
	}
	if s.proxy != nil {
		s.proxy.close()
	}
	for _, b := range s.brokers {
		if b.process != nil {
			b.kill()
		}
		if s.set.disk != "" {
			unmount(s.store(b))
		}
	}
	if s.set.release != nil {
		s.set.release()
	}
}

// connect connects the harness itself, past the proxy.
func (s *stand) connect() (err error) {
	if s.nc, err = connect(s.urls, "harness", credentials...); err != nil {
		return err
	}
	if s.js, err = jetstream.New(s.nc); err != nil {
		return err
	}
	return s.eventually("JetStream answers", startPatience, func(ctx context.Context) error {
		// A stream with as many replicas as there are servers needs them all.
		_, err := s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "READY", Subjects: []string{"ready"}, Replicas: s.set.servers})
		if err != nil {
			return err
		}
		return s.js.DeleteStream(ctx, "READY")
	})
}

// startOthers starts the service, and the collector where the row has one.
func (s *stand) startOthers() (err error) {
	s.effects = filepath.Join(s.dir, "effects.jsonl")
	if s.tasks, err = freeAddress(); err != nil {
		return err
	}
	if err = s.startService(); err != nil || !s.set.collector {
		return err
	}
	s.logs = filepath.Join(s.dir, "logs.txt")
	address, err := freeAddress()
	if err != nil {
		return err
	}
	s.exporter = "http://" + address
	return s.startCollector()
}

// startService starts the service, and waits until it can be asked.
func (s *stand) startService() (err error) {
	s.service, err = start(s.dir, "service", []string{roleVariable + "=service"}, s.self, s.urls, s.effects, s.tasks)
	if err != nil {
		return err
	}
	return s.listens("the service", s.tasks)
}

func (s *stand) startCollector() (err error) {
	s.collect, err = start(s.dir, "collector", []string{roleVariable + "=collector"}, s.self, strings.TrimPrefix(s.exporter, "http://"), s.logs)
	return err
}

// collectorMode tells the collector what to do with requests.
func (s *stand) collectorMode(mode string) error {
	s.note("collector: %s", mode)
	r, err := http.Post(s.exporter+"/mode/"+mode, "", nil)
	if err == nil {
		r.Body.Close()
	}
	return err
}

func (s *stand) prepare() (err error) {
	if s.ledger, err = newLedger(s.dir); err != nil {
		return err
	}
	if s.set.proxied {
		if s.proxy, err = newProxy(strings.TrimPrefix(s.brokers[0].url, "nats://"), s.seed); err != nil {
			return err
		}
	}
	if err := s.writeApp(1); err != nil {
		return err
	}
	if s.set.prepare != nil {
		return s.set.prepare(s)
	}
	return nil
}

// eventually tries do until it has no error, for d at most.
func (s *stand) eventually(what string, d time.Duration, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(s.ctx, d)
	defer cancel()
	for {
		attempt, stop := context.WithTimeout(ctx, 5*time.Second)
		err := do(attempt)
		stop()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %v: %w", what, d, err)
		}
	}
}

// quiesce waits until nothing is left to do.
func (s *stand) quiesce() error {
	return s.eventually("all orders are done", quiescePatience+s.set.ackWait, func(ctx context.Context) error {
		waiting, unacked, err := s.left(ctx)
		if err == nil && waiting+unacked > 0 {
			err = fmt.Errorf("%d orders wait, %d are not acknowledged", waiting, unacked)
		}
		return err
	})
}

// left is what the stream of orders and its consumer still have.
func (s *stand) left(ctx context.Context) (waiting, unacked int, err error) {
	str, err := s.js.Stream(ctx, orderStream)
	if err != nil {
		return 0, 0, err
	}
	c, err := str.Consumer(ctx, durable)
	if err != nil {
		return 0, 0, err
	}
	i := c.CachedInfo()
	return int(max(str.CachedInfo().State.Msgs, i.NumPending)), i.NumAckPending, nil
}
