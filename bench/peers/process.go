package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A process is a child in a group of its own and a folder of its own, which ends
// with its standard input. What it has started ends with it.
type process struct {
	io.Reader      // its output
	io.WriteCloser // its input
	cmd            *exec.Cmd
	dir            string
	patience       time.Duration // with it, once its input has ended
}

// start starts a process; what goes wrong there is in the log.
func start(ctx context.Context, log io.Writer, argv ...string) (_ *process, err error) {
	p := &process{patience: patience}
	if p.dir, err = os.MkdirTemp("", "express-peers-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(p.dir)
		}
	}()
	p.cmd = exec.CommandContext(ctx, argv[0], argv[1:]...)
	p.cmd.Dir, p.cmd.Stderr, p.cmd.SysProcAttr = p.dir, log, &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Cancel = func() error { return p.Close() }
	p.cmd.WaitDelay = patience // what it has started may hold the log
	if p.WriteCloser, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.Reader, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	return p, nil
}

// kill ends the group at once.
func (p *process) kill() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// patience is how long a process may take to end by itself: Temporal's server takes
// up to five seconds.
const patience = 10 * time.Second

// stop ends p, and with it all of its group. How a process ends that is not needed
// any more is of no interest.
func (p *process) stop() error {
	p.Close()
	late := time.AfterFunc(p.patience, func() { p.kill() })
	io.Copy(io.Discard, p) // until it is gone
	late.Stop()
	p.kill() // before its id is free for others
	p.cmd.Wait()
	return os.RemoveAll(p.dir)
}
