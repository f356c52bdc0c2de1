package main

import (
	"errors"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"express": main})
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Values[held{}] = make(requests)
			e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/.config") // no NATS context of ours
			e.Setenv("EXPRESS_CALLBACKS_LISTEN", "off")       // scripts run side by side
			e.Setenv("EXPRESS_API_LISTEN", "off")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    cmdExits,
			"broker":   cmdBroker,
			"engine":   cmdEngine,
			"stream":   cmdStream,
			"stored":   cmdStored,
			"answer":   cmdAnswer,
			"release":  cmdRelease,
			"hold":     cmdHold,
			"holds":    cmdHolds,
			"ready":    cmdReady,
			"metric":   cmdMetric,
			"free":     cmdFree,
			"until":    cmdUntil,
			"stopping": cmdStopping,
		},
	})
}

// cmdUntil runs a command until its output matches: until PATTERN COMMAND ARG...
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND ARG...")
	}
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		err = ts.Exec(args[1], args[2:]...)
		if err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("the output never matched %s", want)
}

// cmdExits runs a command and wants it to end with a code: exits CODE COMMAND ARG...
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
