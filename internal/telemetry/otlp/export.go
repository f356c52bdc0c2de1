package otlp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Pauses between the attempts to send a request: they double, and each is
// between a half and one and a half of what is said here, so that engines do not
// come back all at once to a collector that was down.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// reportEvery is how often the loss of records is said.
const reportEvery = 10 * time.Second

// A report is what was said of records that were lost.
type report struct {
	failing bool
	lost    uint64 // said so far
	at      time.Time
}

// An outcome is what became of a batch.
type outcome struct {
	lost   int // records that were not taken
	reason Reason
	err    error // why, or what the collector has to say of records that it took
}

// run sends batches until q is closed and nothing waits.
func (q *Queue) run() {
	defer close(q.done)
	due := time.NewTimer(0)
	defer due.Stop()
	for {
		b, wait, ended := q.take()
		switch {
		case ended:
			return
		case b != nil:
			q.settle(b, q.export(b))
			continue
		case wait > 0:
			due.Reset(wait)
		default:
			due.Stop()
		}
		select {
		case <-q.wake:
		case <-due.C:
		}
	}
}

// take is the batch to send next, if there is one, else how long there will be
// none, 0 if nobody knows; or that there is no more to come.
func (q *Queue) take() (b *batch, wait time.Duration, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.full) == 0 && q.open != nil {
		wait = q.o.Delay - time.Since(q.since)
		if q.asked || q.closed || wait <= 0 {
			q.seal()
		}
	}
	if len(q.full) > 0 {
		b = q.full[0]
		q.full = slices.Delete(q.full, 0, 1)
	}
	return b, wait, q.closed && q.counts.Waiting == 0
}

// export sends b to everybody who is to have it. A record counts as taken that
// all of them took.
func (q *Queue) export(b *batch) (worst outcome) {
	ctx, cancel := context.WithTimeout(q.ctx, q.o.ExportTimeout)
	defer cancel()
	for _, c := range q.clients {
		if o := q.deliver(ctx, c, b); o.lost > worst.lost || worst.err == nil {
			worst = o
		}
	}
	return worst
}

// deliver sends b, again and again where there is hope, until ctx is done.
func (q *Queue) deliver(ctx context.Context, c client, b *batch) outcome {
	if q.ctx.Err() != nil {
		return outcome{b.n, Shutdown, context.Cause(q.ctx)}
	}
	body, err := c.encode(b)
	if err != nil {
		return outcome{b.n, Rejected, err}
	}
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		rejected, err := q.attempt(ctx, c, body)
		refused, ok := errors.AsType[*refusal](err)
		switch {
		case err == nil || rejected > 0:
			return outcome{min(rejected, b.n), Rejected, err}
		case ok && refused.taken:
			return outcome{err: err}
		case ok && refused.final:
			return outcome{b.n, Rejected, err}
		}
		wait := pause/2 + rand.N(pause)
		if ok {
			wait = max(wait, refused.after)
		}
		if !sleep(ctx, wait) {
			if q.ctx.Err() != nil {
				return outcome{b.n, Shutdown, err}
			}
			return outcome{b.n, Retries, err}
		}
		q.mu.Lock()
		q.counts.Retries++
		q.mu.Unlock()
	}
}

// attempt sends a request once. A collector that hangs is given up.
func (q *Queue) attempt(ctx context.Context, c client, body []byte) (rejected int, err error) {
	ctx, cancel := context.WithTimeout(ctx, q.o.Timeout)
	defer cancel()
	return c.send(ctx, body)
}

// sleep reports whether d has passed before ctx was done.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle counts what became of b, makes room, and tells who waits.
func (q *Queue) settle(b *batch, o outcome) {
	q.mu.Lock()
	q.counts.Waiting -= uint64(b.n)
	q.bytes -= b.bytes
	q.counts.Exported += uint64(b.n - o.lost)
	q.counts.Dropped[o.reason] += uint64(o.lost)
	var err error
	if o.lost > 0 { // which ones is not known
		err = fmt.Errorf("%d of the %d log records of a request were dropped, %s: %w", o.lost, b.n, o.reason.String(), o.err)
	}
	for _, r := range b.receipts {
		r.settled(b, err)
	}
	q.refuses.Store(false)
	q.grant()
	lost := q.counts.Lost()
	q.mu.Unlock()
	b.release()
	if o.lost > 0 {
		q.last = o.err
	}
	q.say(o, lost)
}

// say tells of a request that failed, of the next one that did not, and now and
// then of what was lost meanwhile.
func (q *Queue) say(o outcome, lost uint64) {
	s, now := &q.said, time.Now()
	failing, often := o.lost > 0, now.Sub(s.at) >= reportEvery
	switch {
	case failing && !s.failing:
		q.log.Warn("the collector takes no log records", "records", o.lost, "reason", o.reason.String(), "error", o.err)
	case !failing && s.failing:
		q.log.Info("the collector takes log records again", "dropped", lost-s.lost)
	case lost > s.lost && often:
		q.log.Warn("log records were dropped", "records", lost-s.lost)
	case o.err != nil && often:
		q.log.Warn("the collector has something to say of log records", "error", o.err)
	default:
		return
	}
	*s = report{failing, lost, now}
}
