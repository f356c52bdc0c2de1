package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/nats-io/nuid"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// ServiceName is what $SRV.INFO shows engines as.
const ServiceName = "express"

// ServiceOptions of a Service. Version and Machine are required.
type ServiceOptions struct {
	Version  string // of the engine, as semantic versioning has it
	Metadata map[string]string
	// Machine is what runs for a workflow now.
	Machine func(workflow string) (*express.Machine, error)
	Slots   int           // executions at a time; 0 is transport.DefaultMax
	Grace   time.Duration // for running executions after Stop; 0 is transport.DefaultGrace
	Log     *slog.Logger  // nil is slog.Default()
}

// A Service answers synchronous starts: requests on transport.SyncSubject, by
// one engine of all that serve the workflow. An execution is started at most
// once for each request, and its outcome is the answer. It is a NATS micro
// service, so that $SRV.INFO shows the engine. It is safe for concurrent use.
type Service struct {
	o       ServiceOptions
	nc      *nats.Conn
	shown   *discovery
	slots   chan struct{}
	running context.Context
	abort   context.CancelCauseFunc
	going   sync.WaitGroup

	mu     sync.Mutex // guards what follows
	served map[string]bool
}

// Codes of answers that are no outcome, in the headers of NATS micro services.
const (
	codeInput    = "400" // the input is not acceptable JSON
	codeWorkflow = "404" // the workflow is not served any more
	codeLate     = "408" // the caller does not wait any more
	codeBusy     = "429" // all slots are taken
	codeStopped  = "503" // the engine stopped before the execution ended, or began
)

// notStarted begins the errors of requests of which no execution was started: they
// can be sent again.
const notStarted = "not started: "

// handOver bounds how long Stop waits until answers are handed to the server.
const handOver = 10 * time.Second

var errStopping = errors.New("the process is stopping")

// NewService registers the engine. It serves no workflow yet.
func NewService(nc *nats.Conn, o ServiceOptions) (*Service, error) {
	o.Slots = cmp.Or(o.Slots, transport.DefaultMax)
	o.Grace = cmp.Or(o.Grace, transport.DefaultGrace)
	o.Log = cmp.Or(o.Log, slog.Default())
	shown, err := discover(nc, ServiceName, o.Version, "runs workflows in the Amazon States Language", o.Metadata)
	if err != nil {
		return nil, fmt.Errorf("register the engine as a service: %w", err)
	}
	s := &Service{
		o:      o,
		nc:     nc,
		shown:  shown,
		slots:  make(chan struct{}, o.Slots),
		served: make(map[string]bool),
	}
	s.running, s.abort = context.WithCancelCause(context.Background())
	return s, nil
}

// Serve answers starts of workflow from now on, if it does not already.
func (s *Service) Serve(workflow string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.served[workflow] {
		return nil
	}
	err := s.shown.add(endpointName(workflow), transport.SyncSubject(workflow), map[string]string{"workflow": workflow},
		func(r *nats.Msg) { s.accept(workflow, r) })
	if err != nil {
		return err
	}
	s.served[workflow] = true
	return nil
}

// endpointName is workflow as the name of an endpoint, which has letters,
// digits, - and _ only.
func endpointName(workflow string) string {
	return strings.ReplaceAll(transport.Token(workflow), "%", "_")
}

// accept starts what r asks for: others wait behind r.
func (s *Service) accept(workflow string, r *nats.Msg) {
	if !transport.Answerable(r.Reply, s.nc.Opts.InboxPrefix) {
		s.o.Log.Warn("request not answered: its reply subject is none for answers", "workflow", workflow, "reply", strconv.Quote(r.Reply))
		return
	}
	m, err := s.o.Machine(workflow)
	if err != nil {
		s.refuse(r, codeWorkflow, err.Error())
		return
	}
	select {
	case s.slots <- struct{}{}:
	default:
		s.refuse(r, codeBusy, fmt.Sprintf("the engine runs %d synchronous executions already", s.o.Slots))
		return
	}
	s.going.Add(1)
	begin := func() {
		if !s.start(m, r) {
			s.ended()
		}
	}
	if m.Short() && len(r.Data) <= maxInline { // a goroutine would take longer
		begin()
	} else {
		go begin()
	}
}

// ended frees the slot of a request that was answered.
func (s *Service) ended() {
	<-s.slots
	s.going.Done()
}

// start starts what r asks for, and reports whether it did: then r is answered
// when the execution has ended. Else it has been refused.
func (s *Service) start(m *express.Machine, r *nats.Msg) bool {
	if s.running.Err() != nil {
		return s.refuse(r, codeStopped, "the engine is stopping")
	}
	if code, why := late(header(r.Header, transport.HeaderUntil)); code != "" {
		s.o.Log.Warn("synchronous start not run", "workflow", m.Identity().Name, "why", why)
		return s.refuse(r, code, why)
	}
	var a *value.Arena // for what ends, and is answered, here
	if m.Short() {
		a = value.NewArena()
		defer a.Release()
	}
	in := value.Object()
	if len(r.Data) > 0 {
		var err error
		if in, err = m.ReadInput(a, r.Data); err != nil {
			return s.refuse(r, codeInput, "the input is not acceptable JSON: "+err.Error())
		}
	}
	name := r.Header.Get(nats.MsgIdHdr)
	if !transport.ValidName(name) {
		name = nuid.Next()
	}
	hops, _ := strconv.Atoi(header(r.Header, transport.HeaderHops)) // absent is none
	if hops > transport.MaxHops {
		return s.refuse(r, codeInput, fmt.Sprintf("%d executions led here, the limit is %d", hops, transport.MaxHops))
	}
	start := express.Start{
		Name:  name,
		Input: in,
		Sync:  true,
		Hops:  hops,
		Trace: cmp.Or(header(r.Header, transport.HeaderTrace), header(r.Header, transport.HeaderXRay)),
		Arena: a,
	}
	done := func(o express.Outcome) { s.done(r, name, &o) }
	if m.Short() {
		done(m.Run(s.running, start))
	} else {
		m.Start(s.running, start, done)
	}
	return true
}

// late is why a request is refused that comes when its caller does not wait any
// more, as one that lay in a client's buffer while that had no connection; its code
// is "" for one that comes in time.
func late(until string) (code, why string) {
	if until == "" {
		return "", ""
	}
	t, err := time.Parse(time.RFC3339Nano, until)
	switch {
	case err != nil:
		return codeInput, fmt.Sprintf("the header %s is no time: %q", transport.HeaderUntil, until)
	case time.Now().After(t):
		return codeLate, "the caller waited until " + until
	}
	return "", ""
}

// done answers r with the outcome of the execution.
func (s *Service) done(r *nats.Msg, name string, o *express.Outcome) {
	defer s.ended()
	if o.Status == express.Aborted {
		s.fail(r, codeStopped, "the engine stopped before the execution ended; its tasks may have had effects")
		return
	}
	s.answer(r, &nats.Msg{Data: transport.AppendOutcome(nil, name, o)})
}

// refuse answers a request of which no execution was started; it is false.
func (s *Service) refuse(r *nats.Msg, code, why string) bool {
	s.fail(r, code, notStarted+why)
	return false
}

// fail answers with an error.
func (s *Service) fail(r *nats.Msg, code, why string) {
	s.answer(r, &nats.Msg{Header: nats.Header{micro.ErrorCodeHeader: {code}, micro.ErrorHeader: {why}}})
}

func (s *Service) answer(r *nats.Msg, m *nats.Msg) {
	m.Subject = r.Reply
	if err := s.nc.PublishMsg(m); err != nil {
		s.o.Log.Warn("synchronous start not answered", "error", err)
	}
}

// Stop takes no more requests, waits for running executions until the grace is
// over or ctx is done, aborts the rest, and tells their callers.
func (s *Service) Stop(ctx context.Context) error {
	err := s.shown.stop()
	ended := make(chan struct{})
	go func() { s.going.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(s.o.Grace):
	case <-ctx.Done():
	}
	s.abort(errStopping)
	<-ended
	ctx, cancel := context.WithTimeout(ctx, handOver)
	defer cancel()
	return errors.Join(err, s.nc.FlushWithContext(ctx))
}
