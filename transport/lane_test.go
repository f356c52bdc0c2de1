package transport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/memory"
)

// die takes n events of stream and dies with them, so often.
func die(t *testing.T, stream *memory.Stream, n, deaths int) {
	t.Helper()
	for range deaths {
		src := stream.Source()
		if got, err := src.Next(t.Context(), make([]transport.Delivery, n)); got != n || err != nil {
			t.Fatal(got, err)
		}
		src.Kill()
		time.Sleep(memory.DefaultAckWait)
	}
}

// marked marks the n events of stream as often as begun says by their names, and
// gives them back.
func marked(t *testing.T, stream *memory.Stream, n int, begun map[string]int) {
	t.Helper()
	src := stream.Source()
	defer src.Kill()
	all := make([]transport.Delivery, n)
	if got, err := src.Next(t.Context(), all); got != n || err != nil {
		t.Fatal(got, err)
	}
	for _, d := range all {
		for range begun[d.ID()] {
			if _, err := d.Mark(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Nak(0); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMarks has a row for each count of marks that an event in quarantine can have,
// whatever its deliveries.
func TestMarks(t *testing.T) {
	for deliveries, begun := range map[int]int{3: 0, 4: 1, 5: transport.MaxBegun - 1, 6: transport.MaxBegun, 100: 0, transport.MaxAttempts: 0, transport.MaxAttempts + 1: 0} {
		t.Run(fmt.Sprint(deliveries, " deliveries, begun ", begun), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got outcomes
				stream := memory.NewStream(memory.Options{Done: got.add})
				stream.Publish(memory.Message{ID: "it", Data: []byte(`{}`)})
				die(t, stream, 1, deliveries-2)
				marked(t, stream, 1, map[string]int{"it": begun})
				pump(t, stream, &transport.Pump{Source: stream.Source(), Machine: always(expresstest.Machine(t, passWorkflow, nil)), Max: 1})
				runs := begun < transport.MaxBegun && deliveries <= transport.MaxAttempts
				if ran := len(got.of("it")) == 1; ran != runs {
					t.Errorf("it ran: %t, want %t", ran, runs)
				}
				if dead := stream.Dead(); (len(dead) == 0) != runs || !runs && dead[0].Reason != transport.ReasonMaxDeliveries {
					t.Errorf("dead letters are %v", dead)
				}
			})
		})
	}
}

// TestAlone lets an event run that began before and never ended, at one of two
// Pumps that share a Quarantine, while the other is busy.
func TestAlone(t *testing.T) {
	for _, tt := range []struct {
		begun  int
		long   time.Duration // what runs already takes
		beside []string      // what runs when it begins
		begins time.Duration
	}{
		{0, 5 * time.Second, []string{"long"}, 1 * time.Second},
		{1, 5 * time.Second, nil, 5 * time.Second},
		{2, 5 * time.Second, nil, 5 * time.Second},
		{2, time.Minute, []string{"long"}, 11 * time.Second},
	} {
		t.Run(fmt.Sprint("begun ", tt.begun, ", beside ", tt.long), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex // guards what follows
				running := map[string]bool{}
				var beside, started []string
				var begins time.Duration
				begin := time.Now()
				m := expresstest.Machine(t, taskWorkflow, func(_ context.Context, c *express.Call) (value.Value, error) {
					mu.Lock()
					if c.Execution == "suspect" {
						begins = time.Since(begin).Truncate(time.Second)
						for name := range running {
							beside = append(beside, name)
						}
					} else if running["suspect"] {
						started = append(started, c.Execution)
					}
					running[c.Execution] = true
					mu.Unlock()
					time.Sleep(time.Duration(c.Input.Float()) * time.Second)
					mu.Lock()
					delete(running, c.Execution)
					mu.Unlock()
					return c.Input, nil
				})
				suspects, others := memory.NewStream(memory.Options{}), memory.NewStream(memory.Options{})
				suspects.Publish(memory.Message{ID: "suspect", Data: []byte("3")})
				die(t, suspects, 1, 2)
				marked(t, suspects, 1, map[string]int{"suspect": tt.begun})
				others.Publish(memory.Message{ID: "long", Data: fmt.Append(nil, tt.long.Seconds())})

				shared := transport.NewQuarantine()
				var pumps sync.WaitGroup
				begin = time.Now()
				pumps.Go(func() {
					pump(t, others, &transport.Pump{Source: others.Source(), Machine: always(m), Quarantine: shared, Max: 4})
				})
				time.Sleep(time.Second)
				pumps.Go(func() {
					pump(t, suspects, &transport.Pump{Source: suspects.Source(), Machine: always(m), Quarantine: shared, Max: 4})
				})
				for time.Sleep(time.Second); suspects.Pending() > 0; time.Sleep(time.Second) {
					others.Publish(memory.Message{Data: []byte("1")})
				}
				pumps.Wait()
				if !slices.Equal(beside, tt.beside) {
					t.Errorf("it runs beside %v, want %v", beside, tt.beside)
				}
				if alone := len(started) == 0; alone != (tt.begun > 0) {
					t.Errorf("%v started while it ran", started)
				}
				if begins != tt.begins {
					t.Errorf("it begins after %v, want %v", begins, tt.begins)
				}
			})
		})
	}
}

// TestQuarantineIsShared has quarantined events at two Pumps: one of them runs at a
// time.
func TestQuarantineIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // guards what follows
		running, most := 0, 0
		m := expresstest.Machine(t, taskWorkflow, func(_ context.Context, c *express.Call) (value.Value, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return c.Input, nil
		})
		shared := transport.NewQuarantine()
		var pumps sync.WaitGroup
		streams := []*memory.Stream{memory.NewStream(memory.Options{}), memory.NewStream(memory.Options{})}
		for _, stream := range streams {
			for range 5 {
				stream.Publish(memory.Message{Data: []byte(`{}`)})
			}
			die(t, stream, 5, 2)
		}
		for _, stream := range streams {
			pumps.Go(func() {
				pump(t, stream, &transport.Pump{Source: stream.Source(), Machine: always(m), Quarantine: shared})
			})
		}
		pumps.Wait()
		if most != 1 {
			t.Errorf("%d quarantined executions ran at a time, want 1", most)
		}
	})
}

// TestHangsInQuarantine has an event hang that runs alone, whatever its context
// says: other events of the process wait for a minute, and those in quarantine for
// six.
func TestHangsInQuarantine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // guards what follows
		var begin time.Time
		begins := map[string]time.Duration{}
		m := expresstest.Machine(t, taskWorkflow, func(_ context.Context, c *express.Call) (value.Value, error) {
			mu.Lock()
			begins[c.Execution] = time.Since(begin).Truncate(time.Minute)
			mu.Unlock()
			time.Sleep(time.Duration(c.Input.Float()) * time.Minute)
			return c.Input, nil
		})
		hangs, others := memory.NewStream(memory.Options{}), memory.NewStream(memory.Options{})
		hangs.Publish(memory.Message{ID: "hangs", Data: []byte("20")})
		die(t, hangs, 1, 2)
		marked(t, hangs, 1, map[string]int{"hangs": 1})
		others.Publish(memory.Message{ID: "suspect", Data: []byte("0")})
		die(t, others, 1, 2)
		others.Publish(memory.Message{ID: "fresh", Data: []byte("0")})

		shared := transport.NewQuarantine()
		begin = time.Now()
		var pumps sync.WaitGroup
		for _, stream := range []*memory.Stream{hangs, others} {
			pumps.Go(func() {
				pump(t, stream, &transport.Pump{Source: stream.Source(), Machine: always(m), Quarantine: shared})
			})
			time.Sleep(time.Second)
		}
		pumps.Wait()
		want := map[string]time.Duration{"hangs": 0, "fresh": time.Minute, "suspect": 6 * time.Minute}
		if d := cmp.Diff(want, begins); d != "" {
			t.Errorf("events begin at other times (-want +got):\n%s", d)
		}
	})
}

// A lossy source cannot store marks, or outcomes, before a time.
type lossy struct {
	transport.Source
	marks, outcomes time.Time
}

type lossyDelivery struct {
	transport.Delivery
	of *lossy
}

var errLost = errors.New("no stream confirmed it")

func (s *lossy) Next(ctx context.Context, into []transport.Delivery) (int, error) {
	n, err := s.Source.Next(ctx, into)
	for i, d := range into[:n] {
		into[i] = lossyDelivery{d, s}
	}
	return n, err
}

func (d lossyDelivery) Mark(ctx context.Context) (int, error) {
	if time.Now().Before(d.of.marks) {
		return 0, errLost
	}
	return d.Delivery.Mark(ctx)
}

func (d lossyDelivery) Ack(o express.Outcome, done func(error)) {
	if !time.Now().Before(d.of.outcomes) {
		d.Delivery.Ack(o, done)
		return
	}
	time.AfterFunc(15*time.Second, func() {
		done(errors.Join(errLost, d.Delivery.Nak(memory.DefaultAckWait)))
	})
}

// TestMarkIsNotStored leaves the broker without an answer for ten minutes: what is
// in quarantine does not run, and is no dead letter.
func TestMarkIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := time.Now().Add(2*memory.DefaultAckWait + 10*time.Minute)
		var ran []time.Time
		m := expresstest.Machine(t, taskWorkflow, func(_ context.Context, c *express.Call) (value.Value, error) {
			ran = append(ran, time.Now())
			return c.Input, nil
		})
		stream := memory.NewStream(memory.Options{})
		stream.Publish(memory.Message{Data: []byte(`{}`)})
		die(t, stream, 1, 2)
		pump(t, stream, &transport.Pump{Source: &lossy{Source: stream.Source(), marks: back}, Machine: always(m)})
		if len(ran) != 1 || ran[0].Before(back) || len(stream.Dead()) > 0 {
			t.Errorf("it ran at %v, want once after %v; dead letters are %v", ran, back, stream.Dead())
		}
	})
}

// TestOutcomeIsNotStored has a stream of results that is full for twenty minutes:
// events whose executions end time and again are no dead letters.
func TestOutcomeIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got outcomes
		stream := memory.NewStream(memory.Options{Done: got.add})
		for i := range 5 {
			stream.Publish(memory.Message{ID: fmt.Sprint(i), Data: []byte(`{}`)})
		}
		m := expresstest.Machine(t, passWorkflow, nil)
		pump(t, stream, &transport.Pump{Source: &lossy{Source: stream.Source(), outcomes: time.Now().Add(20 * time.Minute)}, Machine: always(m)})
		if dead := stream.Dead(); len(dead) > 0 || len(got.by) != 5 {
			t.Errorf("%d events ended, want 5; dead letters are %v", len(got.by), dead)
		}
	})
}

// TestPoisons lets many events kill the process whenever they run, and others be
// slow beside them. Each poison must end as a dead letter after five deaths at most,
// and every other event by an execution.
func TestPoisons(t *testing.T) {
	const poisons = 8
	synctest.Test(t, func(t *testing.T) {
		var got outcomes
		stream := memory.NewStream(memory.Options{Done: got.add})
		publish := func(n int, kind string) {
			stream.Publish(memory.Message{ID: fmt.Sprint(kind, "-", n), Data: []byte(`{}`)})
		}
		for i := range 100 {
			publish(i, "event")
		}
		fresh, deaths := 0, map[string]int{}
		for stream.Pending() > 0 {
			if fresh < poisons {
				publish(fresh, "poison")
				publish(fresh, "late")
				fresh++
			}
			src := stream.Source()
			ctx, end := context.WithCancel(t.Context())
			m := expresstest.Machine(t, taskWorkflow, func(ctx context.Context, c *express.Call) (value.Value, error) {
				if ctx.Err() == nil && strings.HasPrefix(c.Execution, "poison") {
					deaths[c.Execution]++
					src.Kill()
					end()
				}
				select {
				case <-time.After(300 * time.Millisecond):
				case <-ctx.Done():
				}
				return c.Input, ctx.Err()
			})
			p := &transport.Pump{Source: src, Machine: always(m), Max: 64, Grace: time.Nanosecond}
			done := make(chan error)
			go func() { done <- p.Run(ctx) }()
			for stream.Pending() > 0 && ctx.Err() == nil {
				time.Sleep(time.Second)
			}
			end()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range stream.Dead() {
			if !strings.HasPrefix(d.ID, "poison") || d.Reason != transport.ReasonMaxDeliveries {
				t.Errorf("%s is a dead letter for %s", d.ID, d.Reason)
			}
		}
		if n := len(stream.Dead()); n != poisons || len(got.by) != 100+poisons {
			t.Errorf("%d dead letters and %d outcomes, want %d and %d", n, len(got.by), poisons, 100+poisons)
		}
		for name, n := range deaths {
			if n > 5 {
				t.Errorf("%s killed the process %d times, want 5 at most", name, n)
			}
		}
	})
}
