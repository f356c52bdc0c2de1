package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// beatSlack is what a delivery may have waited in its process before its deadline
// began, in a script that fills its slots.
const beatSlack = 2 * time.Minute

// window is for how long a stream of results knows what it has: two executions of
// one event have one result within it.
const window = 2 * time.Minute

// maxDeaths is how many processes an event may kill: two before it is in quarantine.
const maxDeaths = 2 + transport.MaxBegun

// A ledger notes what happens in a simulation, and holds it to what is promised.
// It is safe for concurrent use.
type ledger struct {
	script *script
	start  time.Time

	mu       sync.Mutex // guards what follows
	timeline []string
	broken   []string                    // promises
	landed   map[string]bool             // events in the stream, by name
	ends     map[string][]express.Status // of executions, by name
	begun    map[string]int              // executions, by name
	results  map[string]time.Time        // outcomes in DoneStream, by name
	letters  map[string]string           // reasons in DeadStream, by name
	marks    map[string]int              // counts in BegunStream, by name
	deaths   map[string]int              // of processes, by the name of the event that kills
	keys     map[string]string           // what an idempotency key stands for
	places   map[string]string           // and the other way round
	calls    map[string]map[string]bool  // keys, by name
	handed   map[uint64]time.Time        // when a delivery went out
	out      map[uint64]Delivered        // deliveries on which there is no last word
	running  map[*life]map[string]int    // deliveries of the executions that run
}

func newLedger(s *script) *ledger {
	return &ledger{
		script:  s,
		start:   time.Now(),
		landed:  make(map[string]bool),
		ends:    make(map[string][]express.Status),
		begun:   make(map[string]int),
		results: make(map[string]time.Time),
		letters: make(map[string]string),
		marks:   make(map[string]int),
		deaths:  make(map[string]int),
		keys:    make(map[string]string),
		places:  make(map[string]string),
		calls:   make(map[string]map[string]bool),
		handed:  make(map[uint64]time.Time),
		out:     make(map[uint64]Delivered),
		running: make(map[*life]map[string]int),
	}
}

// note puts a line into the timeline.
func (g *ledger) note(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.line(format, args...)
}

// line is note for who has the lock.
func (g *ledger) line(format string, args ...any) {
	g.timeline = append(g.timeline, fmt.Sprintf("%10.3fs  ", time.Since(g.start).Seconds())+fmt.Sprintf(format, args...))
}

// breaks notes that a promise is broken. The lock is held.
func (g *ledger) breaks(format string, args ...any) {
	g.line("BROKEN: "+format, args...)
	g.broken = append(g.broken, fmt.Sprintf(format, args...))
}

// stored sees what streams take in.
func (g *ledger) stored(stream string, m Stored) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch stream {
	case streamName:
		g.landed[m.ID] = true
		g.line("%s is event %d", m.ID, m.Seq)
	case jetstream.DoneStream:
		var result struct{ Name string }
		if err := json.Unmarshal(m.Data, &result); err != nil {
			g.breaks("a result is no JSON: %v", err)
		}
		g.line("%s has a result", result.Name)
		if last, ok := g.results[result.Name]; ok && m.Time.Sub(last) < window {
			g.breaks("%s has two results", result.Name)
		}
		g.results[result.Name] = m.Time
	case jetstream.DeadStream:
		name := header(m.Header, transport.HeaderExecution)
		g.letters[name] = header(m.Header, transport.HeaderReason)
		g.line("%s is a dead letter: %s", name, g.letters[name])
	case jetstream.BegunStream:
		name := header(m.Header, transport.HeaderExecution)
		begun, err := strconv.Atoi(string(m.Data))
		if err != nil {
			g.breaks("a mark is no number: %v", err)
		}
		g.line("%s is marked: %d", name, begun)
		g.marks[name] = begun
	}
}

// delivered sees deliveries.
func (g *ledger) delivered(d Delivered) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if strings.HasPrefix(d.Subject, subjects) {
		g.handed[d.Sequence] = time.Now()
		g.out[d.Sequence] = d
		g.line("%s goes out, %d. time", d.ID, d.Count)
	}
}

// answered sees words on deliveries.
func (g *ledger) answered(d Delivered, word string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !strings.HasPrefix(d.Subject, subjects) {
		return
	}
	g.line("%s, %d. time: %s", d.ID, d.Count, word)
	if word != "+WPI" {
		delete(g.out, d.Sequence)
	}
	switch word {
	case "+ACK":
		if len(g.ends[d.ID]) == 0 && g.letters[d.ID] == "" {
			g.breaks("%s is acknowledged, and no execution of it ended", d.ID)
		}
		if _, ok := g.results[d.ID]; !ok && g.letters[d.ID] == "" && g.script.completion == jetstream.Publish {
			g.breaks("%s is acknowledged, and its result is not in its stream", d.ID)
		}
	case "+TERM":
		if g.letters[d.ID] == "" {
			g.breaks("%s is taken out, and it is no dead letter", d.ID)
		}
	case "+WPI":
		if held := time.Since(g.handed[d.Sequence]); held > jetstream.DefaultDeadline+beatSlack {
			g.breaks("%s beats, %v after it was handed out", d.ID, held)
		}
	}
}

// began sees executions begin.
func (g *ledger) began(l *life, s *express.Start) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !l.lives() {
		return
	}
	g.line("%s begins in %s, delivery %d", s.Name, l.name, s.Delivery)
	g.begun[s.Name]++
	if s.Sync {
		if g.begun[s.Name] > 1 {
			g.breaks("the synchronous start %s runs twice", s.Name)
		}
		return
	}
	if n := g.marks[s.Name]; s.Delivery > 2 && (n < 1 || n > transport.MaxBegun) {
		g.breaks("%s runs in quarantine, and its mark is %d", s.Name, n)
	}
	run := g.running[l]
	if run == nil {
		run = make(map[string]int)
		g.running[l] = run
	}
	if s.Delivery > 2 && slices.ContainsFunc(slices.Collect(maps.Values(run)), func(d int) bool { return d > 2 }) {
		g.breaks("%s runs on delivery %d beside another one in quarantine", s.Name, s.Delivery)
	}
	run[fmt.Sprint(s.Name, s.Delivery)] = s.Delivery
	if len(run) > g.script.slots+1 { // one in quarantine
		g.breaks("%s runs %d executions, and has %d slots", l.name, len(run), g.script.slots)
	}
}

// ended sees executions end.
func (g *ledger) ended(l *life, name string, delivery int, status express.Status) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !l.lives() {
		return
	}
	g.line("%s ends in %s, delivery %d: %v", name, l.name, delivery, status)
	delete(g.running[l], fmt.Sprint(name, delivery))
	if status != express.Aborted {
		g.ends[name] = append(g.ends[name], status)
	}
}

// effect sees the requests of tasks. One key is one place in one execution, and
// the other way round, whoever runs it, and however often.
func (g *ledger) effect(c *express.Call) {
	place := fmt.Sprintf("%s/%s%v%s", c.Execution, c.State, c.Iteration, c.Input.String())
	g.mu.Lock()
	defer g.mu.Unlock()
	g.line("%s calls, retry %d", place, c.Retry)
	if was, ok := g.keys[c.Key()]; ok && was != place {
		g.breaks("%s has the key of %s", place, was)
	}
	if was, ok := g.places[place]; ok && was != c.Key() {
		g.breaks("%s has another key than before", place)
	}
	g.keys[c.Key()], g.places[place] = place, c.Key()
	if g.calls[c.Execution] == nil {
		g.calls[c.Execution] = make(map[string]bool)
	}
	g.calls[c.Execution][c.Key()] = true
}

// killed sees events kill processes.
func (g *ledger) killed(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deaths[name]++
	if n := g.deaths[name]; n > maxDeaths && !g.script.forgets() {
		g.breaks("%s kills a process for the %d. time", name, n)
	}
}

// stopped sees processes that were told to stop end by themselves.
func (g *ledger) stopped(l *life, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.line("%s has ended", l.name)
	for _, d := range g.out {
		if d.To == l.name && g.script.calm() {
			g.breaks("%s was told to stop, and has not given back %s", l.name, d.ID)
		}
	}
	if took > maxDrain && !g.script.has(func(e event) bool { return e.of == &hung }) {
		g.breaks("%s took %v to stop", l.name, took)
	}
}

// settle holds the ledger to what must be so in the end.
func (g *ledger) settle(left []Stored, unacknowledged int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range left {
		g.breaks("%s is still in the stream", m.ID)
	}
	if unacknowledged > 0 {
		g.breaks("%d events are not acknowledged", unacknowledged)
	}
	for _, e := range g.script.events {
		if e.sync {
			continue
		}
		ends, reason := g.ends[e.id], g.letters[e.id]
		if !g.landed[e.id] {
			g.breaks("%s was never published", e.id)
		}
		if len(ends) == 0 && reason == "" {
			g.breaks("%s is lost: no execution of it ended, and it is no dead letter", e.id)
		}
		if want := reasons[e.kind]; reason != want {
			g.breaks("%s is a dead letter for %q, want %q", e.id, reason, want)
		}
		if len(g.script.faults) == 0 && e.kind == sound && e.of != &hung && !g.script.has(func(e event) bool { return e.kind == poison }) && g.begun[e.id] != 1 {
			g.breaks("%s has %d executions, and nothing went wrong", e.id, g.begun[e.id])
		}
		if slices.Contains(ends, express.Succeeded) && len(g.calls[e.id]) != e.of.effects {
			g.breaks("%s has %d different keys, want %d", e.id, len(g.calls[e.id]), e.of.effects)
		}
	}
}

// reasons of dead letters, by the kind of event.
var reasons = [...]string{sound: "", garbage: transport.ReasonDecode, poison: transport.ReasonMaxDeliveries}

// report is what came of it.
func (g *ledger) report() *Report {
	g.mu.Lock()
	defer g.mu.Unlock()
	return &Report{g.script.seed, slices.Clone(g.broken), slices.Clone(g.timeline)}
}

// A handler is a log handler that writes to the ledger what a process says.
type handler struct {
	g    *ledger
	l    *life
	with string
}

func (*handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	})
	h.g.note("%s: %s%s%s", h.l.name, r.Message, h.with, b.String())
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
	}
	return &handler{h.g, h.l, h.with + b.String()}
}

func (h *handler) WithGroup(string) slog.Handler { return h }
