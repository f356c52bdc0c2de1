package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
)

// A process takes part in a run: a child, or what stands for it in this one.
type process struct {
	*Caller
	close func() error
}

// startProcess starts a child that calls Serve with its standard input and
// output. Where command is empty, it is a part of this process.
func startProcess(command []string) (*process, error) {
	if len(command) == 0 {
		ours, its := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- Serve(its) }()
		c := NewCaller(ours)
		return &process{c, func() error { return errors.Join(c.Close(), <-ended) }}, nil
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	c := NewCaller(pipe{out, in})
	return &process{c, func() error { return errors.Join(c.Close(), cmd.Wait()) }}, nil
}

// A pipe is the standard input and output of a child. Closing it closes the
// child's input, upon which it ends.
type pipe struct {
	io.Reader
	io.WriteCloser
}

// used is what p has used.
func (p *process) used(ctx context.Context) (u Usage, err error) {
	return u, Call(ctx, p.Caller, "Usage", Nothing{}, &u)
}
