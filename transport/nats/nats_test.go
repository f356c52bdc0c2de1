package nats

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
)

// connect starts a broker and returns a connection to it.
func connect(t *testing.T) *nats.Conn {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := Connect(Settings{}, t.Name(), nil, s.Connection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func answer(t *testing.T, nc *nats.Conn, subject string, f func(*nats.Msg)) {
	t.Helper()
	if _, err := nc.Subscribe(subject, f); err != nil {
		t.Fatal(err)
	}
}

// invoke calls a task of kind on subject.
func invoke(t *testing.T, nc *nats.Conn, kind, subject string) (value.Value, error) {
	t.Helper()
	all, err := Invokers(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return all[kind].Invoke(ctx, &express.Call{
		Task:      &program.Task{Kind: kind, Target: subject},
		Input:     value.Object(value.Member{Key: "n", Val: value.Int(7)}),
		Execution: "run-1",
		State:     "Ask",
		Delivery:  2,
		Retry:     1,
		Key:       "KEY",
		Deadline:  time.Now().Add(time.Minute),
		Trace:     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		Hops:      3,
	})
}

func TestRequest(t *testing.T) {
	nc := connect(t)
	var asked *nats.Msg
	answer(t, nc, "double", func(m *nats.Msg) { asked = m; m.Respond([]byte(`{"n": 14}`)) })
	answer(t, nc, "empty", func(m *nats.Msg) { m.Respond(nil) })
	answer(t, nc, "garbled", func(m *nats.Msg) { m.Respond([]byte(`{"n":`)) })
	answer(t, nc, "largest", func(m *nats.Msg) { m.Respond([]byte(`"` + strings.Repeat("x", value.MaxSize-2) + `"`)) })
	answer(t, nc, "larger", func(m *nats.Msg) { m.Respond([]byte(`"` + strings.Repeat("x", value.MaxSize-1) + `"`)) })
	service, err := micro.AddService(nc, micro.Config{Name: "prices", Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	service.AddEndpoint("named", micro.HandlerFunc(func(r micro.Request) { r.Error("OutOfStock", "none is left", nil) }))
	service.AddEndpoint("numbered", micro.HandlerFunc(func(r micro.Request) { r.Error("404", "no such item", nil) }))

	for _, tt := range []struct{ subject, want, name, cause string }{
		{subject: "double", want: `{"n":14}`},
		{subject: "empty", want: `null`},
		{subject: "garbled", name: "States.TaskFailed", cause: "The answer of garbled is not acceptable JSON: "},
		{subject: "largest", want: `"` + strings.Repeat("x", value.MaxSize-2) + `"`},
		{subject: "larger", name: "States.DataLimitExceeded", cause: "The state/task 'Ask' returned a result with a size exceeding"},
		{subject: "named", name: "OutOfStock", cause: "none is left"},
		{subject: "numbered", name: "Nats.ServiceError.404", cause: "no such item"},
		{subject: "nobody", name: "Nats.NoResponders", cause: "Nobody answers nobody"},
	} {
		t.Run(tt.subject, func(t *testing.T) {
			v, err := invoke(t, nc, "nats:request", tt.subject)
			if tt.name == "" {
				if err != nil || v.String() != tt.want {
					t.Errorf("got %.100s (%v), want %.100s", v, err, tt.want)
				}
				return
			}
			var e *express.Error
			if !errors.As(err, &e) || e.Name != tt.name || !strings.HasPrefix(e.Cause, tt.cause) {
				t.Errorf("got %v, want %s: %s", err, tt.name, tt.cause)
			}
		})
	}

	if string(asked.Data) != `{"n":7}` {
		t.Errorf("the task was asked with %s", asked.Data)
	}
	for key, want := range map[string]string{
		"Express-Execution": "run-1", "Express-Attempt": "2", "Idempotency-Key": "KEY", "Express-Retry": "1",
		"Express-Hops": "4", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	} {
		if got := asked.Header.Get(key); got != want {
			t.Errorf("header %s is %q, want %q", key, got, want)
		}
	}
	if got := asked.Header.Get("Express-Deadline"); len(got) != len("59999") {
		t.Errorf("header Express-Deadline is %q, want some milliseconds under a minute", got)
	}
}

// A job or a callback is refused: what answers the request is not its result.
func TestPatternsAreRefused(t *testing.T) {
	nc := connect(t)
	all, err := Invokers(nc)
	if err != nil {
		t.Fatal(err)
	}
	for kind, by := range all {
		for _, p := range []program.Pattern{program.Sync, program.Sync2, program.Token} {
			var e *express.Error
			_, err := by.Invoke(t.Context(), &express.Call{Task: &program.Task{Kind: kind, Target: "x", Resource: "nats:request:x", Pattern: p}})
			if !errors.As(err, &e) || e.Name != ErrPattern {
				t.Errorf("%s, pattern %d: got %v, want %s", kind, p, err, ErrPattern)
			}
		}
	}
}

func TestRequestEnds(t *testing.T) {
	nc := connect(t)
	answer(t, nc, "silent", func(*nats.Msg) {})
	all, err := Invokers(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err = all["nats:request"].Invoke(ctx, &express.Call{Task: &program.Task{Target: "silent"}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context was cancelled", err)
	}
}

func TestPublish(t *testing.T) {
	nc := connect(t)
	sub, err := nc.SubscribeSync("news")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := invoke(t, nc, "nats:publish", "news"); err != nil || v.String() != `{}` {
		t.Errorf("got %v (%v), want {}", v, err)
	}
	m, err := sub.NextMsg(10 * time.Second)
	if err != nil || string(m.Data) != `{"n":7}` {
		t.Errorf("got message %v (%v)", m, err)
	}
}

func TestStore(t *testing.T) {
	nc := connect(t)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "NEWS", Subjects: []string{"news"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"stream":"NEWS","sequence":1,"duplicate":false}`,
		`{"stream":"NEWS","sequence":1,"duplicate":true}`, // a retry has the same key
	} {
		if v, err := invoke(t, nc, "nats:jetstream", "news"); err != nil || v.String() != want {
			t.Errorf("got %v (%v), want %s", v, err, want)
		}
	}
	var e *express.Error
	if _, err := invoke(t, nc, "nats:jetstream", "elsewhere"); !errors.As(err, &e) || e.Name != ErrNoStream {
		t.Errorf("got %v, want %s", err, ErrNoStream)
	}
}

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
		{workflow: "echo", input: `{"a":`, code: "400", text: "the input is not acceptable JSON: "},
		{workflow: "gone", input: `{}`, code: "404", text: "there is no workflow gone"},
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
// the engine gets none.
func TestReplySubjects(t *testing.T) {
	nc := connect(t)
	ran := make(chan bool, 5)
	m := machine(t, call, func(context.Context, *express.Call) (value.Value, error) { ran <- true; return value.Null, nil })
	serve(t, nc, map[string]*express.Machine{"call": m}, ServiceOptions{})
	for _, reply := range []string{"$JS.ACK.ORDERS.workers.1.2.3.4.5", "$SYS.REQ.SERVER.PING", "express.start.orders", "orders.created"} {
		if err := nc.PublishRequest(transport.SyncSubject("call"), reply, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := nc.Request(transport.SyncSubject("call"), nil, 10*time.Second); err != nil { // by then the others were read
		t.Fatal(err)
	}
	if len(ran) != 1 {
		t.Errorf("%d executions ran, want only that of the request with an inbox", len(ran))
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
	if r := <-answered; r != nil && r.Header.Get(micro.ErrorCodeHeader) != "503" {
		t.Errorf("got %s, want the code 503", r.Data)
	}
}

func TestConnectSays(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close() // nobody listens there now
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Config: writeConf(t, `authorization { user: a, password: b }`)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, tt := range []struct {
		name string
		s    Settings
		want string
	}{
		{"nobody there", Settings{URL: "nats://me:secret@" + free.Addr().String()}, "no NATS server answers at nats://" + free.Addr().String()},
		{"wrong password", Settings{URL: s.URL(), User: "a", Password: "c"}, "the NATS server at " + s.URL() + " refuses the credentials"},
		{"no such context", Settings{Context: "nowhere"}, `there is no NATS context "nowhere" that can be read`},
		{"no such seed", Settings{URL: s.URL(), NKey: "/nonexistent"}, "NKey file /nonexistent: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Connect(tt.s, "test", nil)
			var e *ConnectError
			if !errors.As(err, &e) || !strings.HasPrefix(e.Error(), tt.want) || strings.Contains(e.Error(), "secret") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	nc, err := Connect(Settings{URL: s.URL(), User: "a", Password: "b"}, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
}
