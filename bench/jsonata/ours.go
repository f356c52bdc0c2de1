package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

// ours is express/jsonata with one case: compiled, its input parsed.
type ours struct {
	expr   *jsonata.Expr
	input  value.Value
	text   []byte // the input, if parsing and printing are measured
	result []byte // the last that was printed
}

// newOurs is an error if the result is not the one that the case expects.
func newOurs(d *dataset, c testcase) (*ours, error) {
	text, err := d.text(c.Input)
	if err != nil {
		return nil, err
	}
	o := new(ours)
	if c.Text {
		o.text = text
	}
	if o.input, err = value.Parse(text); err != nil {
		return nil, err
	}
	if o.expr, err = jsonata.Compile(c.Expression, nil); err != nil {
		return nil, err
	}
	got, err := o.expr.Eval(o.input)
	if err != nil {
		return nil, err
	}
	want, err := value.Parse(c.Result)
	if err != nil {
		return nil, err
	}
	if !value.Equal(got, want) {
		return nil, fmt.Errorf("the result is %v, want %v", got, want)
	}
	return o, nil
}

func (o *ours) once() error {
	if o.text == nil {
		_, err := o.expr.Eval(o.input)
		return err
	}
	in, err := value.Parse(o.text)
	if err != nil {
		return err
	}
	v, err := o.expr.Eval(in)
	o.result = v.AppendJSON(o.result[:0])
	return err
}

// run evaluates n times.
func (o *ours) run(n int) (sample, error) {
	began, cpu := time.Now(), cpuTime()
	for range n {
		if err := o.once(); err != nil {
			return sample{}, err
		}
	}
	return sample{CPU: cpuTime() - cpu, Wall: time.Since(began)}, nil
}

// allocs is the number of allocations of an evaluation.
func (o *ours) allocs() float64 {
	return testing.AllocsPerRun(100, func() { o.once() })
}

// cpuTime is what the process has used so far, its garbage collector included.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are constant
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
