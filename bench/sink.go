package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/transport"
	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// A Sunk is what a sink has counted.
type Sunk struct {
	Succeeded, Failed, Dead int
}

// Ended is how many events have ended.
func (s *Sunk) Ended() int { return s.Succeeded + s.Failed + s.Dead }

// A sink counts the outcomes of a backlog, until there are as many as it has
// events or none has come for too long.
type sink struct {
	nc       *nats.Conn
	patience time.Duration
	got      [3]atomic.Int64 // succeeded, failed, dead
	progress *atomic.Int64
	all      int64
	finished chan struct{}
}

// openSink is a sink that counts from now on.
func openSink(s natsconn.Settings, events int, patience time.Duration, progress *atomic.Int64) (*sink, error) {
	nc, err := natsconn.Connect(s, "express bench sink", nil)
	if err != nil {
		return nil, err
	}
	k := &sink{nc: nc, patience: patience, progress: progress, all: int64(events), finished: make(chan struct{})}
	progress.Store(0)
	for subject, which := range map[string]func(*nats.Msg) int{
		resultSubject: func(m *nats.Msg) int {
			if statusOf(m.Data) == succeeded {
				return 0
			}
			return 1
		},
		transport.DeadSubjects: func(*nats.Msg) int { return 2 },
	} {
		sub, err := nc.Subscribe(subject, func(m *nats.Msg) { k.count(which(m)) })
		if err == nil {
			err = sub.SetPendingLimits(-1, -1)
		}
		if err != nil {
			nc.Close()
			return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
		}
	}
	if err := nc.Flush(); err != nil {
		nc.Close()
		return nil, err
	}
	return k, nil
}

func (k *sink) count(which int) {
	k.got[which].Add(1)
	if k.progress.Add(1) == k.all {
		close(k.finished)
	}
}

// wait waits for the last outcome, and closes k.
func (k *sink) wait(ctx context.Context) *Sunk {
	defer k.nc.Close()
	tick := time.NewTicker(k.patience)
	defer tick.Stop()
	for before := int64(-1); ; before = k.progress.Load() {
		select {
		case <-k.finished:
		case <-tick.C:
			if k.progress.Load() != before {
				continue
			}
		case <-ctx.Done():
		}
		return &Sunk{int(k.got[0].Load()), int(k.got[1].Load()), int(k.got[2].Load())}
	}
}
