package jetstream

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// A Trigger is a consumer of an engine's: what it delivers starts a workflow.
type Trigger struct {
	Workflow string
	Stream   jetstream.StreamConfig
	Consumer *jetstream.ConsumerInfo
}

// Triggers are those that engines have set up, by stream and consumer.
func Triggers(ctx context.Context, js jetstream.JetStream) ([]Trigger, error) {
	var all []Trigger
	streams := js.ListStreams(ctx)
	for info := range streams.Info() {
		str, err := js.Stream(ctx, info.Config.Name)
		if err != nil {
			return nil, fmt.Errorf("stream %s: %w", info.Config.Name, err)
		}
		consumers := str.ListConsumers(ctx)
		for c := range consumers.Info() {
			if w := c.Config.Metadata[metaWorkflow]; w != "" {
				all = append(all, Trigger{w, info.Config, c})
			}
		}
		if err := consumers.Err(); err != nil {
			return nil, fmt.Errorf("list consumers of stream %s: %w", info.Config.Name, err)
		}
	}
	if err := streams.Err(); err != nil {
		return nil, fmt.Errorf("list streams: %w", explain(err))
	}
	slices.SortFunc(all, func(a, b Trigger) int {
		return cmp.Or(cmp.Compare(a.Stream.Name, b.Stream.Name), cmp.Compare(a.Consumer.Name, b.Consumer.Name))
	})
	return all, nil
}
