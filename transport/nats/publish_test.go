package nats

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestPublish(t *testing.T) {
	nc := connect(t)
	sub, err := nc.SubscribeSync("news")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := invoke(t, nc, "nats:publish:news", `{"n": 7}`); err != nil || v.String() != `{}` {
		t.Errorf("got %v (%v), want {}", v, err)
	}
	m, err := sub.NextMsg(10 * time.Second)
	if err != nil || string(m.Data) != `{"n":7}` {
		t.Errorf("got message %v (%v)", m, err)
	}
}

// Data chooses among the subjects that the fixed part leaves open.
func TestPublishOnData(t *testing.T) {
	nc := connect(t)
	sub, err := nc.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	v, err := invoke(t, nc, "nats:publish:alerts.{room}.{at.level}", `{"room": "*.>", "at": {"level": 3}}`)
	expect(t, v, err, `{}`, "")
	if m, err := sub.NextMsg(10 * time.Second); err != nil || m.Subject != "alerts.%2A%2E%3E.3" {
		t.Errorf("got message %v (%v)", m, err)
	}
	for _, kind := range []string{"publish", "request", "jetstream"} {
		v, err := invoke(t, nc, "nats:"+kind+":alerts.{room}", `{"room": {}}`)
		expect(t, v, err, refusedBegins+"The subject 'alerts.{room}' needs the field 'room', which is of type object", "States.Runtime")
	}
}

func TestStore(t *testing.T) {
	nc := connect(t)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "NEWS", Subjects: []string{"news"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"stream":"NEWS","sequence":1,"duplicate":false}`,
		`{"stream":"NEWS","sequence":1,"duplicate":true}`, // a retry has the same key
	} {
		if v, err := invoke(t, nc, "nats:jetstream:news", `{"n": 7}`); err != nil || v.String() != want {
			t.Errorf("got %v (%v), want %s", v, err, want)
		}
	}
	v, err := invoke(t, nc, "nats:jetstream:elsewhere", `{}`)
	expect(t, v, err, "No stream has the subject elsewhere", ErrNoStream)
}
