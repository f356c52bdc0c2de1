package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakePeer in the environment makes the test binary a peer: every evaluation
// takes 2 us of CPU and 3 us in all. Its value is what goes wrong.
const fakePeer = "JSONATA_FAKE_PEER"

func TestMain(m *testing.M) {
	switch os.Getenv(fakePeer) {
	case "":
		os.Exit(m.Run())
	case "mute":
		os.Exit(3)
	case "dies":
		fmt.Println(`{"node":"v1.2.3","jsonata":"4.5.6"}`)
		os.Exit(3)
	}
	fmt.Println(`{"node":"v1.2.3","jsonata":"4.5.6"}`)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var n int
		fmt.Sscan(in.Text(), &n)
		fmt.Printf("{\"cpu\":%d,\"wall\":%d}\n", 2000*n, 3000*n)
	}
}

func fake(t *testing.T, wrong string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), fakePeer+"="+wrong)
	return cmd
}

func TestPeer(t *testing.T) {
	p, err := startPeer(fake(t, "nothing"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (versions{Node: "v1.2.3", JSONata: "4.5.6"}); p.versions != want {
		t.Errorf("got versions %v, want %v", p.versions, want)
	}
	for _, n := range []int{1, 50} {
		got, err := p.run(n)
		want := sample{CPU: time.Duration(n) * 2 * time.Microsecond, Wall: time.Duration(n) * 3 * time.Microsecond}
		if err != nil || got != want {
			t.Errorf("got %v, %v of %d evaluations, want %v", got, err, n, want)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

func TestPeerFails(t *testing.T) {
	if _, err := startPeer(fake(t, "mute")); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a peer that says nothing: got %v, want its exit status", err)
	}
	p, err := startPeer(fake(t, "dies"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.run(1); err == nil {
		t.Error("a peer that is gone answers")
	}
	if err := p.stop(); err == nil {
		t.Error("a peer that ended with a status ends well")
	}
	if _, err := startPeer(exec.CommandContext(t.Context(), "./no-such-program")); err == nil {
		t.Error("a program that is not there starts")
	}
}

// The sides warm up until they have used the time, then take turns at as many
// evaluations as fill a sample.
func TestTakeTurns(t *testing.T) {
	var calls []string
	side := func(name string, each time.Duration) runner {
		return func(n int) (sample, error) {
			calls = append(calls, fmt.Sprint(name, " ", n))
			return sample{CPU: time.Duration(n) * each, Wall: time.Duration(n) * each * 2}, nil
		}
	}
	o := options{rounds: 2, warm: 300, sample: 1000}
	ours, theirs, err := takeTurns(side("us", 100), side("them", 400), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"us 1", "us 2", "them 1", "us 10", "them 2", "us 10", "them 2"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if want := []cost{{CPU: 100, Wall: 200}, {CPU: 100, Wall: 200}}; !slices.Equal(ours, want) {
		t.Errorf("got %v, want %v", ours, want)
	}
	if want := []cost{{CPU: 400, Wall: 800}, {CPU: 400, Wall: 800}}; !slices.Equal(theirs, want) {
		t.Errorf("got %v, want %v", theirs, want)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-o", "yaml"}, {"-rounds", "0"}, {"-sample", "0s"}, {"-warm", "0s"}, {"extra"}, {"-none"}} {
		var out, log bytes.Buffer
		if got := run(t.Context(), args, &out, &log); got != 2 || !strings.Contains(log.String(), "-rounds") || out.Len() > 0 {
			t.Errorf("%v: got status %d, output %q and log %q, want status 2 and the flags", args, got, &out, &log)
		}
	}
	var out, log bytes.Buffer
	if got := run(t.Context(), []string{"-case", "none"}, &out, &log); got != 1 || !strings.Contains(log.String(), `no case "none"`) {
		t.Errorf("got status %d and log %q, want 1 and that there is no such case", got, &log)
	}
}
