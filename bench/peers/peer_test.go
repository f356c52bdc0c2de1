package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakePeer in the environment makes the test binary a peer. Its value is what is
// wrong with it.
const fakePeer = "PEERS_FAKE"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		main()
		return
	}
	wrong := os.Getenv(fakePeer)
	in := bufio.NewScanner(os.Stdin)
	switch wrong {
	case "":
		os.Exit(m.Run())
	case "mute":
		os.Exit(3)
	case "stays":
		// A child that holds our output, and no end when our input ends.
		child := exec.Command("sleep", "1000")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		time.Sleep(time.Hour)
	}
	in.Scan()
	var s setup
	if err := json.Unmarshal(in.Bytes(), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf(`{"versions":{"Fake":"1.2.3","event":"%d bytes"}}`+"\n", len(s.Event))
	for in.Scan() {
		var l load
		if err := json.Unmarshal(in.Bytes(), &l); err != nil || s.Definitions[l.Workload] == nil {
			os.Exit(1)
		}
		switch wrong {
		case "dies":
			os.Exit(3)
		case "fails":
			fmt.Println(`{"error":"it is broken"}`)
		case "idle":
			fmt.Println(`{"events":0}`)
		default:
			fmt.Printf(`{"events":%d,"wall":%d,"cpu":20,"p50":30,"p99":40,"output":{"a":1}}`+"\n", l.Events, l.Time)
		}
	}
}

func fake(t *testing.T, wrong string) *process {
	t.Helper()
	t.Setenv(fakePeer, wrong)
	p, err := start(t.Context(), t.Output(), os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testSetup(t *testing.T) setup {
	t.Helper()
	s, err := newSetup("nats://127.0.0.1:1", []string{"w1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPeer(t *testing.T) {
	p, err := greet(fake(t, "nothing"), testSetup(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"Fake": "1.2.3", "event": "332 bytes"}, p.versions()); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	got, err := p.measure(t.Context(), load{Workload: "w1", Events: 7, Time: 10})
	if err != nil {
		t.Fatal(err)
	}
	want := sample{Events: 7, Wall: 10, CPU: 20, P50: 30, P99: 40, Output: json.RawMessage(`{"a":1}`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sample (-want +got):\n%s", diff)
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(p.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the peer: %v, want that it is gone", err)
	}
}

func TestPeerFails(t *testing.T) {
	if _, err := greet(fake(t, "mute"), testSetup(t)); err == nil || !strings.Contains(err.Error(), "did not begin") {
		t.Errorf("a peer that says nothing: got %v, want that it did not begin", err)
	}
	for wrong, want := range map[string]string{"dies": "answer: EOF", "fails": "it is broken", "idle": "nothing was run"} {
		p, err := greet(fake(t, wrong), testSetup(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.measure(t.Context(), load{Workload: "w1"}); err == nil || err.Error() != want {
			t.Errorf("a peer that %s: got %v, want %s", wrong, err, want)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := start(t.Context(), t.Output(), "./no-such-program"); err == nil {
		t.Error("a program that is not there starts")
	}
}

// The output of the child ends with the child: stop returns when it is gone.
func TestStopEndsTheGroup(t *testing.T) {
	p := fake(t, "stays")
	p.patience = 10 * time.Millisecond
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}
