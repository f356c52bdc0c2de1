package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// enginesSubject asks all engines, which are NATS micro services, who they
	// are.
	enginesSubject = "$SRV.INFO.express"
	// enginesQuiet is how long the next answer is waited for.
	enginesQuiet = 250 * time.Millisecond
)

// auditEngines compares what may be unacknowledged at all engines together with
// what those need that run: past it they wait for each other, and nothing says
// so.
func (s *Source) auditEngines(ctx context.Context, str *stream) error {
	need, engines, err := demand(ctx, s.nc, s.o.Workflow)
	if err != nil {
		return err
	}
	c, err := s.js.Consumer(ctx, str.name, s.o.Durable)
	if err != nil {
		return fmt.Errorf("consumer %s of stream %s: %w", s.o.Durable, str.name, err)
	}
	have := c.CachedInfo().Config.MaxAckPending
	s.mu.Lock()
	defer s.mu.Unlock()
	short := have > 0 && have < need
	if short && !s.short {
		s.log.Warn("engines wait for each other: the consumer hands out too few events at a time",
			"stream", str.name, "consumer", s.o.Durable, "maxAckPending", have, "needed", need, "engines", engines)
	}
	s.short = short
	return nil
}

// demand is how many events the engines that serve workflow hold at most, and
// how many engines these are. They say how many slots they have.
func demand(ctx context.Context, nc *nats.Conn, workflow string) (events, engines int, err error) {
	inbox := nc.NewInbox()
	answers, err := nc.SubscribeSync(inbox)
	if err != nil {
		return 0, 0, fmt.Errorf("ask for engines: %w", err)
	}
	defer answers.Unsubscribe()
	if err := nc.PublishRequest(enginesSubject, inbox, nil); err != nil {
		return 0, 0, fmt.Errorf("ask for engines: %w", err)
	}
	for {
		quiet, cancel := context.WithTimeout(ctx, enginesQuiet)
		m, err := answers.NextMsgWithContext(quiet)
		cancel()
		if err != nil || len(m.Data) == 0 { // silence, or nobody there
			return events, engines, nil
		}
		var engine struct {
			Metadata  map[string]string `json:"metadata"`
			Endpoints []struct {
				Metadata map[string]string `json:"metadata"`
			} `json:"endpoints"`
		}
		if json.Unmarshal(m.Data, &engine) != nil {
			continue // none of ours
		}
		for _, e := range engine.Endpoints {
			if e.Metadata["workflow"] != workflow {
				continue
			}
			if slots, err := strconv.Atoi(engine.Metadata["slots"]); err == nil {
				events += withPrefetch(slots)
				engines++
			}
			break
		}
	}
}
