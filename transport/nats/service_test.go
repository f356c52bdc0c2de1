package nats

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// machine compiles a definition whose tasks all answer by f.
func machine(t *testing.T, definition string, f express.InvokerFunc) *express.Machine {
	t.Helper()
	p, found := compiler.Compile("echo", []byte(definition), nil)
	if p == nil {
		t.Fatal(found.Err())
	}
	m, err := express.New(p, express.Options{
		Identity: express.Identity{Name: "echo"},
		Invokers: map[string]express.Invoker{"func": f},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	echo   = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`
	refuse = `{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Refused", "Cause": "by rule"}}}`
	call   = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:call", "End": true}}}`
)

// serve serves workflows by name.
func serve(t *testing.T, nc *nats.Conn, machines map[string]*express.Machine, o ServiceOptions) *Service {
	t.Helper()
	o.Version = "1.2.3"
	o.Machine = func(workflow string) (*express.Machine, error) {
		if m := machines[workflow]; m != nil {
			return m, nil
		}
		return nil, errors.New("there is no workflow " + workflow)
	}
	s, err := NewService(nc, o)
	if err != nil {
		t.Fatal(err)
	}
	for w := range machines {
		for range 2 { // the second time changes nothing
			if err := s.Serve(w); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Cleanup(func() { s.Stop(context.Background()) })
	return s
}

func TestService(t *testing.T) {
	nc := connect(t)
	machines := map[string]*express.Machine{"echo": machine(t, echo, nil), "no.way": machine(t, refuse, nil), "gone": nil}
	serve(t, nc, machines, ServiceOptions{Metadata: map[string]string{"slots": "7"}})
	for _, tt := range []struct{ workflow, input, want, code, text string }{
		{workflow: "echo", input: `{"a": [1.0]}`, want: `{"name":"run-7","status":"SUCCEEDED","output":{"a":[1.0]}}`},
		{workflow: "echo", input: ``, want: `{"name":"run-7","status":"SUCCEEDED","output":{}}`},
		{workflow: "no.way", input: `{}`, want: `{"name":"run-7","status":"FAILED","error":"Refused","cause":"by rule"}`},
		{workflow: "echo", input: `{"a":`, code: "400", text: "not started: the input is not acceptable JSON: "},
		{workflow: "gone", input: `{}`, code: "404", text: "not started: there is no workflow gone"},
	} {
		t.Run(tt.workflow, func(t *testing.T) {
			r, err := nc.RequestMsg(&nats.Msg{
				Subject: transport.SyncSubject(tt.workflow),
				Header:  nats.Header{nats.MsgIdHdr: {"run-7"}},
				Data:    []byte(tt.input),
			}, 10*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Data) != tt.want {
				t.Errorf("got %s, want %s", r.Data, tt.want)
			}
			code, text := r.Header.Get(micro.ErrorCodeHeader), r.Header.Get(micro.ErrorHeader)
			if code != tt.code || !strings.HasPrefix(text, tt.text) {
				t.Errorf("got error %q %q, want %q %q", code, text, tt.code, tt.text)
			}
		})
	}
	if _, err := nc.Request(transport.SyncSubject("other"), nil, 10*time.Second); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("a workflow that nobody serves: got %v, want no responders", err)
	}

	r, err := nc.Request("$SRV.INFO.express", nil, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var info micro.Info
	if err := json.Unmarshal(r.Data, &info); err != nil {
		t.Fatal(err)
	}
	if info.Version != "1.2.3" || info.Metadata["slots"] != "7" || len(info.Endpoints) != 3 {
		t.Errorf("$SRV.INFO shows %+v", info)
	}
}

// Who asks for an answer on a subject that means something to the broker or to
// the engine gets none: a request cannot have the engine delete a stream for it.
func TestReplySubjects(t *testing.T) {
	nc := connect(t)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.*"}}); err != nil {
		t.Fatal(err)
	}
	ran := make(chan bool, 10)
	m := machine(t, call, func(context.Context, *express.Call) (value.Value, error) { ran <- true; return value.Null, nil })
	serve(t, nc, map[string]*express.Machine{"call": m}, ServiceOptions{})
	for _, reply := range []string{
		"$JS.API.STREAM.DELETE.ORDERS", "$JS.API.STREAM.PURGE.ORDERS", "$JS.ACK.ORDERS.workers.1.2.3.4.5", "$SYS.REQ.SERVER.PING",
		"$KV.stock.apples", "express.start.orders", "orders.created",
	} {
		for _, subject := range []string{transport.SyncSubject("call"), "$SRV.PING", "$SRV.INFO." + ServiceName} {
			if err := nc.PublishRequest(subject, reply, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, subject := range []string{"$SRV.PING", "$SRV.INFO." + ServiceName, transport.SyncSubject("call")} { // by then the others were read
		if _, err := nc.Request(subject, nil, 10*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if len(ran) != 1 {
		t.Errorf("%d executions ran, want only that of the request with an inbox", len(ran))
	}
	if stream, err := js.Stream(t.Context(), "ORDERS"); err != nil {
		t.Error(err)
	} else if n := stream.CachedInfo().State.Msgs; n > 0 {
		t.Errorf("%d answers are in the stream", n)
	}
}

func TestServiceIsBusy(t *testing.T) {
	nc := connect(t)
	started, end := make(chan bool), make(chan bool)
	m := machine(t, call, func(context.Context, *express.Call) (value.Value, error) {
		started <- true
		<-end
		return value.Null, nil
	})
	serve(t, nc, map[string]*express.Machine{"call": m}, ServiceOptions{Slots: 1})
	first := make(chan error, 1)
	go func() {
		_, err := nc.Request(transport.SyncSubject("call"), nil, 10*time.Second)
		first <- err
	}()
	<-started
	r, err := nc.Request(transport.SyncSubject("call"), nil, 10*time.Second)
	if err != nil || r.Header.Get(micro.ErrorCodeHeader) != "429" {
		t.Errorf("with all slots taken: got %v (%v), want the code 429", r, err)
	}
	end <- true
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// Stop lets what runs end within the grace, and tells the callers of the rest.
func TestServiceStops(t *testing.T) {
	nc := connect(t)
	started := make(chan bool)
	m := machine(t, call, func(ctx context.Context, _ *express.Call) (value.Value, error) {
		started <- true
		<-ctx.Done()
		return value.Value{}, ctx.Err()
	})
	s := serve(t, nc, map[string]*express.Machine{"call": m}, ServiceOptions{Grace: time.Millisecond})
	answered := make(chan *nats.Msg, 1)
	go func() {
		r, err := nc.Request(transport.SyncSubject("call"), nil, 10*time.Second)
		if err != nil {
			t.Error(err)
		}
		answered <- r
	}()
	<-started
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if r := <-answered; r != nil && (r.Header.Get(micro.ErrorCodeHeader) != "503" || !strings.HasSuffix(r.Header.Get(micro.ErrorHeader), "its tasks may have had effects")) {
		t.Errorf("got %v %s, want the code 503, and that there may be effects", r.Header, r.Data)
	}
	inbox, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		t.Fatal(err)
	}
	s.accept("call", &nats.Msg{Reply: inbox.Subject}) // as it was on its way
	r, err := inbox.NextMsg(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if code, text := r.Header.Get(micro.ErrorCodeHeader), r.Header.Get(micro.ErrorHeader); code != "503" || text != "not started: the engine is stopping" {
		t.Errorf("a request after the end: got %s %q", code, text)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Stop(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped with no time left: got %v, want %v", err, context.Canceled)
	}
}

// A request whose caller has gone is not run, one that comes in time is.
func TestServiceIsLate(t *testing.T) {
	nc := connect(t)
	ran := 0
	m := machine(t, call, func(context.Context, *express.Call) (value.Value, error) { ran++; return value.Null, nil })
	serve(t, nc, map[string]*express.Machine{"call": m}, ServiceOptions{})
	for _, tt := range []struct{ until, code, text string }{
		{until: time.Now().Add(time.Hour).Format(time.RFC3339Nano)},
		{until: time.Now().Add(-time.Second).Format(time.RFC3339Nano), code: "408", text: "not started: the caller waited until "},
		{until: "tomorrow", code: "400", text: `not started: the header Express-Until is no time: "tomorrow"`},
	} {
		r, err := nc.RequestMsg(&nats.Msg{Subject: transport.SyncSubject("call"), Header: nats.Header{transport.HeaderUntil: {tt.until}}}, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if code, text := r.Header.Get(micro.ErrorCodeHeader), r.Header.Get(micro.ErrorHeader); code != tt.code || !strings.HasPrefix(text, tt.text) {
			t.Errorf("until %s: got %q %q, want %q %q", tt.until, code, text, tt.code, tt.text)
		}
	}
	if ran != 1 {
		t.Errorf("%d executions ran, want 1", ran)
	}
}
