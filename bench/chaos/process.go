package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a child. What it prints goes to a file.
type process struct {
	name string
	log  string // path of what it prints
	cmd  *exec.Cmd
	done chan struct{} // closed when it is gone
}

// start starts a child in a group of its own, which is killed when this process
// ends, however it does.
func start(dir, name string, env []string, argv ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir = dir
	p.cmd.Env = append(clean(os.Environ()), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = attributes()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(p.done)
		p.cmd.Wait() // how it ended is in its state
	}()
	return p, nil
}

// clean is env without what would lead a child elsewhere than it is told to.
func clean(env []string) (kept []string) {
	for _, e := range env {
		if !strings.HasPrefix(e, "NATS_") && !strings.HasPrefix(e, "EXPRESS_") && !strings.HasPrefix(e, "OTEL_") && !strings.HasPrefix(e, "GOMEMLIMIT=") {
			kept = append(kept, e)
		}
	}
	return kept
}

// signal sends s to the child and what it has started.
func (p *process) signal(s syscall.Signal) {
	if p.alive() {
		syscall.Kill(-p.cmd.Process.Pid, s) // gone in the meantime is as good
	}
}

// kill ends the child at once.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// terminate asks the child to end and says how long that took; after patience it
// is killed.
func (p *process) terminate(patience time.Duration) time.Duration {
	began := time.Now()
	p.signal(syscall.SIGTERM)
	if !within(p.done, patience) {
		p.kill()
	}
	return time.Since(began)
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// exit is how the child ended: its code, or -1 for a signal.
func (p *process) exit() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// within reports whether done is closed before d is over.
func within(done <-chan struct{}, d time.Duration) bool {
	select {
	case <-done:
		return true
	case <-time.After(d):
		return false
	}
}

// printed is what the child has printed so far.
func (p *process) printed() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// A usage is what a process holds and has used.
type usage struct {
	RSS, Peak int64         // bytes
	Files     int           // open
	CPU       time.Duration // so far
}

// usage reads what /proc says of the child.
func (p *process) usage() (u usage, err error) {
	dir := filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid))
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return u, err
	}
	for line := range bytes.Lines(status) {
		f := strings.Fields(string(line))
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(f[1], 10, 64) // of the lines that are numbers
		switch f[0] {
		case "VmRSS:":
			u.RSS = n << 10
		case "VmHWM:":
			u.Peak = n << 10
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return u, err
	}
	u.Files = len(files)
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return u, err
	}
	// The name, in brackets, may hold blanks; user and system time are the
	// twelfth and thirteenth field behind it, in hundredths of a second.
	_, rest, ok := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return u, errors.New("unexpected form of " + filepath.Join(dir, "stat"))
	}
	for _, ticks := range f[11:13] {
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			return u, err
		}
		u.CPU += time.Duration(n) * 10 * time.Millisecond
	}
	return u, nil
}
