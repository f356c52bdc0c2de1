package callback

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/transport"
)

// ServiceName is what $SRV.INFO shows those as that take answers.
const ServiceName = "express-callback"

const (
	// subjectPrefix begins the subjects for answers: express.task.success,
	// express.task.failure and express.task.heartbeat. One engine of all takes
	// each.
	subjectPrefix = "express.task."
	// enginePrefix begins the subjects by which engines hand answers to the one
	// that waits: express.callback.<engine>.success.
	enginePrefix = "express.callback."

	// peerTimeout is for how long another engine is waited for.
	peerTimeout = 5 * time.Second
	// maxHandedOn is how many answers of clients an engine hands on at a time: with
	// the largest outputs a quarter of a gigabyte. What comes beyond is refused.
	maxHandedOn = 256
)

// peers are the other engines, and everybody else that NATS connects to.
type peers struct {
	r       *Registry
	nc      *nats.Conn
	micro   micro.Service
	own     []*nats.Subscription // of answers that other engines hand on
	running context.Context
	stop    context.CancelFunc
	slots   chan struct{}
	going   sync.WaitGroup // of answers that are handed on
}

// subject is where e takes answers from other engines.
func (e engine) subject(o op) string { return enginePrefix + e.String() + "." + ops[o].name }

// serve takes answers over nc.
func (r *Registry) serve(nc *nats.Conn, version string) (err error) {
	p := &peers{r: r, nc: nc, slots: make(chan struct{}, maxHandedOn)}
	p.running, p.stop = context.WithCancel(context.Background())
	r.peers = p
	p.micro, err = micro.AddService(nc, micro.Config{
		Name:        ServiceName,
		Version:     cmp.Or(version, "0.0.0"),
		Description: "takes the answers to tasks that wait for a callback",
		Metadata:    map[string]string{"engine": r.engine.String()},
	})
	if err != nil {
		return err
	}
	for o := range ops {
		name := ops[o].name
		sub, err := nc.Subscribe(r.engine.subject(op(o)), func(m *nats.Msg) { p.handed(op(o), m) })
		if err != nil {
			return err
		}
		p.own = append(p.own, sub)
		handle := func(q micro.Request) { p.accept(op(o), q) }
		if err = p.micro.AddEndpoint(name, micro.HandlerFunc(handle), micro.WithEndpointSubject(subjectPrefix+name)); err != nil {
			return err
		}
	}
	return nc.Flush() // an answer may be on its way as soon as there is a token
}

// accept takes an answer from a client. One that another engine waits for must
// not hold up the next.
func (p *peers) accept(o op, q micro.Request) {
	reply := q.Reply()
	a, t, err := p.read(o, q.Data())
	switch {
	case err != nil:
	case t.engine == p.r.engine:
		err = p.r.deliver(t.id, a)
	default:
		select {
		case p.slots <- struct{}{}:
			p.going.Go(func() {
				p.reply(reply, p.r.handOn(p.running, &t, a))
				<-p.slots
			})
			return
		default:
			err = p.r.refuse(silent, nil)
		}
	}
	p.reply(reply, err)
}

// handed takes an answer from another engine, or from whoever says to be one.
func (p *peers) handed(o op, m *nats.Msg) {
	a, t, err := p.read(o, m.Data)
	switch {
	case err != nil:
	case t.engine == p.r.engine:
		err = p.r.deliver(t.id, a)
	default:
		err = p.r.refuse(gone, nil)
	}
	p.reply(m.Reply, err)
}

// read is an answer and its token.
func (p *peers) read(o op, body []byte) (a *answer, t token, err error) {
	if a, err = p.r.parse(o, body); err == nil {
		t, err = p.r.open(a.token)
	}
	return a, t, err
}

// handOn asks another engine to take a.
func (p *peers) handOn(ctx context.Context, to engine, a *answer) error {
	ctx, cancel := context.WithTimeout(ctx, peerTimeout)
	defer cancel()
	m, err := p.nc.RequestWithContext(ctx, to.subject(a.op), a.appendJSON(nil))
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return p.r.refuse(gone, nil)
	case err != nil:
		return p.r.refuse(silent, nil)
	}
	if name := m.Header.Get(micro.ErrorCodeHeader); name != "" {
		return &Error{name, m.Header.Get(micro.ErrorHeader)}
	}
	return nil
}

// reply tells the sender of an answer what became of it, if he wants to know.
func (p *peers) reply(to string, err error) {
	if !transport.Answerable(to, p.nc.Opts.InboxPrefix) {
		return
	}
	m := &nats.Msg{Subject: to, Data: []byte("{}")}
	if e, ok := errors.AsType[*Error](err); ok {
		m.Data = nil
		m.Header = nats.Header{micro.ErrorCodeHeader: {e.Name}, micro.ErrorHeader: {e.Message}}
	}
	if err := p.nc.PublishMsg(m); err != nil {
		p.r.log.Warn("sender of a task's answer not told what became of it", "error", err)
	}
}

// close takes no more answers, and gives up those that are handed on.
func (p *peers) close() error {
	p.stop()
	var errs []error
	if p.micro != nil {
		errs = append(errs, p.micro.Stop())
	}
	for _, sub := range p.own {
		errs = append(errs, sub.Unsubscribe())
	}
	p.going.Wait()
	return errors.Join(errs...)
}
