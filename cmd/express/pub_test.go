package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Events that are published while the broker is away are published again when it
// is back, and the stream holds each of them once.
func TestPubOutlivesTheBroker(t *testing.T) {
	o := brokerOptions(t.TempDir())
	s, err := startBroker(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Port = s.Addr().(*net.TCPAddr).Port
	url := s.ClientURL()
	events := makeStream(t, url, "EVENTS", "events")

	stdin, lines := io.Pipe()
	var out, errs watched // the connection writes, too
	code := make(chan int)
	go func() { code <- run([]string{"pub", "events", "--server", url}, stdin, &out, &errs) }()

	const each = 10 * maxFlying
	publish := func(from int) {
		for i := range each {
			fmt.Fprintln(lines, from+i)
		}
	}
	publish(0)
	s.Shutdown()
	s.WaitForShutdown()
	go func() {
		publish(each)
		lines.Close()
	}()
	if s, err = startBroker(o); err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()

	if c := <-code; c != exitOK {
		t.Errorf("exit code %d: %s", c, &errs)
	}
	if want := fmt.Sprintf("published %d in ", 2*each); !strings.HasPrefix(out.String(), want) {
		t.Errorf("it says %q, want %q", &out, want)
	}
	info, err := events.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.State.Msgs != 2*each {
		t.Errorf("the stream holds %d events, want %d", info.State.Msgs, 2*each)
	}
}

// When nothing is acknowledged for as long as --wait says, pub gives up, and
// counts what was on its way.
func TestPubGivesUp(t *testing.T) {
	s, err := startBroker(brokerOptions(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	makeStream(t, s.ClientURL(), "EVENTS", "events")
	stdin, lines := io.Pipe()
	var out, errs watched // the connection writes, too
	code := make(chan int)
	go func() {
		code <- run([]string{"pub", "events", "--wait", "500ms", "--server", s.ClientURL()}, stdin, &out, &errs)
	}()
	fmt.Fprintln(lines, 1)
	s.Shutdown()
	s.WaitForShutdown()
	go func() {
		fmt.Fprint(lines, "2\n3\n")
		lines.Close()
	}()
	if c := <-code; c != exitFailed || !strings.Contains(errs.String(), "nothing was acknowledged for") {
		t.Errorf("exit code %d: %s%s", c, &out, &errs)
	}
}

// Who may not publish is told so.
func TestPubWithoutPermission(t *testing.T) {
	o := brokerOptions(t.TempDir())
	o.Users = []*server.User{{Username: "me", Password: "secret", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Deny: []string{"events"}},
	}}}
	s, err := startBroker(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	for _, args := range [][]string{{"--wait", "1s"}, {"--core"}} {
		var out, errs watched // the connection writes, too
		args = append([]string{"pub", "events", "-d", "1", "--user", "me", "--password", "secret", "--server", s.ClientURL()}, args...)
		c := run(args, strings.NewReader(""), &out, &errs)
		if c != exitFailed || !strings.Contains(errs.String(), "permissions violation") {
			t.Errorf("%q: exit code %d: %s%s", args, c, &out, &errs)
		}
	}
}

func makeStream(t *testing.T, url, name, subject string) jetstream.Stream {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
