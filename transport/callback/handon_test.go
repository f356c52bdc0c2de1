package callback

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// An engine hands on what another one waits for, and says what that one does.
func TestHandOn(t *testing.T) {
	connect := broker(t)
	here := open(t, Options{NATS: connect()})
	there := open(t, Options{NATS: connect()})
	p := park(t, there)
	large := `"` + strings.Repeat(`\"`, value.MaxSize/2-1) + `"` // each of its bytes but two is escaped twice
	for _, tt := range []struct {
		name string
		do   func() error
		want string
	}{
		{"heartbeat", func() error { return here.Heartbeat(t.Context(), p.token) }, ""},
		{"success", func() error { return here.Success(t.Context(), p.token, large) }, ""},
		{"twice", func() error { return here.Success(t.Context(), p.token, `2`) },
			"TaskTimedOut: Task Timed Out: 'The task was answered before'"},
		{"late", func() error { return here.Heartbeat(t.Context(), there.Token("", time.Now())) },
			"TaskTimedOut: Task Timed Out: 'The task has timed out, or its execution has ended'"},
	} {
		got := ""
		if err := tt.do(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	<-p.beats
	if got := p.ended(t); got != large {
		t.Errorf("the task ended with %d bytes, want %d", len(got), len(large))
	}
	failing := park(t, there)
	if err := here.Failure(t.Context(), failing.token, &express.Error{Name: "E", Cause: "<c>"}); err != nil {
		t.Error(err)
	}
	if got := failing.ended(t); got != "E|<c>" {
		t.Errorf("the task ended with %s", got)
	}
	if diff := cmp.Diff(Counts{}, here.Counts()); diff != "" {
		t.Errorf("counts of who hands on (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Counts{Succeeded: 1, Failed: 1, Heartbeats: 1, Twice: 1, Late: 1}, there.Counts()); diff != "" {
		t.Errorf("counts of who waits (-want +got):\n%s", diff)
	}
}

// An engine that is gone has taken its tasks along.
func TestEngineIsGone(t *testing.T) {
	connect := broker(t)
	gone, err := New(Options{Keys: [][]byte{key('k', minKey)}, NATS: connect()})
	if err != nil {
		t.Fatal(err)
	}
	now := gone.Token("", time.Now().Add(time.Minute))
	justNow := gone.Token("", time.Now().Add(-maxSkew/2))
	before := gone.Token("", time.Now().Add(-2*maxSkew))
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	alone := open(t, Options{})
	here := open(t, Options{NATS: connect()})
	for _, tt := range []struct {
		name, token, want string
		r                 *Registry
	}{
		{"over NATS", now, "TaskDoesNotExist: Task Does Not Exist: 'The engine that waited for its answer is gone'", here},
		{"expired, if all clocks are right", justNow, "TaskDoesNotExist: Task Does Not Exist: 'The engine that waited for its answer is gone'", here},
		{"alone", now, "TaskDoesNotExist: Task Does Not Exist: 'The engine that waited for its answer is gone'", alone},
		{"long ago", before, "TaskTimedOut: Task Timed Out: 'The task has timed out, or its execution has ended'", here},
	} {
		if err := tt.r.Success(t.Context(), tt.token, `1`); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	if c := here.Counts(); c.Gone != 2 || c.Late != 1 {
		t.Errorf("counts are %+v", c)
	}
	if _, code, _ := request(t, connect(), "heartbeat", `{"taskToken": "`+now+`"}`); code != "TaskDoesNotExist" {
		t.Errorf("a client got %q", code)
	}
}

// An engine that does not respond is not waited for longer than the caller wants.
func TestEngineIsSilent(t *testing.T) {
	connect := broker(t)
	here := open(t, Options{NATS: connect()})
	silent := open(t, Options{})
	nc := connect()
	if _, err := nc.SubscribeSync(silent.engine.subject(success)); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := here.Success(ctx, silent.Token("", time.Now()), `1`); name(t, err) != "ServiceUnavailable" {
		t.Errorf("got %v", err)
	}
}

// What an engine has no room to hand on is refused.
func TestHandsOnTooMuch(t *testing.T) {
	connect := broker(t)
	here := open(t, Options{NATS: connect()})
	nc := connect()
	there := open(t, Options{NATS: nc})
	if err := errors.Join(there.peers.micro.Stop(), nc.Flush()); err != nil { // so that all answers come to the other
		t.Fatal(err)
	}
	client := connect()
	for n, want := range map[int]string{maxHandedOn - 1: "", maxHandedOn: "ServiceUnavailable"} {
		for range n {
			here.peers.slots <- struct{}{}
		}
		p := park(t, there)
		if _, code, _ := request(t, client, "heartbeat", `{"taskToken": "`+p.token+`"}`); code != want {
			t.Errorf("while %d are handed on: got %q, want %q", n, code, want)
		}
		for range n {
			<-here.peers.slots
		}
	}
}

// Closing does not wait for an engine that does not respond.
func TestCloseWhileHandingOn(t *testing.T) {
	connect := broker(t)
	here, err := New(Options{Keys: [][]byte{key('k', minKey)}, NATS: connect()})
	if err != nil {
		t.Fatal(err)
	}
	silent := open(t, Options{})
	nc := connect()
	handed, err := nc.SubscribeSync(silent.engine.subject(success))
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	code := make(chan string, 1)
	go func() {
		_, c, _ := request(t, connect(), "success", `{"taskToken": "`+silent.Token("", time.Now())+`", "output": 1}`)
		code <- c
	}()
	if _, err := handed.NextMsg(patience); err != nil {
		t.Fatal(err)
	}
	if err := here.Close(); err != nil {
		t.Error(err)
	}
	if got := <-code; got != "ServiceUnavailable" {
		t.Errorf("the client got %q", got)
	}
}

// A token of another engine goes no further than to the one that it was sent to.
func TestHandedToTheWrongEngine(t *testing.T) {
	connect := broker(t)
	one := open(t, Options{NATS: connect()})
	two := open(t, Options{NATS: connect()})
	m, err := connect().Request(one.engine.subject(heartbeat), []byte(`{"taskToken": "`+park(t, two).token+`"}`), patience)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header.Get(micro.ErrorCodeHeader); got != "TaskDoesNotExist" {
		t.Errorf("got %q", got)
	}
}
