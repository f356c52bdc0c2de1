package jetstream

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// TestReadable has streams that take in others: those of the engine's own records
// are for no trigger, by whatever way.
func TestReadable(t *testing.T) {
	source := func(name string) *jetstream.StreamSource { return &jetstream.StreamSource{Name: name} }
	for _, tt := range []struct {
		name string
		c    jetstream.StreamConfig
		want bool
	}{
		{"own subjects", jetstream.StreamConfig{Subjects: []string{"orders"}}, true},
		{"mirror", jetstream.StreamConfig{Mirror: source("ORDERS")}, true},
		{"sources", jetstream.StreamConfig{Sources: []*jetstream.StreamSource{source("ORDERS"), source(DoneStream)}}, true},
		{"mirror of dead letters", jetstream.StreamConfig{Mirror: source(DeadStream)}, false},
		{"dead letters among sources", jetstream.StreamConfig{Sources: []*jetstream.StreamSource{source("ORDERS"), source(DeadStream)}}, false},
	} {
		if err := readable(origins(&tt.c)...); (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for name, want := range map[string]bool{
		DeadStream: false, AdvisoryStream: false, RanStream: false, BegunStream: false, "KV_EXPRESS_KEYS": false, "OBJ_EXPRESS_DEFINITIONS": false,
		StartStream: true, DoneStream: true, DeadStream + "2": true, "KV_EXPRESS": true, "KV_orders": true,
	} {
		if (readable(name) == nil) != want {
			t.Errorf("a trigger can read %s: %t", name, !want)
		}
	}
}
