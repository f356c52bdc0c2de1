package express

import "sync"

// maxBatch is how many threads share a goroutine at the most: with eight, the
// growing of its stack is an eighth of what it is with one.
const maxBatch = 8

// A due is the threads of a machine that can run, and have no goroutine. What can
// run at a time, as events and answers come together, shares one: to grow a new
// stack takes a tenth of the time of a whole task. It is safe for concurrent use.
type due struct {
	mu      sync.Mutex // guards threads
	threads []*execution
}

// add runs x soon.
func (d *due) add(x *execution) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.threads = append(d.threads, x)
	if len(d.threads) == 1 {
		go d.resume()
	}
}

// resume runs what is due.
func (d *due) resume() {
	d.mu.Lock()
	n := min(len(d.threads), maxBatch)
	b := &batch{threads: d.threads[:n:n]}
	if d.threads = d.threads[n:]; len(d.threads) > 0 {
		go d.resume()
	} else {
		d.threads = nil // which has room behind those that were
	}
	d.mu.Unlock()
	b.run()
}

// A batch is threads that run one after the other in one goroutine.
type batch struct {
	threads []*execution // that have not run yet
}

func (b *batch) run() {
	defer b.release() // a task may end the goroutine
	for len(b.threads) > 0 {
		x := b.threads[0]
		b.threads = b.threads[1:]
		x.batch = b
		x.work()
	}
}

// release lets the rest of b go on in a goroutine of their own. The thread that
// runs calls it when it blocks, and when it computes for long.
func (b *batch) release() {
	if b == nil || len(b.threads) == 0 {
		return
	}
	rest := &batch{threads: b.threads}
	b.threads = nil
	go rest.run()
}
