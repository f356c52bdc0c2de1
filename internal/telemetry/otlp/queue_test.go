package otlp

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A wire is a client that hands requests to a function. A request is how many
// records it has.
type wire struct {
	answer func(ctx context.Context, records int) (rejected int, err error)

	requests []int
	closed   bool
}

func (w *wire) encode(b *batch) ([]byte, error) {
	w.requests = append(w.requests, b.n)
	return make([]byte, b.n), nil
}

func (w *wire) send(ctx context.Context, body []byte) (int, error) {
	if w.answer == nil {
		return 0, nil
	}
	return w.answer(ctx, len(body))
}

func (w *wire) close() { w.closed = true }

// small is a queue for few records.
var small = Options{MaxQueue: 10, MaxBatch: 4, Delay: time.Second, Timeout: 2 * time.Second, ExportTimeout: 5 * time.Second}

func startSmall(w *wire) *Queue {
	return start(small, new(header), []client{w}, slog.New(slog.DiscardHandler))
}

// putN puts n records that do not wait.
func (q *Queue) putN(n int, r *Receipt) {
	for range n {
		q.Put(context.Background(), time.Time{}, sample(), r)
	}
}

func check(t *testing.T, q *Queue, when string, want Counts) {
	t.Helper()
	if got := q.Counts(); got != want {
		t.Errorf("%s: counted %+v, want %+v", when, got, want)
	}
}

func dropped(n uint64, r Reason) (d [numReasons]uint64) {
	d[r] = n
	return d
}

// block lets requests wait until it is released.
func block() (w *wire, release func()) {
	c := make(chan struct{})
	return &wire{answer: func(context.Context, int) (int, error) { <-c; return 0, nil }}, func() { close(c) }
}

// A full queue refuses records; what it has it keeps.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, release := block()
		q := startSmall(w)
		q.putN(4, nil)
		synctest.Wait() // they are on their way
		q.putN(6, nil)
		check(t, q, "at the bound", Counts{Emitted: 10, Waiting: 10})
		q.putN(1, nil)
		check(t, q, "past the bound", Counts{Emitted: 11, Waiting: 10, Dropped: dropped(1, Full)})
		var r Receipt
		if !q.Refuse(&r) || <-q.Done(&r) == nil {
			t.Error("a record is not refused, or nobody is told")
		}
		check(t, q, "refused", Counts{Emitted: 12, Waiting: 10, Dropped: dropped(2, Full)})
		release()
		synctest.Wait()
		if q.Refuse(nil) {
			t.Error("a record is refused for which there is room")
		}
		if err := q.Close(t.Context()); err != nil {
			t.Error(err)
		}
		check(t, q, "in the end", Counts{Emitted: 12, Exported: 10, Dropped: dropped(2, Full)})
		if !w.closed {
			t.Error("the client was not closed")
		}
		q.putN(1, nil)
		if err := q.Close(t.Context()); err != nil {
			t.Errorf("Close, again: %v", err)
		}
		want := dropped(2, Full)
		want[Shutdown] = 1
		check(t, q, "afterwards", Counts{Emitted: 13, Exported: 10, Dropped: want})
	})
}

// The bytes of records are bounded as their number is, and those of one.
func TestMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, release := block()
		o := small
		o.MaxQueue, o.MaxBatch = 1000, 1000
		q := start(o, new(header), []client{w}, slog.New(slog.DiscardHandler))
		put := func(size int) { q.Put(context.Background(), time.Time{}, make([]byte, size), nil) }
		const fit = maxWaiting / MaxRecord
		for range fit - 1 {
			put(MaxRecord)
		}
		put(MaxRecord + 1)
		check(t, q, "a record that is too large", Counts{Emitted: fit, Waiting: fit - 1, Dropped: dropped(1, TooLarge)})
		put(MaxRecord)
		want := Counts{Emitted: fit + 1, Waiting: fit, Dropped: dropped(1, TooLarge)}
		check(t, q, "at the bound", want)
		put(1)
		want.Emitted++
		want.Dropped[Memory]++
		check(t, q, "past the bound", want)
		release()
		if err := q.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n := slices.Max(w.requests); n != maxBatch/(MaxRecord+maxTag) {
			t.Errorf("a request has %d records of the largest size, want as many as fit", n)
		}
	})
}

// Records wait for a batch to be full, or for the delay.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(wire)
		q := startSmall(w)
		q.putN(3, nil)
		time.Sleep(small.Delay - time.Millisecond)
		synctest.Wait()
		check(t, q, "before the delay", Counts{Emitted: 3, Waiting: 3})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		check(t, q, "after the delay", Counts{Emitted: 3, Exported: 3})
		q.putN(9, nil)
		synctest.Wait()
		check(t, q, "full batches", Counts{Emitted: 12, Exported: 11, Waiting: 1})
		if err := q.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if want := []int{3, 4, 4, 1}; !slices.Equal(w.requests, want) {
			t.Errorf("requests are %v, want %v", w.requests, want)
		}
	})
}

// A record waits for room as long as it may, and no longer.
func TestWait(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		wait time.Duration
		took time.Duration
		room bool
	}{
		{"room comes", context.Background(), time.Minute, 3 * time.Second, true},
		{"it comes too late", context.Background(), 2 * time.Second, 2 * time.Second, false},
		{"the execution has ended", cancelled, time.Minute, 0, false},
		{"the execution is over its time", context.Background(), -1, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(context.Context, int) (int, error) { time.Sleep(3 * time.Second); return 0, nil }}
				q := startSmall(w)
				q.putN(10, nil)
				synctest.Wait()
				began := time.Now()
				q.Put(tt.ctx, began.Add(tt.wait), sample(), nil)
				if took := time.Since(began); took != tt.took {
					t.Errorf("it took %v, want %v", took, tt.took)
				}
				if err := q.Close(t.Context()); err != nil {
					t.Error(err)
				}
				want := Counts{Emitted: 11, Exported: 11}
				if !tt.room {
					want = Counts{Emitted: 11, Exported: 10, Dropped: dropped(1, Full)}
				}
				check(t, q, "in the end", want)
			})
		})
	}
}

// Who waits for room gets it in turn, and none when the queue is closed.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		q := startSmall(&wire{answer: func(context.Context, int) (int, error) { <-release; return 0, nil }})
		q.putN(10, nil)
		synctest.Wait()
		var through [6]atomic.Bool
		for i := range through {
			go func() {
				q.Put(context.Background(), time.Now().Add(time.Minute), sample(), nil)
				through[i].Store(true)
			}()
			synctest.Wait()
		}
		release <- struct{}{}
		synctest.Wait()
		for i := range through {
			if got, want := through[i].Load(), i < 4; got != want {
				t.Errorf("after a request number %d is through: %t, want %t", i, got, want)
			}
		}
		go close(release)
		q.Close(t.Context()) // its error has those that have been told so far
		synctest.Wait()
		check(t, q, "in the end", Counts{Emitted: 16, Exported: 14, Dropped: dropped(2, Shutdown)})
	})
}

// A collector that hangs is given up after the timeout, its batch after the
// export's, and the queue when Close has no more time.
func TestHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		w := &wire{answer: func(ctx context.Context, _ int) (int, error) { attempts++; <-ctx.Done(); return 0, ctx.Err() }}
		q := startSmall(w)
		began := time.Now()
		q.putN(4, nil)
		time.Sleep(small.ExportTimeout)
		synctest.Wait()
		if attempts != 3 { // of two seconds, two and less than one
			t.Errorf("%d attempts, want 3", attempts)
		}
		check(t, q, "after the timeout", Counts{Emitted: 4, Retries: 2, Dropped: dropped(4, Retries)})
		q.putN(8, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := q.Close(ctx); err == nil {
			t.Error("Close has no error")
		}
		if took := time.Since(began); took != small.ExportTimeout+time.Second {
			t.Errorf("took %v, want the timeout and a second", took)
		}
		want := dropped(4, Retries)
		want[Shutdown] = 8
		check(t, q, "in the end", Counts{Emitted: 12, Retries: 2, Dropped: want})
	})
}

// What an answer brings about.
func TestAnswers(t *testing.T) {
	busy := &refusal{text: "busy"}
	for _, tt := range []struct {
		name    string
		answers []error // one an attempt, the last for all that follow
		reject  int
		want    Counts
		took    time.Duration // at least
	}{
		{"a yes", []error{nil}, 0, Counts{Emitted: 4, Exported: 4}, 0},
		{"a yes with a warning", []error{&refusal{taken: true}}, 0, Counts{Emitted: 4, Exported: 4}, 0},
		{"a part", []error{errors.New("too old")}, 3, Counts{Emitted: 4, Exported: 1, Dropped: dropped(3, Rejected)}, 0},
		{"more than all", []error{errors.New("too old")}, 9, Counts{Emitted: 4, Dropped: dropped(4, Rejected)}, 0},
		{"a no", []error{&refusal{final: true}}, 0, Counts{Emitted: 4, Dropped: dropped(4, Rejected)}, 0},
		{"busy, then a yes", []error{busy, busy, nil}, 0, Counts{Emitted: 4, Exported: 4, Retries: 2}, firstPause/2 + firstPause},
		{"nobody there, then a no", []error{errors.New("refused"), &refusal{final: true}}, 0,
			Counts{Emitted: 4, Retries: 1, Dropped: dropped(4, Rejected)}, firstPause / 2},
		{"later", []error{&refusal{after: 3 * time.Second}, nil}, 0, Counts{Emitted: 4, Exported: 4, Retries: 1}, 3 * time.Second},
		{"too late", []error{&refusal{after: time.Minute}, nil}, 0, Counts{Emitted: 4, Dropped: dropped(4, Retries)}, small.ExportTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				var ended time.Time
				w := &wire{answer: func(context.Context, int) (int, error) {
					err := tt.answers[min(n, len(tt.answers)-1)]
					n++
					ended = time.Now()
					return tt.reject, err
				}}
				q := startSmall(w)
				var r Receipt
				began := time.Now()
				q.putN(4, &r)
				done := q.Done(&r)
				err := <-done
				if taken := tt.want.Exported == 4; (err == nil) != taken {
					t.Errorf("the receipt says %v", err)
				}
				if took := max(ended.Sub(began), time.Since(began)); took < tt.took {
					t.Errorf("took %v, want at least %v", took, tt.took)
				}
				q.Close(t.Context())
				check(t, q, "in the end", tt.want)
			})
		})
	}
}

// A batch that somebody waits for leaves at once, with what came meanwhile.
func TestReceipts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(wire)
		q := startSmall(w)
		var none, one, many Receipt
		if q.Done(&none) != nil {
			t.Error("without a record there is something to wait for")
		}
		q.putN(1, &one)
		q.putN(5, &many) // two batches
		began := time.Now()
		if err := <-q.Done(&many); err != nil {
			t.Error(err)
		}
		if q.Done(&one) != nil {
			t.Error("after the export there is something to wait for")
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %v", took)
		}
		q.Close(t.Context())
		var late Receipt
		q.putN(1, &late)
		if err := <-q.Done(&late); err == nil || err.Error() != "a log record was dropped: shutdown" {
			t.Errorf("of a record that was dropped: %v", err)
		}
	})
}

// Of a batch that was lost in part or before another one, all hear who have a
// part in it.
func TestLostReceipts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		q := startSmall(&wire{answer: func(context.Context, int) (int, error) {
			if n++; n == 1 {
				return 1, errors.New("too old")
			}
			return 0, nil
		}})
		var first, both, second Receipt
		q.putN(2, &first)
		q.putN(4, &both)
		q.putN(2, &second)
		const lost = "1 of the 4 log records of a request were dropped, rejected: too old"
		for _, tt := range []struct {
			r    *Receipt
			want string
		}{{&first, lost}, {&both, lost}, {&second, ""}} {
			got := ""
			if done := q.Done(tt.r); done != nil {
				if err := <-done; err != nil {
					got = err.Error()
				}
			}
			if got != tt.want {
				t.Errorf("the receipt says %q, want %q", got, tt.want)
			}
		}
		q.Close(t.Context())
	})
}

// Trouble with the collector is said when it begins, when it ends, and now and
// then between.
func TestReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		err := error(&refusal{text: "no", final: true})
		q := start(small, new(header), []client{&wire{answer: func(context.Context, int) (int, error) { return 0, err }}},
			slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			}})))
		put := func() {
			var r Receipt
			q.putN(1, &r)
			<-q.Done(&r)
			synctest.Wait()
		}
		for range 12 {
			put()
			time.Sleep(time.Second)
		}
		err = nil
		put()
		time.Sleep(reportEvery)
		err = &refusal{text: "be quick", taken: true}
		put()
		q.Close(t.Context())
		want := `level=WARN msg="the collector takes no log records" records=1 reason=rejected error=no
level=WARN msg="log records were dropped" records=10
level=INFO msg="the collector takes log records again" dropped=1
level=WARN msg="the collector has something to say of log records" error="be quick"
`
		if got := out.String(); got != want {
			t.Errorf("said\n%swant\n%s", got, want)
		}
	})
}

// Every reason has a name of its own.
func TestReasons(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range Reasons() {
		if name := r.String(); name == "" || seen[name] {
			t.Errorf("reason %d is called %q", r, name)
		} else {
			seen[name] = true
		}
	}
	if len(seen) != int(numReasons) {
		t.Errorf("there are %d reasons, want %d", len(seen), numReasons)
	}
}
