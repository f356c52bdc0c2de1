package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxLine bounds a line of input in bytes, so that one that never ends does not
// fill the memory. It is the largest payload that NATS advises to let a broker
// take; by default it takes an eighth of that.
const maxLine = 8 << 20

// lines hands out events. Its channel is closed after the last one; err, to be
// read after that, says why there are no more.
type lines struct {
	c   chan []byte
	err error
}

// repeated hands out data n times.
func repeated(ctx context.Context, data string, n int) *lines {
	l := &lines{c: make(chan []byte)}
	go func() {
		defer close(l.c)
		for sent := 0; sent < n && l.send(ctx, []byte(data)); {
			sent++
		}
	}()
	return l
}

// linesOf hands out the lines of r that are not blank, n of them if n is not 0.
// A read that blocks outlives ctx.
func linesOf(ctx context.Context, r io.Reader, n int) *lines {
	l := &lines{c: make(chan []byte)}
	go func() {
		defer close(l.c)
		s := bufio.NewScanner(r)
		s.Buffer(nil, maxLine+1) // with its end
		at, sent := 1, 0
		for ; (n == 0 || sent < n) && s.Scan(); at++ {
			if len(bytes.TrimSpace(s.Bytes())) == 0 {
				continue
			}
			if !l.send(ctx, bytes.Clone(s.Bytes())) {
				return
			}
			sent++
		}
		if errors.Is(s.Err(), bufio.ErrTooLong) {
			l.err = fmt.Errorf("line %d is longer than %d bytes", at, maxLine)
		} else if s.Err() != nil {
			l.err = fmt.Errorf("read line %d: %w", at, s.Err())
		}
	}()
	return l
}

func (l *lines) send(ctx context.Context, data []byte) bool {
	select {
	case l.c <- data:
		return true
	case <-ctx.Done():
		return false
	}
}

// A pace is how fast events may follow each other.
type pace struct {
	interval time.Duration // 0 for as fast as can be
	due      time.Time
}

// burst is how far a pace catches up after it was late: a little more than the
// granularity of timers.
const burst = 10 * time.Millisecond

// slowest bounds the interval of a pace, so that it is a time.Duration at any
// rate.
const slowest = 10_000 * time.Hour

func newPace(rate float64) *pace {
	if rate == 0 {
		return &pace{}
	}
	return &pace{interval: time.Duration(min(float64(time.Second)/rate, float64(slowest)))}
}

// wait is how long it is until the next event is due.
func (p *pace) wait() time.Duration {
	if p.interval == 0 {
		return 0
	}
	return time.Until(p.due)
}

// step counts an event.
func (p *pace) step() {
	if p.interval == 0 {
		return
	}
	if early := time.Now().Add(-burst); p.due.Before(early) {
		p.due = early
	}
	p.due = p.due.Add(p.interval)
}
