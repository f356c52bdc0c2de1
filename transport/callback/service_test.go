package callback

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/embedded"
)

// patience bounds what does not take long.
const patience = 10 * time.Second

// broker starts one and returns a function that connects to it.
func broker(t testing.TB) func(...nats.Option) *nats.Conn {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return func(options ...nats.Option) *nats.Conn {
		nc, err := nats.Connect("", append(options, s.Connection())...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc
	}
}

// A parked task waits in a Registry, as the tasks of executions do.
type parked struct {
	token string
	beats chan bool
	done  chan string // the result, or the name and cause of the error
}

// ended is what p ended with.
func (p *parked) ended(t testing.TB) string {
	t.Helper()
	select {
	case how := <-p.done:
		return how
	case <-time.After(patience):
		t.Fatal("the task waits on")
		return ""
	}
}

func park(t testing.TB, r *Registry) *parked {
	t.Helper()
	p := &parked{r.Token("", time.Now().Add(time.Minute)), make(chan bool, 1), make(chan string, 1)}
	tok, err := r.open(p.token)
	if err != nil {
		t.Fatal(err)
	}
	r.add(tok.id, &waiting{
		beat:      func() { p.beats <- true },
		submitted: true,
		done: func(v value.Value, err error) {
			if e, ok := errors.AsType[*express.Error](err); ok {
				p.done <- e.Name + "|" + e.Cause
			} else {
				p.done <- v.String()
			}
		},
	})
	return p
}

// request sends an answer as any client of NATS would.
func request(t testing.TB, nc *nats.Conn, what, body string) (data, code, text string) {
	t.Helper()
	m, err := nc.Request("express.task."+what, []byte(body), patience)
	if err != nil {
		t.Fatal(err)
	}
	return string(m.Data), m.Header.Get(micro.ErrorCodeHeader), m.Header.Get(micro.ErrorHeader)
}

// quoted is text as a JSON string.
func quoted(text string) string { return string(value.AppendQuoted(nil, text)) }

// Bodies are the same over NATS and over HTTP. TOKEN stands for a token.
var bodies = []struct {
	name, op, body string
	want           string // what the task ends with, "" if it waits on
	code, text     string // of the refusal
}{
	{name: "JSON text", op: "success", body: `{"taskToken": "TOKEN", "output": "{\"approved\": true}"}`, want: `{"approved":true}`},
	{name: "JSON text of a string", op: "success", body: `{"taskToken": "TOKEN", "output": "\"yes\""}`, want: `"yes"`},
	{name: "an object", op: "success", body: `{"taskToken": "TOKEN", "output": {"approved": 1.0}}`, want: `{"approved":1.0}`},
	{name: "a number", op: "success", body: `{"taskToken": "TOKEN", "output": 12345678901234567890}`, want: `12345678901234567890`},
	{name: "null", op: "success", body: `{"taskToken": "TOKEN", "output": null}`, want: `null`},
	{name: "null as text", op: "success", body: `{"taskToken": "TOKEN", "output": "null"}`, want: `null`},
	{name: "other members", op: "success", body: `{"taskToken": "TOKEN", "output": [], "by": "anna"}`, want: `[]`},
	{name: "an error and a cause", op: "failure", body: `{"taskToken": "TOKEN", "error": "Refused", "cause": "too\ndear"}`, want: "Refused|too\ndear"},
	{name: "neither", op: "failure", body: `{"taskToken": "TOKEN"}`, want: `States.TaskFailed|`},
	{name: "heartbeat", op: "heartbeat", body: `{"taskToken": "TOKEN"}`},

	{name: "a string that is no JSON", op: "success", body: `{"taskToken": "TOKEN", "output": "yes"}`, code: "InvalidOutput", text: "Invalid Output: 'unexpected character"},
	{name: "an empty string", op: "success", body: `{"taskToken": "TOKEN", "output": ""}`, code: "InvalidOutput", text: "Invalid Output: '"},
	{name: "a key twice", op: "success", body: `{"taskToken": "TOKEN", "output": {"a": 1, "a": 2}}`, code: "InvalidOutput", text: `Invalid Output: 'duplicate key "a"'`},
	{name: "deep", op: "success", body: `{"taskToken": "TOKEN", "output": ` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`, code: "InvalidOutput", text: "Invalid Output: 'nested deeper than 64"},
	{name: "large", op: "success", body: `{"taskToken": "TOKEN", "output": "` + strings.Repeat(" ", value.MaxSize) + `1"}`, code: "InvalidOutput", text: "Invalid Output: '"},
	{name: "no output", op: "success", body: `{"taskToken": "TOKEN"}`, code: "ValidationException",
		text: "1 validation error detected: Value null at 'output' failed to satisfy constraint: Member must not be null"},
	{name: "no token", op: "heartbeat", body: `{}`, code: "ValidationException",
		text: "1 validation error detected: Value null at 'taskToken' failed to satisfy constraint: Member must not be null"},
	{name: "a long cause", op: "failure", body: `{"taskToken": "TOKEN", "cause": "` + strings.Repeat("x", maxCause+1) + `"}`, code: "ValidationException",
		text: "1 validation error detected: Value at 'cause' failed to satisfy constraint: Member must have length less than or equal to 32768"},
	{name: "a forged token", op: "success", body: `{"taskToken": "NoSuchTaskToken", "output": "1"}`, code: "InvalidToken", text: "Invalid Token: 'It is no task token'"},
	{name: "no JSON", op: "success", body: `approved`, code: "SerializationException", text: "The body is not acceptable: "},
	{name: "no object", op: "heartbeat", body: `["TOKEN"]`, code: "SerializationException", text: "The body is not acceptable: "},
	{name: "nothing", op: "heartbeat", body: ``, code: "SerializationException", text: "The body is not acceptable: "},
}

// check compares what became of p and of its answer with a row of bodies.
func check(t *testing.T, r *Registry, p *parked, i int, data, code, text string) {
	t.Helper()
	tt := &bodies[i]
	if code != tt.code || !strings.HasPrefix(text, tt.text) {
		t.Errorf("got %s %.200s, want %s %s", code, text, tt.code, tt.text)
	}
	if tt.code == "" && strings.TrimSpace(data) != `{}` {
		t.Errorf("got %s, want {}", data)
	}
	if tt.want != "" {
		if got := p.ended(t); got != tt.want {
			t.Errorf("the task ended with %s, want %s", got, tt.want)
		}
		return
	}
	if tt.code == "" {
		<-p.beats
	}
	if err := r.Success(t.Context(), p.token, `1`); err != nil {
		t.Errorf("the task does not wait any more: %v", err)
	}
}

// Any client of NATS can answer, through any engine.
func TestAnswersOverNATS(t *testing.T) {
	connect := broker(t)
	one := open(t, Options{NATS: connect()})
	two := open(t, Options{NATS: connect()})
	client := connect()
	for i, tt := range bodies {
		for _, r := range []*Registry{one, two, one, two} { // either may take it
			t.Run(tt.name, func(t *testing.T) {
				p := park(t, r)
				data, code, text := request(t, client, tt.op, strings.Replace(tt.body, "TOKEN", p.token, 1))
				check(t, r, p, i, data, code, text)
			})
		}
	}
}

func TestNoConnection(t *testing.T) {
	nc := broker(t)()
	nc.Close()
	if _, err := New(Options{Keys: [][]byte{key('k', minKey)}, NATS: nc}); err == nil || !strings.HasPrefix(err.Error(), "answer callbacks of tasks: ") {
		t.Errorf("got %v", err)
	}
}

// Answers that nobody wants a reply to are taken, and no reply goes where it
// would mean something to the broker or to the engine.
func TestReplies(t *testing.T) {
	connect := broker(t)
	r := open(t, Options{NATS: connect()})
	for _, subject := range []string{"express.task.success", r.engine.subject(success)} {
		nc := connect()
		all, err := nc.SubscribeSync(">")
		if err != nil {
			t.Fatal(err)
		}
		for _, reply := range []string{"", "$JS.API.STREAM.DELETE.ORDERS", "$SYS.REQ.SERVER.PING", "express.start.orders", "orders.created"} {
			p := park(t, r)
			for range 2 { // taken, and refused
				m := &nats.Msg{Subject: subject, Reply: reply, Data: []byte(`{"taskToken": "` + p.token + `", "output": 1}`)}
				if err := nc.PublishMsg(m); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.ended(t); got != `1` {
				t.Errorf("with the reply subject %q the task ended with %s", reply, got)
			}
		}
		if err := nc.PublishRequest(subject, "_INBOX.last", nil); err != nil { // by its reply the others were read
			t.Fatal(err)
		}
		for {
			m, err := all.NextMsg(patience)
			if err != nil {
				t.Fatal(err)
			}
			if m.Subject == "_INBOX.last" {
				break
			}
			if m.Subject != subject {
				t.Errorf("%s was told %s %v", m.Subject, m.Data, m.Header)
			}
		}
	}
}

func TestServiceInfo(t *testing.T) {
	connect := broker(t)
	r := open(t, Options{NATS: connect(), Version: "1.2.3"})
	m, err := connect().Request("$SRV.INFO."+ServiceName, nil, patience)
	if err != nil {
		t.Fatal(err)
	}
	var info micro.Info
	if err := json.Unmarshal(m.Data, &info); err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, e := range info.Endpoints {
		subjects = append(subjects, e.Subject)
	}
	want := []string{"express.task.success", "express.task.failure", "express.task.heartbeat"}
	if diff := cmp.Diff(want, subjects); diff != "" || info.Version != "1.2.3" || info.Metadata["engine"] != r.engine.String() {
		t.Errorf("$SRV.INFO shows %+v", info)
	}
}

// An execution waits, and a plain client of NATS answers.
func TestExecutionOverNATS(t *testing.T) {
	connect := broker(t)
	r := open(t, Options{NATS: connect()})
	client := connect()
	var answering sync.WaitGroup
	m := machine(t, r, approval, express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
		body := []byte(`{"taskToken": "` + c.Token + `", "output": ` + quoted(`{"by": "anna"}`) + `}`)
		answering.Go(func() {
			if _, err := client.Request("express.task.success", body, patience); err != nil {
				t.Error(err)
			}
		})
		return value.Null, nil
	}))
	for mode, run := range modes {
		o := run(t.Context(), m, express.Start{Name: "run"})
		if o.Output.String() != `{"by":"anna"}` {
			t.Errorf("%s: got %s %s (%v)", mode, o.Status, o.Output, o.Err)
		}
		answering.Wait()
	}
}

func BenchmarkAnswer(b *testing.B) {
	r := open(b, Options{})
	p := park(b, r)
	tok, err := r.open(p.token)
	if err != nil {
		b.Fatal(err)
	}
	w := &waiting{submitted: true, done: func(value.Value, error) {}}
	b.ReportAllocs()
	for b.Loop() {
		r.add(tok.id, w)
		if err := r.Success(b.Context(), p.token, `{"approved": true}`); err != nil {
			b.Fatal(err)
		}
	}
}
