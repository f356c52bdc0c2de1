package nats

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/embedded"
)

func TestMessage(t *testing.T) {
	in, err := value.ParseString(`{"room": "a.b", "n": 7}`)
	if err != nil {
		t.Fatal(err)
	}
	c := express.Call{
		Task:      &program.Task{Kind: "nats:request", Target: "alerts.{room}"},
		Input:     in,
		Execution: "run-1",
		Delivery:  2,
		Retry:     1,
		Deadline:  time.Now().Add(time.Minute),
		Token:     "TOKEN",
		Trace:     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		Hops:      3,
	}.WithKey("KEY")
	m, err := message(c)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "alerts.a%2Eb" || string(m.Data) != `{"room":"a.b","n":7}` {
		t.Errorf("on %s: %s", m.Subject, m.Data)
	}
	want := map[string]string{
		"Express-Execution": "run-1", "Express-Attempt": "2", "Idempotency-Key": "KEY", "Express-Retry": "1", "Express-Hops": "4",
		"Express-Task-Token": "TOKEN", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
	for key, val := range want {
		if got := m.Header[key]; len(got) != 1 || got[0] != val {
			t.Errorf("header %s is %q, want %q", key, got, val)
		}
	}
	if got := m.Header.Get("Express-Deadline"); len(got) != len("59999") {
		t.Errorf("header Express-Deadline is %q, want some milliseconds under a minute", got)
	}
	if len(m.Header) != len(want)+1 {
		t.Errorf("headers are %v", m.Header)
	}

	c.Trace, c.Token = "Root=1-5759e988-bd862e3fe1be46a994272793", ""
	if m, _ = message(c); m.Header["X-Amzn-Trace-Id"] == nil || m.Header["traceparent"] != nil || m.Header["Express-Task-Token"] != nil {
		t.Errorf("headers of a trace of X-Ray, without a token, are %v", m.Header)
	}
}

// What comes from outside never becomes a header of its own.
func TestHeadersFromOutside(t *testing.T) {
	for _, bad := range []string{"a\r\nNats-Rollup: all", "a\nb", "a\x00b"} {
		m, err := message(express.Call{Task: &program.Task{Target: "x"}, Execution: bad, Trace: bad}.WithKey("KEY"))
		if err != nil {
			t.Fatal(err)
		}
		if m.Header["Express-Execution"] != nil || m.Header["traceparent"] != nil || m.Header["Idempotency-Key"] == nil {
			t.Errorf("with %q the headers are %q", bad, m.Header)
		}
	}
}

func TestResult(t *testing.T) {
	nc := connect(t)
	for on, m := range map[string]*nats.Msg{
		"empty":        {},
		"json":         {Data: []byte(`{"n": 14}`)},
		"typed":        {Data: []byte(`{"n": 14}`), Header: nats.Header{"content-type": {"text/html"}}},
		"msgpack":      {Data: []byte("\x81\xa1n\x0e"), Header: nats.Header{"Content-Type": {"application/msgpack"}}},
		"vendor":       {Data: []byte("\x92\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), Header: nats.Header{"content-type": {"application/vnd.msgpack; v=5"}}},
		"bomb":         {Data: []byte("\xdd\xff\xff\xff\xff"), Header: nats.Header{"Content-Type": {"application/x-msgpack"}}},
		"untyped":      {Data: []byte("\x81\xa1n\x0e")},
		"html":         {Data: []byte("<html>"), Header: nats.Header{"Content-Type": {"text/html"}}},
		"gzip":         {Data: []byte("\x1f\x8b\x08\x00"), Header: nats.Header{"Content-Encoding": {"gzip"}}},
		"garbled":      {Data: []byte(`{"secret":`)},
		"twice":        {Data: []byte(`{"secret":1,"secret":2}`)},
		"largest":      {Data: []byte(`"` + strings.Repeat("x", value.MaxSize-2) + `"`)},
		"larger":       {Data: []byte(`"` + strings.Repeat("x", value.MaxSize-1) + `"`)},
		"named":        {Header: nats.Header{micro.ErrorCodeHeader: {"OutOfStock"}, micro.ErrorHeader: {"none is left"}}},
		"numbered":     {Header: nats.Header{micro.ErrorCodeHeader: {"404"}, micro.ErrorHeader: {"no such item"}}},
		"unnamed":      {Header: nats.Header{micro.ErrorHeader: {"it failed"}}},
		"not_utf-8":    {Header: nats.Header{micro.ErrorCodeHeader: {"Bad\xff"}, micro.ErrorHeader: {"\xff"}}},
		"function":     {Data: []byte(`{"errorType": "E", "errorMessage": "m"}`), Header: nats.Header{"X-Amz-Function-Error": {"Unhandled"}}},
		"no_type":      {Data: []byte(`{"errorMessage": "m"}`), Header: nats.Header{"x-amz-function-error": {"Unhandled"}}},
		"no_more_said": {Data: []byte(`x`), Header: nats.Header{"X-Amz-Function-Error": {"Unhandled"}}},
	} {
		answer(t, nc, "on."+on, func(asked *nats.Msg) { asked.RespondMsg(&nats.Msg{Header: m.Header, Data: m.Data}) })
	}
	for _, tt := range []struct{ on, want, name string }{
		{"empty", `null`, ""},
		{"json", `{"n":14}`, ""},
		{"typed", `{"n":14}`, ""},
		{"msgpack", `{"n":14}`, ""},
		{"vendor", `[1,18446744073709551615]`, ""},
		{"bomb", "The answer of on.bomb is not acceptable MessagePack: unexpected end of input at offset 5", "States.TaskFailed"},
		{"untyped", "The answer of on.untyped is not acceptable JSON: ", "States.TaskFailed"},
		{"html", "The answer of on.html is not acceptable JSON: unexpected character at offset 0", "States.TaskFailed"},
		{"gzip", "The answer of on.gzip is not acceptable JSON: ", "States.TaskFailed"},
		{"garbled", "The answer of on.garbled is not acceptable JSON: unexpected end of input at offset 10", "States.TaskFailed"},
		{"twice", "The answer of on.twice is not acceptable JSON: duplicate key", "States.TaskFailed"},
		{"largest", `"` + strings.Repeat("x", value.MaxSize-2) + `"`, ""},
		{"larger", "The state/task 'nats' returned a result with a size exceeding the maximum number of bytes service limit.", "States.DataLimitExceeded"},
		{"named", "none is left", "OutOfStock"},
		{"numbered", "no such item", "Nats.ServiceError.404"},
		{"unnamed", "it failed", "Nats.ServiceError"},
		{"not_utf-8", "\uFFFD", "Bad\uFFFD"},
		{"function", `{"errorType":"E","errorMessage":"m"}`, "E"},
		{"no_type", `{"errorMessage":"m"}`, "Lambda.Unknown"},
		{"no_more_said", "", "Lambda.Unknown"},
		{"nobody", "Nobody answers on.nobody", "Nats.NoResponders"},
	} {
		t.Run(tt.on, func(t *testing.T) {
			v, err := invoke(t, nc, "nats:request:on."+tt.on, `{}`)
			expect(t, v, err, tt.want, tt.name)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}

// An answer that a server lets through because its bound is higher is refused for
// its size, unread.
func TestHugeAnswer(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Config: writeConf(t, "max_payload: 16MB")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := Connect(Settings{}, t.Name(), nil, s.Connection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	huge := make([]byte, 10<<20)
	for on, contentType := range map[string]string{"json": "application/json", "msgpack": "application/msgpack"} {
		answer(t, nc, on, func(m *nats.Msg) {
			m.RespondMsg(&nats.Msg{Header: nats.Header{"Content-Type": {contentType}}, Data: huge})
		})
		v, err := invoke(t, nc, "nats:request:"+on, `{}`)
		expect(t, v, err, "The state/task 'nats' returned a result with a size exceeding", "States.DataLimitExceeded")
	}
}

func TestRequestEnds(t *testing.T) {
	nc := connect(t)
	answer(t, nc, "silent", func(*nats.Msg) {})
	all, err := Invokers(nc, Options{})
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
