package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// repository is the root of the repository, seen from here.
const repository = "../.."

// untested are commands that the README shows and that cannot run in a test.
var untested = regexp.MustCompile(`^(make test|git clone|cd)\b`)

// readmeTime bounds what one command may take; the first one compiles.
const readmeTime = 10 * time.Minute

// Every command that the README shows works, one after the other. One that says
// that Ctrl-C ends it runs beside those that follow in its block, and is
// interrupted in the end.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs what the README shows")
	}
	text, err := os.ReadFile(repository + "/README.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no README.md")
	}
	if err != nil {
		t.Fatal(err)
	}
	blocks := shellBlocks(string(text))
	if len(blocks) == 0 {
		t.Fatal("the README shows no command: no sh block has a line that begins with a dollar")
	}
	for _, block := range blocks {
		t.Run(block[0], func(t *testing.T) {
			for _, command := range block {
				if !untested.MatchString(command) {
					shell(t, command)
				}
			}
		})
	}
}

// shellBlocks are the commands of the sh blocks of a Markdown text: their lines
// that begin with a dollar, and those that go on after a backslash.
func shellBlocks(text string) [][]string {
	var blocks [][]string
	var commands []string
	inside, goesOn := false, false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		command, begins := strings.CutPrefix(line, "$ ")
		switch {
		case !inside:
			inside, commands = line == "```sh", nil
		case line == "```":
			if inside = false; len(commands) > 0 {
				blocks = append(blocks, commands)
			}
		case goesOn:
			commands[len(commands)-1] += "\n" + line
			goesOn = strings.HasSuffix(line, `\`)
		case begins:
			commands = append(commands, command)
			goesOn = strings.HasSuffix(line, `\`)
		}
	}
	return blocks
}

func TestShellBlocks(t *testing.T) {
	const text = "```sh\n$ make run\nwhat it prints\n$ express pub a \\\n  -d 1\n```\n$ no block\n```go\n$ no shell\n```\n```sh\nno command\n```\n"
	got := shellBlocks(text)
	if len(got) != 1 || len(got[0]) != 2 || got[0][0] != "make run" || got[0][1] != "express pub a \\\n  -d 1" {
		t.Errorf("got %q", got)
	}
}

// shell runs a command in the root of the repository until it ends or says that
// Ctrl-C does that.
func shell(t *testing.T, command string) {
	t.Helper()
	out := &watched{want: []byte("Ctrl-C"), seen: make(chan struct{})}
	c := exec.Command("sh", "-c", command)
	c.Dir = repository
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to interrupt what sh started, too
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		return
	case <-out.seen:
	case <-time.After(readmeTime):
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		t.Fatalf("%s did not end, and did not say how to end it\n%s", command, out)
	}
	t.Cleanup(func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGINT)
		select {
		case <-ended: // what make says of an interrupt is no matter
		case <-time.After(readmeTime):
			syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
			t.Errorf("%s did not end when it was interrupted\n%s", command, out)
		}
	})
}

// A watched buffer tells when it holds a text, if it is to. It is safe for
// concurrent use.
type watched struct {
	want []byte
	seen chan struct{} // closed then

	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := bytes.Contains(w.buf.Bytes(), w.want)
	w.buf.Write(b)
	if w.seen != nil && !before && bytes.Contains(w.buf.Bytes(), w.want) {
		close(w.seen)
	}
	return len(b), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}
