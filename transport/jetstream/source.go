// Package jetstream makes a durable consumer of a JetStream stream a
// transport.Source: every event that its publisher got an acknowledgement for
// is handed out until an execution of it has ended, or it is a dead letter.
//
// A Source keeps a pull loop of its own, on a plain subscription. It asks for
// as much as there are free slots and a quarter more, which hides the way to
// the broker and back, but no more than memory has room for; asks again when
// heartbeats are missing; sets up a consumer that was deleted once more, from where
// it was; and makes dead letters of what the broker gave up.
//
// Dead letters are read, run again and dropped by [DeadLetters] and the methods of
// [DeadLetter].
package jetstream

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/wire"
)

const (
	// DefaultAckWait is after how long the events of a dead process are
	// redelivered: well above a pause of garbage collection or of the network,
	// well below the five minutes of the longest execution, as beats cover
	// those.
	DefaultAckWait = 30 * time.Second
	// DefaultDeadline is how long a Source keeps what it handed out from being
	// redelivered: the longest execution, and five seconds to settle.
	DefaultDeadline = 5*time.Minute + 5*time.Second
	// defaultMaxAckPending is what nine engines with transport.DefaultMax slots hold; the
	// server remembers some hundred bytes of each.
	defaultMaxAckPending = 50_000
	// DefaultMaxBytes bounds a stream of ours: a full one refuses events with
	// an error to their publisher, and must be smaller than the disk, where
	// JetStream would say nothing.
	DefaultMaxBytes = 1 << 30
	// DefaultDeadMaxBytes bounds DeadStream: a full one refuses letters, and the
	// events stay where they are.
	DefaultDeadMaxBytes = 256 << 20
)

// A Completion is what must have happened to an outcome before its event is
// acknowledged.
type Completion uint8

const (
	Log     Completion = iota // its log records were accepted by their exporter
	None                      // nothing
	Publish                   // it was published, and its stream has confirmed that
	// Exported is that the collector has its log records: Outcome.Logged says nil
	// once the batches that hold them were taken, and an error once they are given
	// up, because of which the event is redelivered. It is nil where the workflow
	// logs nothing of the execution, and then there is nothing to wait for.
	Exported
)

// Options of a Source. Workflow and Subject are required.
type Options struct {
	Workflow string // whose events, results and dead letters these are
	Subject  string // of the events; may hold wildcards
	// Stream holds the events. If it is empty, it is the stream that has
	// Subject, and if there is none, one is created: a work queue of the
	// engine's own.
	Stream  string
	Create  bool   // Stream, if it is missing
	Durable string // name of the consumer; "" is express-<workflow>
	Slots   int    // of the Pump; 0 is transport.DefaultMax

	Completion Completion
	// Result is the subject that outcomes are published to. If it is empty,
	// they go to transport.DoneSubject where Completion is Publish, and nowhere
	// else.
	Result string

	// Data says that dead letters may quote the cause of a failed execution, which
	// can hold what the event held. Without it they have the error's name alone.
	Data bool
	// Dedupe keeps the name of every execution that ended in RanStream before its
	// event is acknowledged, and looks there before an event that was delivered
	// before runs again, at whatever engine. It costs a confirmed publication per
	// execution.
	Dedupe bool
	// AckSync waits until the consumer confirms each acknowledgement, and sends it
	// again if it does not. In a cluster of three none is forgotten then when a
	// server is killed; a single server forgets those of its last tenth of a second
	// either way.
	AckSync bool
	Budget  *Budget // shared by the Sources of a process; nil has no bound
	// Link carries events, acknowledgements and results; nil leaves them to nats.go.
	// It is beside the connection of the JetStream that Open gets.
	Link *wire.Conn

	AckWait       time.Duration // 0 is DefaultAckWait
	Deadline      time.Duration // 0 is DefaultDeadline
	MaxAckPending int           // of all workers together; 0 is defaultMaxAckPending, or what Slots need
	MaxBytes      int64         // of a stream that is created; 0 is DefaultMaxBytes
	DeadMaxBytes  int64         // of DeadStream, if it is created; 0 is DefaultDeadMaxBytes
	Replicas      int           // of a stream that is created; 0 is 1
	Log           *slog.Logger  // nil is slog.Default()

	// How often the stream and the consumer are looked at, and stranded events
	// looked for; 0 is checkEvery, auditEvery. Tests cannot wait for so long.
	checkEvery, auditEvery time.Duration
}

// A Source hands out the events of a stream.
type Source struct {
	o    Options
	js   jetstream.JetStream
	nc   *nats.Conn
	link *wire.Conn
	log  *slog.Logger

	results *publisher

	audits audit

	woken chan struct{} // for Next: look again

	sending sync.Mutex // guards out and spare
	out     *batch     // what Flush sends
	spare   *batch

	mu      sync.Mutex // guards what follows
	stream  *stream
	pull    pull
	queue   []*delivery // arrived, not handed out
	held    ring        // arrived, not ended, by the time of the next beat
	closed  bool        // no more pulls
	dry     bool        // and nothing more arrives
	resting bool        // and nothing is held: the timers are off
	fault   error       // why nothing can be pulled for now
	lost    error       // why nothing will ever be pulled again
	stats   Stats
	asked   int  // questions on their way: of RanStream, and for confirmation
	starved bool // the Budget had no room for another request
	short   bool // the consumer hands out too little for the engines that run

	beating   *time.Timer
	checking  *time.Timer
	mending   chan struct{} // held by a check: makes of two of them one after the other
	mendPause time.Duration // before the next attempt
	warned    []string      // about the stream, by the one that mends
	deleted   time.Time     // when the stream was found missing, by the one that mends; zero while it is not
}

var _ transport.Source = (*Source)(nil)

// open opens a Source at a look at the streams.
func open(ctx context.Context, js jetstream.JetStream, o Options, l *look) (*Source, error) {
	o.Durable = cmp.Or(o.Durable, "express-"+transport.Token(o.Workflow))
	o.Slots = cmp.Or(o.Slots, transport.DefaultMax)
	o.AckWait = cmp.Or(o.AckWait, DefaultAckWait)
	o.Deadline = cmp.Or(o.Deadline, DefaultDeadline)
	o.MaxAckPending = cmp.Or(o.MaxAckPending, max(defaultMaxAckPending, withPrefetch(o.Slots)))
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.Replicas = cmp.Or(o.Replicas, 1)
	o.checkEvery = cmp.Or(o.checkEvery, checkEvery)
	o.auditEvery = cmp.Or(o.auditEvery, auditEvery)
	s := &Source{
		o:       o,
		js:      js,
		nc:      js.Conn(),
		link:    o.Link,
		log:     cmp.Or(o.Log, slog.Default()).With("workflow", o.Workflow),
		woken:   make(chan struct{}, 1),
		mending: make(chan struct{}, 1),
		out:     new(batch),
		spare:   new(batch),
	}
	if s.link == nil {
		s.link = wire.Plain(s.nc)
	}
	s.held.init()
	if err := s.set(ctx, l); err != nil {
		return nil, err
	}
	var err error
	if s.results, err = newPublisher(s.nc); err != nil {
		return nil, err
	}
	s.mu.Lock() // the timers may fire before they are stored
	defer s.mu.Unlock()
	if err := s.subscribe(); err != nil {
		s.results.close()
		return nil, fmt.Errorf("subscribe to events: %w", err)
	}
	s.beating = time.AfterFunc(s.tick(), s.beat)
	s.checking = time.AfterFunc(o.checkEvery, s.check)
	s.audits.timer = time.AfterFunc(o.auditEvery, s.audit)
	return s, nil
}

// Ready is nil while events can be fetched, and says why they cannot otherwise.
func (s *Source) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// Stats are what the last looks at a Source's stream and consumer have shown.
type Stats struct {
	Pending        int64 // events that were not delivered yet
	Unacknowledged int64 // that were delivered and not acknowledged yet, by all engines
	// Stranded are events that the broker will not deliver any more and that are no
	// dead letters yet: more than none for more than two minutes wants somebody's
	// eye.
	Stranded int64
	// Skew is by how much the broker's clock is ahead of ours, negative where it is
	// behind; what the way there and back can account for is left out.
	Skew time.Duration
}

// Stats are those of the last look, ten seconds ago at most, and of the last
// audit, a minute ago at most.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Next hands out events in the order in which they arrived.
func (s *Source) Next(ctx context.Context, into []transport.Delivery) (int, error) {
	for {
		n, err := s.take(into)
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-s.woken:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// take asks the broker for what into still needs, and hands out what is here.
func (s *Source) take(into []transport.Delivery) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !s.closed {
		s.ask(len(into), now)
	}
	n := min(len(into), len(s.queue))
	for i, d := range s.queue[:n] {
		d.lapse = now.Add(s.o.Deadline)
		into[i] = d
	}
	s.queue = slices.Delete(s.queue, 0, n)
	switch {
	case n > 0:
		return n, nil
	case s.dry && s.asked == 0:
		return 0, transport.ErrClosed
	case s.closed: // it will be dry
		return 0, nil
	}
	return 0, s.lost
}

// receive takes in what has arrived together: events, and statuses of pulls.
// Nothing at all says that the connection has changed, at which Next has to look.
func (s *Source) receive(arrived []wire.Msg) {
	if len(arrived) == 0 {
		s.wake()
		return
	}
	s.mu.Lock()
	str := s.stream
	s.mu.Unlock()
	now := time.Now()
	beat := now.Add(s.o.AckWait / 3)
	var statuses []*wire.Msg
	events, size := make([]*delivery, 0, len(arrived)), 0
	for i := range arrived {
		m := &arrived[i]
		if code, _ := m.Status(); code != "" {
			statuses = append(statuses, m)
			continue
		}
		d, err := s.delivery(str, m)
		if err != nil {
			s.log.Error("message that is no event", "subject", m.Subject, "error", err)
			continue
		}
		d.beat, d.size = beat, m.Size()
		size += d.size
		events = append(events, d)
	}
	s.o.Budget.take(len(events), size)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.pull.heard = now
	s.pull.outstanding = max(s.pull.outstanding-(len(arrived)-len(statuses)), 0)
	for _, d := range events {
		s.held.push(d)
		if s.o.Dedupe && d.attempt > 1 && !s.closed {
			s.asked++
			go s.lookUp(d)
			continue
		}
		s.queue = append(s.queue, d)
	}
	for _, m := range statuses {
		s.status(m)
	}
	s.wake()
}

// letGo notes that d, which is not held any more, takes no memory either. The
// lock is held.
func (s *Source) letGo(d *delivery) {
	s.held.remove(d)
	if d.size > 0 {
		s.o.Budget.give(1, d.size)
		d.size = 0
	}
	if s.starved {
		s.starved = false
		s.wake()
	}
}

// Close stops fetching. What was on its way still arrives, within two seconds.
func (s *Source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.checking.Stop()
	s.audits.timer.Stop()
	s.pull.drain(s.dried)
	return nil
}

// dried notes that nothing more arrives.
func (s *Source) dried() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dry = true
	s.rest()
	s.wake()
}

// rest ends what works in the background once a closed Source holds nothing.
// The lock is held.
func (s *Source) rest() {
	if s.dry && s.held.empty() && s.asked == 0 && !s.resting {
		s.resting = true
		s.beating.Stop()
		s.results.close()
	}
}

// wake makes Next look again.
func (s *Source) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// withPrefetch is what a Source with that many free slots holds and awaits at
// most.
func withPrefetch(slots int) int { return slots + max(slots/4, 1) }
