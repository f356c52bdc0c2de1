package sim

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// amnesia is how long a server that is alone takes to write the state of
// consumers: what was acknowledged, or delivered, within it can be forgotten when
// it is killed.
const amnesia = 100 * time.Millisecond

// Crash kills the server, which is alone, and starts it again after d. It forgets
// what was acknowledged and delivered since that time, connections, pulls, and
// the Nats-Msg-Id of everything that is in no stream any more.
func (b *Broker) Crash(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = true
	for _, p := range b.ports {
		p.reset()
	}
	since := time.Now().Add(-time.Duration(b.rand.Int64N(int64(amnesia) + 1)))
	for _, s := range b.streams {
		for _, c := range s.consumers {
			c.retire("", "")
			c.forget(since)
		}
		for id, m := range s.ids {
			if s.messages[m.Seq] == nil {
				delete(s.ids, id)
			}
		}
	}
	time.AfterFunc(d, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.down = false
		for _, s := range b.streams {
			for _, c := range s.consumers {
				c.schedule()
			}
		}
	})
}

// Headless leaves JetStream without a leader for d: nobody answers, what is
// published is lost, and so are acknowledgements. Half of the pulls that wait are
// told.
func (b *Broker) Headless(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.streams {
		for _, c := range s.consumers {
			if b.rand.IntN(2) == 0 {
				c.retire("409", "Leadership Change")
			} else {
				c.retire("", "")
			}
		}
	}
	b.headless = time.Now().Add(d)
}

// Mute loses this share of the confirmations of streams: what was published is
// there, and its publisher does not know.
func (b *Broker) Mute(share float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mute = share
}

// Fill makes a stream refuse messages because it is full, or take them again.
func (b *Broker) Fill(stream string, full bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.streams[stream]; s != nil {
		s.full = full
	}
}

// DeleteConsumer is somebody who deletes a consumer.
func (b *Broker) DeleteConsumer(stream, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.consumerDelete(nil, []string{stream, name})
}

// Contents are the messages of a stream, in order.
func (b *Broker) Contents(stream string) (all []Stored) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.streams[stream]; s != nil {
		for m := s.find(1); m != nil; m = s.find(m.Seq + 1) {
			all = append(all, *m)
		}
	}
	return all
}

// Unacknowledged is how many messages of a stream were delivered and not
// acknowledged.
func (b *Broker) Unacknowledged(stream string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.streams[stream]; s != nil {
		for _, c := range s.consumers {
			n += len(c.pending)
		}
	}
	return n
}

// Close ends all connections and timers.
func (b *Broker) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = true
	for _, p := range b.ports {
		p.reset()
	}
	for _, s := range b.streams {
		for _, c := range s.consumers {
			c.retire("", "")
		}
	}
}

// retire forgets the pulls of c and stops its timers. Who waits is told why, if
// there is a code.
func (c *consumer) retire(code, why string) {
	c.lapse.Stop()
	for len(c.pulls) > 0 {
		p := c.pulls[0]
		c.end(p)
		if code != "" {
			c.s.b.status(p.reply, code, why)
		}
	}
}

// note remembers an acknowledgement for as long as it can be undone.
func (c *consumer) note(u undo) {
	old := u.at.Add(-amnesia)
	c.journal = append(slices.DeleteFunc(c.journal, func(o undo) bool { return o.at.Before(old) }), u)
}

// forget undoes what was acknowledged and delivered since then.
func (c *consumer) forget(since time.Time) {
	for _, u := range c.journal {
		if u.at.Before(since) {
			continue
		}
		c.counts[u.m.Seq] = u.left
		c.pending[u.m.Seq] = &pending{m: u.m, since: u.at}
		if c.s.config.Retention == jetstream.WorkQueuePolicy {
			c.s.messages[u.m.Seq] = u.m
		}
	}
	c.journal = nil
	for seq, p := range c.pending {
		if !p.since.Before(since) && c.counts[seq] > 0 {
			c.counts[seq]--
			c.queue(seq)
		}
	}
}
