package mock_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = expresstest.Epoch

// sleep parks the calling thread for d.
func sleep(c *mock.Clock, d time.Duration) {
	wake := make(chan struct{})
	c.NewTimer(d, func() { close(wake) })
	c.Park(wake)
}

func TestClock(t *testing.T) {
	c := mock.NewClock(epoch)
	var log []string
	say := func(s string) { log = append(log, fmt.Sprintf("%s at %s", s, c.Now().Sub(epoch))) }
	var wg sync.WaitGroup
	wg.Add(2)
	c.Run(func() {
		c.Go(func() {
			defer wg.Done()
			say("b begins")
			sleep(c, 2*time.Second)
			say("b ends")
		})
		c.Go(func() {
			defer wg.Done()
			say("c begins")
			sleep(c, time.Second)
			say("c ends")
		})
		say("a begins")
		sleep(c, 2*time.Second)
		say("a goes on")
		sleep(c, time.Hour)
		say("a ends")
	})
	wg.Wait()
	want := []string{"a begins at 0s", "b begins at 0s", "c begins at 0s", "c ends at 1s", "a goes on at 2s", "b ends at 2s", "a ends at 1h0m2s"}
	if !slices.Equal(log, want) {
		t.Errorf("got %q, want %q", log, want)
	}
}

func TestTimerStop(t *testing.T) {
	c := mock.NewClock(epoch)
	fired := 0
	timer := c.NewTimer(time.Second, func() { fired++ })
	other := c.NewTimer(2*time.Second, func() { fired += 10 })
	c.NewTimer(-time.Second, func() { fired += 100 })
	if !timer.Stop() || timer.Stop() {
		t.Error("Stop did not stop the timer, or stopped it twice")
	}
	c.Run(func() { sleep(c, 3*time.Second) })
	if fired != 110 || other.Stop() {
		t.Errorf("fired is %d", fired)
	}
	if now := c.Now(); !now.Equal(epoch.Add(3 * time.Second)) {
		t.Errorf("it is %s", now)
	}
}

// A thread that something outside wakes goes on when no other runs.
func TestWokenFromOutside(t *testing.T) {
	c := mock.NewClock(epoch)
	for range 1000 {
		wake, parked := make(chan struct{}), make(chan struct{})
		go func() {
			<-parked
			close(wake)
		}()
		c.Run(func() {
			close(parked)
			c.Park(wake)
		})
	}
}

// Threads run one at a time, also those of several executions.
func TestOneAtATime(t *testing.T) {
	c := mock.NewClock(epoch)
	running, n := 0, 0 // the race detector watches them
	step := func() {
		running++
		if n++; running != 1 {
			t.Error("two threads run")
		}
		running--
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c.Run(func() {
				done := make(chan struct{})
				c.Go(func() {
					defer close(done)
					for range 500 {
						step()
						sleep(c, time.Second)
					}
				})
				for range 500 {
					step()
					sleep(c, time.Millisecond)
				}
				c.Park(done)
			})
		})
	}
	wg.Wait()
	if n != 4000 {
		t.Errorf("%d steps", n)
	}
}

// busy is a machine of waits, retries, timeouts and failures beside each other.
const busy = `{"StartAt": "All", "States": {
	"All": {"Type": "Parallel", "Next": "Each", "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Each"}], "ResultPath": "$.all", "Branches": [
		{"StartAt": "A", "States": {"A": {"Type": "Wait", "SecondsPath": "$.a", "End": true}}},
		{"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "func:f", "TimeoutSeconds": 3, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1, "JitterStrategy": "FULL"}], "End": true}}},
		{"StartAt": "C", "States": {"C": {"Type": "Wait", "Seconds": 6, "Next": "C2"}, "C2": {"Type": "Fail", "Error": "C"}}}]},
	"Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 3, "ResultPath": "$.each", "End": true, "ItemProcessor": {"StartAt": "D", "States": {
		"D": {"Type": "Wait", "SecondsPath": "$", "Next": "E"}, "E": {"Type": "Task", "Resource": "func:f", "TimeoutSeconds": 2, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}], "End": true}, "F": {"Type": "Pass", "End": true}}}}}}`

// A run can be repeated event by event, and takes no time.
func TestRepeatable(t *testing.T) {
	once := func(seed uint64) (string, express.Outcome) {
		c := mock.NewClock(epoch)
		var log expresstest.Transcript
		rnd := rand.New(rand.NewPCG(seed, 1))
		m := expresstest.Machine(t, busy, func(ctx context.Context, _ *express.Call) (value.Value, error) {
			if rnd.IntN(2) == 0 {
				c.Park(ctx.Done())
			}
			return value.Null, nil
		}, c.Bind, log.Bind, func(o *express.Options) { o.Rand = rand.New(rand.NewPCG(seed, 2)) })
		o := expresstest.Run(t, m, `{"a": 1, "items": [1, 0, 2, 2, 1, 5, 0, 0, 1]}`)
		return log.String(), o
	}
	var all []string
	for seed := range uint64(500) {
		log, o := once(seed)
		if o.Status != express.Succeeded {
			t.Fatalf("seed %d: %v", seed, o.Err)
		}
		if again, _ := once(seed); again != log {
			t.Fatalf("seed %d gives\n%s\nthen\n%s", seed, log, again)
		}
		all = append(all, log)
	}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n < 10 {
		t.Errorf("only %d different runs", n)
	}
}
