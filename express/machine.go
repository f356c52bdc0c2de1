package express

import (
	cryptorand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// A Machine is a Program bound to the world: what performs its tasks, what
// records its events. It is immutable and safe for concurrent use.
type Machine struct {
	prog    *program.Program
	short   bool
	wants   template.Wants
	tasks   []Invoker // parallel to prog.Tasks: no look-up while running
	inline  []bool    // by PC of an OpFork or OpMap: its children cannot block
	clock   Clock
	now     func() time.Time // of clock
	threads Threads
	limits  Limits
	due     due
	o       Options

	rand sync.Mutex // guards o.Rand
}

// Options bind a Machine to the world. The zero value runs a machine that has
// no tasks, records nothing and keeps real time.
type Options struct {
	Identity Identity
	Invokers map[string]Invoker // by program.Task.Kind
	Recorder Recorder           // nil records nothing
	Clock    Clock              // nil is the time package. Deadlines, timeouts, heartbeats and waits all use it
	Threads  Threads            // nil in production; a virtual clock needs it
	Rand     *rand.Rand         // nil seeds one; jitter, UUIDs, MathRandom. With one, and a virtual clock, a run can be repeated
	Limits   Limits             // the zero value of each field is its default
	// Token makes the token of a callback, different at every call and not to be
	// guessed, for the task with this idempotency key of an execution that ends by
	// the deadline; nil makes a random one. See Call.Token.
	Token func(key string, deadline time.Time) string
	// Inspect sees the stages of a state's data flow, under the names that AWS's
	// TestState gives them; nil in production. It is called by all threads of
	// an execution.
	Inspect func(stage string, v value.Value)
	// Borrow says that Invokers and Recorder keep no array and no object once they have
	// returned, or, where an attempt was started, called back: what they need longer
	// they copy, as by printing it. Memory of Start.Arena is used again only then, or
	// where there are neither.
	Borrow bool
	Probe  *Probe // nil in production: the machine is there to test one of its states
}

// An Identity is what the context object shows of a machine.
type Identity struct {
	Name, Version, ARN, Role string
}

// A Start is one event that starts an execution.
type Start struct {
	Name, ARN string // unique per event, equal for every redelivery of it
	Input     value.Value
	Time      time.Time // when the execution began, as it is shown; zero for now
	Sync      bool      // StartSyncExecution: the context object has no RedriveCount
	Delivery  int       // which delivery of the event, from 1; 0 if it was not delivered
	Hops      int       // executions that led to this one
	Trace     string    // W3C or X-Ray header, "" if none
	// Arena is where values of the execution may lie; nil for the heap. Who gave it
	// releases it when the outcome is of no use any more. It is kept all the same
	// where somebody else has seen a value who may keep it: see Options.Borrow.
	Arena *value.Arena
}

// An Outcome is how an execution ended.
type Outcome struct {
	Status      Status
	Output      value.Value // of Succeeded
	Err         *Error      // of Failed and TimedOut
	State       string      // where it ended
	Start, Stop time.Time
	// Logged reports acceptance or export of the execution's records, once; it
	// is what the Recorder's Log returned from Close, and may be nil.
	Logged <-chan error
	// Arena is that of the Start. Who looks into Output when Arena may be released
	// already calls its Keep in time.
	Arena *value.Arena
}

// A Status is how an execution ended.
type Status uint8

const (
	Succeeded Status = iota
	Failed
	TimedOut
	Aborted // we are stopping: another worker runs it from the beginning
)

var statuses = [...]string{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

// String is s as AWS writes it.
func (s Status) String() string { return statuses[s] }

// New verifies p and binds it to the world. Its error names what is missing, so
// that Run cannot fail for a wrong setup: a task whose kind has no Invoker, for
// one.
func New(p *program.Program, o Options) (*Machine, error) {
	if err := p.Verify(); err != nil {
		return nil, fmt.Errorf("verify %s: %w", p.Name, err)
	}
	m := &Machine{
		prog:    p,
		short:   p.Short(),
		wants:   p.Wants(),
		tasks:   make([]Invoker, len(p.Tasks)),
		inline:  make([]bool, len(p.Code)),
		clock:   o.Clock,
		threads: o.Threads,
		limits:  o.Limits.withDefaults(),
		o:       o,
	}
	if m.clock == nil {
		m.clock = realClock{}
	}
	m.now = m.clock.Now
	if m.threads == nil {
		m.threads = goroutines{}
	}
	if p.Timeout > 0 {
		m.limits.Duration = min(m.limits.Duration, p.Timeout)
	}
	var missing []string
	for i, t := range p.Tasks {
		m.tasks[i] = o.Invokers[t.Kind]
		if m.tasks[i] == nil && !slices.Contains(missing, t.Kind) {
			missing = append(missing, t.Kind)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("bind %s: no invoker for tasks of kind %q", p.Name, missing)
	}
	for pc, in := range p.Code {
		switch in.Op {
		case program.OpFork:
			m.inline[pc] = !slices.ContainsFunc(p.Forks[in.A].Entries, func(e program.PC) bool { return canBlock(p, e) })
		case program.OpMap:
			m.inline[pc] = !canBlock(p, p.Maps[in.A].Entry)
		}
	}
	return m, nil
}

// Program is what m runs.
func (m *Machine) Program() *program.Program { return m.prog }

// ReadInput is value.ParseOwned for an input of m, in a, which may be nil. Arrays that no state looks into
// stay unread: see value.ParseUnread.
func (m *Machine) ReadInput(a *value.Arena, b []byte) (value.Value, error) {
	if m.wants&template.WantsElements != 0 {
		return a.ParseOwned(b)
	}
	return a.ParseUnread(b)
}

// Short reports whether m's executions end within microseconds: see
// program.Program.Short.
func (m *Machine) Short() bool { return m.short }

// Duration is how long an execution of m may take.
func (m *Machine) Duration() time.Duration { return m.limits.Duration }

// Identity is what the context object of m's executions shows.
func (m *Machine) Identity() Identity { return m.o.Identity }

// ExecutionARN is the ARN of the execution that s starts: its own, else one of
// m's ARN and its name, in the form of Express Workflows, whose last part tells
// executions of one name apart: there are none here.
func (m *Machine) ExecutionARN(s *Start) string {
	if s.ARN != "" || m.o.Identity.ARN == "" {
		return s.ARN
	}
	return strings.Replace(m.o.Identity.ARN, ":stateMachine:", ":express:", 1) + ":" + s.Name + ":1"
}

// seed is where the random numbers of an execution start from.
func (m *Machine) seed() (a, b uint64) {
	if m.o.Rand == nil {
		return rand.Uint64(), rand.Uint64()
	}
	m.rand.Lock()
	defer m.rand.Unlock()
	return m.o.Rand.Uint64(), m.o.Rand.Uint64()
}

// newToken is a token of a callback.
func (m *Machine) newToken(key string, deadline time.Time) string {
	if m.o.Token != nil {
		return m.o.Token(key, deadline)
	}
	return cryptorand.Text() // from the system's source: it must not be guessed
}

// canBlock reports whether a thread that begins at entry can come to an
// instruction that waits for something. A thread that cannot is run where it
// was started: a goroutine would cost more than it.
func canBlock(p *program.Program, entry program.PC) bool {
	seen := map[program.PC]bool{entry: true}
	for todo := []program.PC{entry}; len(todo) > 0; {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch p.Code[pc].Op {
		case program.OpTask, program.OpWait, program.OpFork, program.OpMap:
			return true
		}
		for to := range p.Successors(pc) {
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return false
}
