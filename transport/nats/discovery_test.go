package nats

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

// What the tools for NATS micro services ask, the engine answers.
func TestDiscovery(t *testing.T) {
	nc := connect(t)
	d, err := discover(nc, "engine", "1.2.3", "runs", map[string]string{"slots": "7"})
	if err != nil {
		t.Fatal(err)
	}
	echo := func(m *nats.Msg) { m.Respond(m.Data) }
	if err := d.add("orders", "sync.orders", map[string]string{"workflow": "orders"}, echo); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := nc.Request("sync.orders", nil, 10*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	for _, of := range []string{"", ".engine", ".engine." + d.identity.ID} {
		var ping micro.Ping
		ask(t, nc, "$SRV.PING"+of, &ping)
		if ping.Type != micro.PingResponseType || ping.Name != "engine" || ping.Version != "1.2.3" || ping.ID != d.identity.ID {
			t.Errorf("$SRV.PING%s shows %+v", of, ping)
		}
		var info micro.Info
		ask(t, nc, "$SRV.INFO"+of, &info)
		if info.Type != micro.InfoResponseType || info.Description != "runs" || info.Metadata["slots"] != "7" || len(info.Endpoints) != 1 {
			t.Fatalf("$SRV.INFO%s shows %+v", of, info)
		}
		if e := info.Endpoints[0]; e.Name != "orders" || e.Subject != "sync.orders" || e.QueueGroup != "q" || e.Metadata["workflow"] != "orders" {
			t.Errorf("$SRV.INFO%s shows the endpoint %+v", of, e)
		}
		var stats micro.Stats
		ask(t, nc, "$SRV.STATS"+of, &stats)
		if stats.Type != micro.StatsResponseType || len(stats.Endpoints) != 1 || stats.Endpoints[0].NumRequests != 3 || time.Since(stats.Started) > time.Hour {
			t.Errorf("$SRV.STATS%s shows %+v", of, stats)
		}
	}

	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, subject := range []string{"$SRV.PING", "sync.orders"} {
		for err = nil; !errors.Is(err, nats.ErrNoResponders); { // the broker hears of it later
			if _, err = nc.RequestWithContext(ctx, subject, nil); ctx.Err() != nil {
				t.Fatalf("somebody listens on %s after the end", subject)
			}
		}
	}
}

// ask reads the answer to a request on subject into v.
func ask(t *testing.T, nc *nats.Conn, subject string, v any) {
	t.Helper()
	m, err := nc.Request(subject, nil, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(m.Data, v); err != nil {
		t.Fatal(err)
	}
}
