package telemetry

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry/traces"
)

// A Tail chooses the executions that are recorded when they end: those that did
// not succeed, those that took long, and a share of the others. Until then their
// records are held back.
type Tail struct {
	Share float64       // of executions that succeed in time: 0 to 1
	Slow  time.Duration // an execution that takes as long, or longer, is recorded; 0 for none
}

const (
	// maxHeld is the most bytes of records that are held back of an execution: a
	// few of the largest.
	maxHeld = 1 << 20
	// maxHeldByAll is the most of all executions: as much as may wait for export.
	maxHeldByAll = 32 << 20
)

func (t *Tail) check() error {
	if !(t.Share >= 0 && t.Share <= 1) {
		return errors.New("the share of executions that are recorded is not between 0 and 1")
	}
	if t.Slow < 0 {
		return errors.New("the time from which on an execution is slow is negative")
	}
	return nil
}

// draws reports whether the execution is in the share. Its trace decides, as it
// does for OpenTelemetry's samplers, or where it has none its name, so that all
// deliveries of an event agree.
func (t *Tail) draws(s *express.Start) bool {
	n := spread(s.Name)
	if sc := traces.Parse(s.Trace); sc.IsValid() {
		id := sc.TraceID()
		n = binary.BigEndian.Uint64(id[8:])
	}
	return float64(n>>1) < t.Share*(1<<63)
}

// spread is a number that is the same for a name everywhere and forever: FNV-1a,
// finished as in splitmix64 so that the first bits are as good as the last.
func spread(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// keeps reports whether an execution that is not in the share is recorded.
func (t *Tail) keeps(o *express.Outcome) bool {
	return o.Status != express.Succeeded || t.Slow > 0 && o.Stop.Sub(o.Start) >= t.Slow
}

// held are the records of an execution that are held back until its end.
type held struct {
	mu      sync.Mutex // guards what follows
	decided bool
	records []byte // each behind its length
	n       uint64
}

// holds are to be used again: they hold buffers.
var holds = sync.Pool{New: func() any { return new(held) }}

// A holding is what all executions hold back, and what became of what they did.
type holding struct {
	bytes            atomic.Int64
	unsampled, early atomic.Uint64
}

// reserve reports whether size more bytes may be held back.
func (a *holding) reserve(size int) bool {
	if a.bytes.Add(int64(size)) <= maxHeldByAll {
		return true
	}
	a.bytes.Add(int64(-size))
	return false
}

// hold reports whether a record is held back. An execution that outgrows what
// may be held, by itself or with the others, is recorded from its beginning:
// nobody knows yet how it ends.
func (l *execution) hold(record []byte) bool {
	h, all := l.held, &l.r.t.holding
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.decided {
		return false
	}
	size := protowire.SizeBytes(len(record))
	if len(h.records)+size > maxHeld || !all.reserve(size) {
		all.early.Add(1)
		l.decide(true)
		return false
	}
	h.records = protowire.AppendBytes(h.records, record)
	h.n++
	return true
}

// decide records what is held back, or forgets it.
func (l *execution) decide(keep bool) {
	h, all := l.held, &l.r.t.holding
	if keep {
		for rest := h.records; len(rest) > 0; {
			record, n := protowire.ConsumeBytes(rest)
			l.put(record)
			rest = rest[n:]
		}
	} else {
		all.unsampled.Add(h.n)
	}
	all.bytes.Add(-int64(len(h.records)))
	h.decided, h.records, h.n = true, h.records[:0], 0
}

// end decides at the end of the execution, if it has not been decided before.
func (l *execution) end(o *express.Outcome) {
	h := l.held
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.decided {
		l.decide(l.r.w.Tail.keeps(o))
	}
}

// release gives h back, to which nothing may refer any more.
func (h *held) release() {
	if cap(h.records) <= keepWriter {
		*h = held{records: h.records[:0]}
		holds.Put(h)
	}
}
