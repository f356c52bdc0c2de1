package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"os"
	"os/exec"
)

// A process takes part in a run: a child, or what stands for it in this one.
type process struct {
	*rpc.Client
	close func() error
}

// startProcess starts a child that calls Serve with its standard input and
// output. Where command is empty, it is a part of this process.
func startProcess(command []string) (*process, error) {
	if len(command) == 0 {
		ours, its := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- Serve(its) }()
		c := rpc.NewClient(ours)
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
	c := rpc.NewClient(pipe{out, in})
	return &process{c, func() error { return errors.Join(c.Close(), cmd.Wait()) }}, nil
}

// A pipe is the standard input and output of a child. Closing it closes the
// child's input, upon which it ends.
type pipe struct {
	io.Reader
	io.WriteCloser
}

// call calls a method of Worker.
func call[A, R any](ctx context.Context, p *process, method string, arg A, answer *R) error {
	c := p.Go("Worker."+method, arg, answer, make(chan *rpc.Call, 1))
	select {
	case <-c.Done:
		if c.Error != nil {
			return fmt.Errorf("%s: %w", method, c.Error)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// used is what p has used.
func (p *process) used(ctx context.Context) (u Usage, err error) {
	return u, call(ctx, p, "Usage", Nothing{}, &u)
}
