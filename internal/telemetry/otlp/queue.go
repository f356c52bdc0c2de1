package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxWaiting is the most bytes of records that wait: half of what a collector
// that is down may cost, so that the buffers of requests have the other half.
const maxWaiting = 32 << 20

// A Queue ships records in batches. It is safe for concurrent use.
type Queue struct {
	o       Options
	log     *slog.Logger
	header  *header
	clients []client

	mu      sync.Mutex // guards what follows
	counts  Counts
	bytes   int       // of the records that wait
	open    *batch    // that is being filled, nil before its first record
	since   time.Time // of that record
	full    []*batch  // that are not to be filled any more
	waiters []*waiter // for room
	asked   bool      // somebody waits for what is in open
	closed  bool

	refuses atomic.Bool // the last record found no room, and there is none since

	wake  chan struct{}      // there is something to do
	done  chan struct{}      // the goroutine has ended
	ctx   context.Context    // of requests
	abort context.CancelFunc // ends ctx

	said report // these belong to the goroutine
	last error  // why records were dropped the last time
}

// A waiter waits for room for a record.
type waiter struct {
	size  int
	ready chan struct{} // closed when there is room, or none is to come
	room  bool
}

// Open makes a Queue of records from origin. Its error is that of a file of
// TLS, or of an origin that is too large.
func Open(o Options, origin Origin, log *slog.Logger) (*Queue, error) {
	h, err := newHeader(origin)
	if err != nil {
		return nil, err
	}
	clients, err := newClients(&o, h)
	if err != nil {
		return nil, err
	}
	return start(o, h, clients, log), nil
}

func start(o Options, h *header, clients []client, log *slog.Logger) *Queue {
	q := &Queue{
		o:       o,
		log:     log,
		header:  h,
		clients: clients,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	q.ctx, q.abort = context.WithCancel(context.Background())
	go q.run()
	return q
}

// Refuse reports whether there is no room for a record that would not wait, and
// counts it as dropped: it need not be written first.
func (q *Queue) Refuse(r *Receipt) bool {
	if !q.refuses.Load() {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.counts.Waiting < uint64(q.o.MaxQueue) {
		return false
	}
	q.drop(Full, r)
	return true
}

// Put copies a record, the fields of a LogRecord, into the queue. Where there is
// no room it waits for some until ctx is done or the time has come that until
// says, and not at all if that is zero. A record for which there is no room is
// dropped. r, which may be nil, has a part in what becomes of it.
func (q *Queue) Put(ctx context.Context, until time.Time, record []byte, r *Receipt) {
	q.mu.Lock()
	defer q.mu.Unlock()
	reason, ok := q.admit(len(record))
	if !ok && !until.IsZero() && (reason == Full || reason == Memory) {
		ok = q.await(ctx, time.Until(until), len(record))
		if q.closed {
			reason = Shutdown
		}
	}
	if !ok {
		q.drop(reason, r)
		return
	}
	q.add(record, r)
}

// drop counts a record for which there is no room.
func (q *Queue) drop(reason Reason, r *Receipt) {
	q.counts.Emitted++
	q.counts.Dropped[reason]++
	q.refuses.Store(reason == Full)
	r.lost(reason)
}

// admit makes room for a record of size bytes, or says why there is none.
func (q *Queue) admit(size int) (Reason, bool) {
	switch {
	case q.closed:
		return Shutdown, false
	case size > MaxRecord:
		return TooLarge, false
	case q.counts.Waiting >= uint64(q.o.MaxQueue):
		return Full, false
	case q.bytes+size > maxWaiting:
		return Memory, false
	}
	q.counts.Emitted++
	q.counts.Waiting++
	q.bytes += size
	return 0, true
}

// await waits for room for a record of size bytes, and reports whether there is
// some, made by grant. q.mu is not held meanwhile.
func (q *Queue) await(ctx context.Context, wait time.Duration, size int) bool {
	w := &waiter{size: size, ready: make(chan struct{})}
	q.waiters = append(q.waiters, w)
	q.mu.Unlock()
	late := time.NewTimer(wait)
	select {
	case <-w.ready:
	case <-ctx.Done():
	case <-late.C:
	}
	late.Stop()
	q.mu.Lock()
	if i := slices.Index(q.waiters, w); i >= 0 {
		q.waiters = slices.Delete(q.waiters, i, i+1)
	}
	return w.room
}

// grant makes room for those that wait, who came first first.
func (q *Queue) grant() {
	n := 0
	for _, w := range q.waiters {
		if _, w.room = q.admit(w.size); !w.room && !q.closed {
			break
		}
		close(w.ready)
		n++
	}
	q.waiters = slices.Delete(q.waiters, 0, n)
}

// add puts a record that there is room for into the batch that is being filled.
func (q *Queue) add(record []byte, r *Receipt) {
	if q.open != nil && q.open.size()+maxTag+len(record) > maxBatch {
		q.seal()
	}
	if q.open == nil {
		q.open, q.since = newBatch(q.header.size()), time.Now()
		q.signal()
	}
	q.open.add(record)
	r.put(q.open)
	if q.open.n >= q.o.MaxBatch {
		q.seal()
	}
}

// seal ends the batch that is being filled.
func (q *Queue) seal() {
	q.full = append(q.full, q.open)
	q.open, q.asked = nil, false
	q.signal()
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // it knows
	}
}

// Counts is what became of records up to now.
func (q *Queue) Counts() Counts {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.counts
}

// Close sends what waits, until ctx is done; what is left is dropped. Its error
// says how many records were dropped meanwhile. A second Close does nothing.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	q.closed = true
	before := q.counts.Lost()
	q.grant()
	q.mu.Unlock()
	q.signal()
	stop := context.AfterFunc(ctx, q.abort)
	<-q.done
	stop()
	q.abort()
	for _, c := range q.clients {
		c.close()
	}
	n := q.Counts()
	switch lost := n.Lost() - before; {
	case lost == 0:
		return nil
	case q.last == nil:
		return fmt.Errorf("%d log records were dropped", lost)
	default:
		return fmt.Errorf("%d log records were dropped: %w", lost, q.last)
	}
}
