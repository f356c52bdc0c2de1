package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"
)

// A sample is what a number of evaluations took.
type sample struct {
	CPU  time.Duration `json:"cpu"`  // of the process, its garbage collector included
	Wall time.Duration `json:"wall"` // which a busy machine stretches
}

// A cost is the time of one evaluation, in nanoseconds.
type cost struct {
	CPU  float64 `json:"cpu"`
	Wall float64 `json:"wall"`
}

// per is what one of n evaluations took.
func (s sample) per(n int) cost {
	return cost{CPU: float64(s.CPU) / float64(n), Wall: float64(s.Wall) / float64(n)}
}

// defaultGOGC has this process, which holds next to nothing, collect its garbage
// at 16 MiB: so much is the youngest generation of V8, and less than a process
// that serves collects at. With 100 that would be at 4 MiB.
const defaultGOGC = 400

// A runner is a side with one case: it evaluates n times.
type runner func(n int) (sample, error)

// options of a run.
type options struct {
	dir    string        // of the peer
	only   string        // the case to measure; "" for all
	rounds int           // of each side, taking turns
	warm   time.Duration // of each side before the first round, in CPU time
	sample time.Duration // of each side in each round, in CPU time
	gogc   int           // of this process
	log    io.Writer     // a line a case, and what goes wrong in the peer
}

// measure measures the cases one after the other. It has one processor, as the
// peer has for JavaScript: on others the collector would look for work, which
// costs CPU time that no evaluation needs.
func measure(ctx context.Context, o options) (*report, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(o.gogc))
	d, err := readDataset()
	if err != nil {
		return nil, err
	}
	r := newReport(o)
	for _, c := range d.Cases {
		if o.only != "" && o.only != c.ID {
			continue
		}
		row, versions, err := measureCase(ctx, d, c, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.ID, err)
		}
		fmt.Fprintf(o.log, "%-15s %5.1f times\n", c.ID, row.times(byCPU).Median)
		r.Rows, r.Peer = append(r.Rows, row), versions
	}
	if r.Rows == nil {
		return nil, fmt.Errorf("there is no case %q", o.only)
	}
	return r, nil
}

func measureCase(ctx context.Context, d *dataset, c testcase, o options) (r row, v versions, err error) {
	us, err := newOurs(d, c)
	if err != nil {
		return r, v, err
	}
	cmd := node(ctx, o.dir, c.ID)
	cmd.Stderr = o.log
	them, err := startPeer(cmd)
	if err != nil {
		return r, v, err
	}
	defer func() { err = errors.Join(err, them.stop()) }()
	r = row{ID: c.ID, Kind: c.Kind, Expression: c.Expression, Text: c.Text, Allocs: us.allocs()}
	r.Ours, r.Theirs, err = takeTurns(us.run, them.run, o)
	return r, them.versions, err
}

// takeTurns warms both sides up, and measures one after the other in each round.
func takeTurns(us, them runner, o options) (ours, theirs []cost, err error) {
	a, errA := warmUp(us, o)
	b, errB := warmUp(them, o)
	if err := errors.Join(errA, errB); err != nil {
		return nil, nil, err
	}
	for range o.rounds {
		sa, errA := us(a)
		sb, errB := them(b)
		if err := errors.Join(errA, errB); err != nil {
			return nil, nil, err
		}
		ours, theirs = append(ours, sa.per(a)), append(theirs, sb.per(b))
	}
	return ours, theirs, nil
}

// warmUp runs until hot code is compiled and caches are filled. It returns how
// many evaluations take as long as a sample.
func warmUp(run runner, o options) (int, error) {
	spent := time.Duration(0)
	for n := 1; ; n *= 2 {
		s, err := run(n)
		if err != nil {
			return 0, err
		}
		if spent += s.CPU; spent >= o.warm {
			return max(1, int(float64(o.sample)/s.per(n).CPU)), nil
		}
	}
}
