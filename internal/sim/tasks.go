package sim

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// services are what the tasks of a process call. They answer with what they were
// given, if they do.
type services struct{ l *life }

var _ express.Starter = services{}

// An answer comes some time after the request, between least and most.
type answer struct {
	least, most time.Duration
	err         error
}

// manners are how a service can treat a request: a row each, and how many requests
// of a hundred it treats so. The states here wait for ten seconds.
var manners = []struct {
	name    string
	share   int
	answers []answer
}{
	{"prompt", 60, []answer{{0, 200 * time.Millisecond, nil}}},
	{"slow", 10, []answer{{0, 9 * time.Second, nil}}},
	{"too late", 5, []answer{{10 * time.Second, 40 * time.Second, nil}}},
	{"silent", 5, nil},
	{"twice", 10, []answer{{0, time.Second, nil}, {0, 5 * time.Second, nil}}},
	{"busy", 10, []answer{{0, time.Second, &express.Error{Name: "Busy"}}}},
}

// Invoke is Start for synchronous starts and the quarantine lane.
func (s services) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return express.Await(ctx, s, c)
}

// errDead is what tasks of a dead process get, and nobody sees.
var errDead = errors.New("the process is dead")

// Start does what the task asks for, and answers as its manners, which only the
// seed and the attempt decide, have it.
func (s services) Start(_ context.Context, c *express.Call, done func(value.Value, error)) (cancel func()) {
	w := s.l.k.world
	if !s.l.lives() {
		done(value.Value{}, errDead)
		return nil
	}
	w.ledger.effect(c)
	if w.kinds[c.Execution] == poison {
		w.ledger.killed(c.Execution)
		s.l.die(time.Second)
		return nil
	}
	h := fnv.New64a()
	fmt.Fprint(h, c.Key(), c.Retry, c.Delivery)
	r := rand.New(rand.NewPCG(w.script.seed, h.Sum64()))
	dice := r.IntN(100)
	for _, m := range manners {
		if dice -= m.share; dice >= 0 {
			continue
		}
		in := c.Input
		for _, a := range m.answers {
			time.AfterFunc(a.least+time.Duration(r.Int64N(int64(a.most-a.least))), func() { done(in, a.err) })
		}
		break
	}
	return nil
}

// hangFor is how long a task of workflow hung takes, whatever its context says:
// longer than its source keeps its event.
const hangFor = 10 * time.Minute

// hang is a task that hangs when its event comes for the first time.
func (s services) hang(_ context.Context, c *express.Call) (value.Value, error) {
	if s.l.lives() {
		s.l.k.world.ledger.effect(c)
		if c.Delivery == 1 {
			time.Sleep(hangFor)
		}
	}
	return c.Input, nil
}
