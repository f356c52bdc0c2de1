package otlp

import "cmp"

// A Receipt says when all records that were put with it have been taken. The
// zero Receipt is ready to use; what is in it belongs to the Queue.
type Receipt struct {
	batch   *batch     // that the last record is in, nil once it is settled
	batches int        // that records are in and that are not settled
	err     error      // of the first record that was lost
	done    chan error // see Queue.Done
}

// Done ends r: no record is put with it any more. The channel reports once,
// nil if all records have been taken. It is nil where there is nothing to wait
// for. A batch leaves early that somebody waits for.
func (q *Queue) Done(r *Receipt) <-chan error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.batches == 0 && r.err == nil {
		return nil
	}
	r.done = make(chan error, 1)
	if r.batch != nil && r.batch == q.open {
		q.asked = true
		q.signal()
	}
	r.report()
	return r.done
}

// put says that a record is in b.
func (r *Receipt) put(b *batch) {
	if r == nil || r.batch == b {
		return
	}
	r.batch = b
	r.batches++
	b.receipts = append(b.receipts, r)
}

// lost says why a record is in no batch.
func (r *Receipt) lost(err error) {
	if r != nil {
		r.err = cmp.Or(r.err, err)
	}
}

// settled says what became of b.
func (r *Receipt) settled(b *batch, err error) {
	if r.batch == b {
		r.batch = nil
	}
	r.batches--
	r.lost(err)
	r.report()
}

func (r *Receipt) report() {
	if r.done != nil && r.batches == 0 {
		r.done <- r.err
	}
}
