package bench

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/transport"
	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// What ends an event of a Load.
const (
	Stored   = "stored"   // the stream has acknowledged it
	Result   = "result"   // that, and there is a result or a dead letter
	Answered = "answered" // who it was sent to has answered
)

// A Load is what a generator sends.
type Load struct {
	NATS     natsconn.Settings
	Subject  string
	Events   [][]byte // bodies, in turn
	N        int      // events to send
	Warm     int      // of which so many come first and are not measured
	Rate     float64  // events a second; 0 is as fast as InFlight allows
	InFlight int      // events that have not ended, at the most; 0 is no bound, which needs a Rate
	Until    string   // Stored, Result or Answered
	Patience time.Duration
}

// Loaded is what became of a Load. What was not acknowledged is in Sent, and in
// nothing else.
type Loaded struct {
	Sent, Acknowledged, Refused int
	Succeeded, Failed, Dead     int
	Rate                        float64       // events that were measured, a second
	Latency                     Latency       // of those, from when they were to be sent
	Late                        time.Duration // the most that the generator itself was behind its schedule
}

// Lost is how many events were acknowledged, and have not ended.
func (l *Loaded) Lost() int { return l.Acknowledged - l.Succeeded - l.Failed - l.Dead }

// What is known of an event, as bits.
const (
	acknowledged = 1 << iota
	refused
	succeeded
	failed
	dead
	ended = succeeded | failed | dead
)

// An event is what a generator knows of one.
type event struct {
	state atomic.Uint32
	end   atomic.Int64 // nanoseconds after generator.began, 0 before
}

// A generator sends a Load, over a connection of its own.
type generator struct {
	Load
	nc       *nats.Conn
	inbox    string
	began    time.Time
	sent     []time.Duration // when each event was to be sent, after began
	late     time.Duration
	events   []event
	free     chan struct{} // a slot for each event more that may be in flight; nil has no bound
	over     atomic.Int64  // events that have ended or were refused
	progress *atomic.Int64 // the same, to be shown
	finished chan struct{} // closed when all are over
}

// idPrefix begins the names of the executions of a Load; the number of the event
// follows.
const idPrefix = "b-"

// generate sends l. It is no error if events are refused or lost: Loaded counts
// them.
func generate(ctx context.Context, l Load, progress *atomic.Int64) (*Loaded, error) {
	nc, err := natsconn.Connect(l.NATS, "express bench generator", nil)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	g := &generator{
		Load:     l,
		nc:       nc,
		inbox:    nc.NewInbox() + ".",
		sent:     make([]time.Duration, 0, l.N),
		events:   make([]event, l.N),
		progress: progress,
		finished: make(chan struct{}),
	}
	if l.InFlight > 0 {
		g.free = make(chan struct{}, l.InFlight)
		for range l.InFlight {
			g.free <- struct{}{}
		}
	}
	progress.Store(0)
	g.began = time.Now()
	if err := g.listen(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go g.watch(ctx, stop)
	if err := g.send(ctx); err != nil {
		return nil, err
	}
	select {
	case <-g.finished:
	case <-ctx.Done(): // what is missing is counted
	}
	return g.loaded(), nil
}

// listen subscribes to all that can end an event.
func (g *generator) listen() error {
	subjects := map[string]nats.MsgHandler{g.inbox + "*": g.reply}
	if g.Until == Result {
		subjects[resultSubject] = g.result
		subjects[transport.DeadSubjects] = g.letter
	}
	for subject, handle := range subjects {
		sub, err := g.nc.Subscribe(subject, handle)
		if err != nil {
			return fmt.Errorf("subscribe to %s: %w", subject, err)
		}
		if err := sub.SetPendingLimits(-1, -1); err != nil {
			return err
		}
	}
	return g.nc.Flush()
}

// watch gives up when no event has ended for as long as the patience of g.
func (g *generator) watch(ctx context.Context, stop func()) {
	tick := time.NewTicker(g.Patience)
	defer tick.Stop()
	for before := int64(-1); ; {
		select {
		case <-tick.C:
			if g.over.Load() == before {
				stop()
				return
			}
			before = g.over.Load()
		case <-ctx.Done():
			return
		}
	}
}

// send sends all events, each when it is due and there is a free slot.
func (g *generator) send(ctx context.Context) error {
	s := schedule{began: time.Now(), rate: g.Rate}
	due := g.N
	if g.Rate > 0 {
		due = 0
	}
	for i := range g.N {
		if i >= due {
			if due = s.wait(ctx, i); ctx.Err() != nil {
				return nil
			}
		}
		if g.free != nil {
			select {
			case <-g.free:
			case <-ctx.Done():
				return nil
			}
		}
		at := time.Since(g.began)
		if g.Rate > 0 {
			intended := s.at(i).Sub(g.began)
			g.late = max(g.late, at-intended)
			at = intended
		}
		g.sent = append(g.sent, at)
		number := strconv.Itoa(i)
		m := &nats.Msg{Subject: g.Subject, Reply: g.inbox + number, Data: g.Events[i%len(g.Events)]}
		if g.Until == Result {
			m.Header = nats.Header{nats.MsgIdHdr: {idPrefix + number}}
		}
		if err := g.nc.PublishMsg(m); err != nil {
			return fmt.Errorf("publish event %d: %w", i, err)
		}
	}
	return g.nc.FlushTimeout(g.Patience)
}

// reply takes the acknowledgement of a stream, or an answer.
func (g *generator) reply(m *nats.Msg) {
	i, ok := g.number(strings.TrimPrefix(m.Subject, g.inbox))
	switch {
	case !ok:
	case m.Header.Get("Status") != "" || m.Header.Get(micro.ErrorHeader) != "": // nobody listens, or he refuses
		g.mark(i, refused)
	case g.Until == Answered:
		g.mark(i, acknowledged|statusOf(m.Data))
	case bytes.Contains(m.Data, []byte(`"error":{`)): // the stream is full, for one
		g.mark(i, refused)
	default:
		g.mark(i, acknowledged)
	}
}

// result takes an outcome.
func (g *generator) result(m *nats.Msg) {
	name, rest, ok := cutName(m.Data)
	if i, known := g.number(strings.TrimPrefix(name, idPrefix)); ok && known {
		g.mark(i, outcomeStatus(rest))
	}
}

// letter takes a dead letter.
func (g *generator) letter(m *nats.Msg) {
	if i, ok := g.number(strings.TrimPrefix(m.Header.Get(transport.HeaderExecution), idPrefix)); ok {
		g.mark(i, dead)
	}
}

// number is the event that text names.
func (g *generator) number(text string) (int, bool) {
	i, err := strconv.Atoi(text)
	return i, err == nil && i >= 0 && i < len(g.events)
}

// isOver reports whether an event in this state has come to its end.
func (g *generator) isOver(state uint32) bool {
	return state&refused != 0 || state&acknowledged != 0 && (g.Until == Stored || state&ended != 0)
}

// mark adds to what is known of event i.
func (g *generator) mark(i int, news uint32) {
	e := &g.events[i]
	if news&ended != 0 || g.Until == Stored {
		e.end.CompareAndSwap(0, int64(time.Since(g.began)))
	}
	old := e.state.Or(news)
	if g.isOver(old) || !g.isOver(old|news) {
		return
	}
	if g.free != nil {
		g.free <- struct{}{}
	}
	n := g.over.Add(1)
	g.progress.Store(n)
	if n == int64(g.N) {
		close(g.finished)
	}
}

// loaded counts.
func (g *generator) loaded() *Loaded {
	l := &Loaded{Sent: len(g.sent), Late: g.late}
	h := newHistogram()
	measured := 0
	var first, last time.Duration
	for i, sent := range g.sent {
		state := g.events[i].state.Load()
		if state&acknowledged == 0 {
			if state&refused != 0 {
				l.Refused++
			}
			continue
		}
		l.Acknowledged++
		switch {
		case state&dead != 0:
			l.Dead++
		case state&failed != 0:
			l.Failed++
		case state&succeeded != 0:
			l.Succeeded++
		default:
			continue
		}
		if i < g.Warm {
			continue
		}
		end := time.Duration(g.events[i].end.Load())
		if measured == 0 {
			first = sent
		}
		last = max(last, end)
		measured++
		record(h, end-sent)
	}
	if measured > 0 {
		l.Rate = float64(measured) / (last - first).Seconds()
		l.Latency = latencyOf(h)
	}
	return l
}

// namePrefix begins every outcome: see transport.AppendOutcome.
const namePrefix = `{"name":"`

// cutName is the name in an outcome, which holds nothing that is escaped, and
// what follows it.
func cutName(outcome []byte) (name string, rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(outcome, []byte(namePrefix))
	n := bytes.IndexByte(rest, '"')
	if !ok || n < 0 {
		return "", nil, false
	}
	return string(rest[:n]), rest[n:], true
}

// outcomeStatus is how an execution ended, of what follows its name.
func outcomeStatus(rest []byte) uint32 {
	if bytes.HasPrefix(rest, []byte(`","status":"SUCCEEDED"`)) {
		return succeeded
	}
	return failed
}

// statusOf is how the execution ended that an outcome is of.
func statusOf(outcome []byte) uint32 {
	_, rest, _ := cutName(outcome)
	return outcomeStatus(rest)
}
