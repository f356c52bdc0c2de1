package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/internal/records"
)

// A Batch is what an engine sends a watcher at a time.
type Batch struct {
	Records []*records.Record
	LeftOut int // records before them that were not sent
}

// waitingBatches is how many batches may wait for who watches: some 30 seconds
// of what an engine sends.
const waitingBatches = 4096

// Watch calls see for every batch of records that engines send, one at a time,
// until ctx is done. What comes faster than see takes it is lost; then its next
// batch says so. The error is that of the connection.
func Watch(ctx context.Context, nc *nats.Conn, f Filter, see func(Batch)) error {
	h := hello{Inbox: nc.NewInbox(), Filter: f}
	c := make(chan *nats.Msg, waitingBatches)
	sub, err := nc.ChanSubscribe(h.Inbox, c)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer sub.Unsubscribe()
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	if err := say(nc, h); err != nil {
		return err
	}
	for {
		select {
		case msg := <-c:
			see(read(msg))
		case <-renew.C:
			if err := say(nc, h); err != nil {
				return err
			}
		case <-ctx.Done():
			h.Bye = true
			return errors.Join(say(nc, h), nc.FlushTimeout(time.Second))
		}
	}
}

// say tells the engines of a watcher.
func say(nc *nats.Conn, h hello) error {
	b, err := json.Marshal(h)
	if err != nil {
		panic(err) // texts alone
	}
	if err := nc.Publish(Subject, b); err != nil {
		return fmt.Errorf("tell the engines what to show: %w", err)
	}
	return nil
}

// read is the batch in msg. Lines that are no records are not the engine's, and
// count as left out.
func read(msg *nats.Msg) Batch {
	var b Batch
	b.LeftOut, _ = strconv.Atoi(msg.Header.Get(headerLeft)) // none is 0
	for r, err := range records.Read(bytes.NewReader(msg.Data)) {
		if err != nil {
			b.LeftOut++
			continue
		}
		b.Records = append(b.Records, r)
	}
	return b
}
