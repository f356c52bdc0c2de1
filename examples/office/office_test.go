package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// The same seed gives the same readings; as many as said are at fault.
func TestReadings(t *testing.T) {
	var first, again bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &again} {
		if err := writeReadings(b, newOffice("office-1", 7), 1000); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != again.String() {
		t.Error("the same seed gave other readings")
	}
	garbled, faulty := 0, 0
	for line := range strings.Lines(first.String()) {
		var r reading
		switch err := json.Unmarshal([]byte(line), &r); {
		case err != nil:
			garbled++
		case r.Humidity < 0:
			faulty++
		}
	}
	if garbled != 2 || faulty != 10 {
		t.Errorf("%d readings are garbled and %d implausible, want 2 and 10", garbled, faulty)
	}
}

// What the workflow makes of a reading, and which tasks it calls on the way.
func TestWorkflow(t *testing.T) {
	definition, err := os.ReadFile("office.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	const room = `{"name":"Maple"}`
	for _, tt := range []struct {
		name, reading string
		down          int // calls of the enrichment task that find nobody
		verdict       string
		calls         []string
		room          string
	}{
		{name: "bright", reading: `{"device":"office-1","temperature":21,"humidity":30,"light":400,"co2":700}`,
			verdict: "occupied", calls: []string{"Enrich"}, room: room},
		{name: "dark", reading: `{"device":"office-1","temperature":21,"humidity":30,"light":0,"co2":1100}`,
			verdict: "vacant", calls: []string{"Enrich"}, room: room},
		{name: "dusk, with much breath", reading: `{"device":"office-1","temperature":21,"humidity":30,"light":12,"co2":1100}`,
			verdict: "occupied", calls: []string{"Enrich"}, room: room},
		{name: "stuffy", reading: `{"device":"office-1","temperature":21,"humidity":30,"light":400,"co2":1300}`,
			verdict: "occupied", calls: []string{"Enrich", "Ventilate", "Notify"}, room: room},
		{name: "enrichment is down for a while", reading: `{"device":"office-1","temperature":21,"humidity":30,"light":400,"co2":700}`,
			down: 2, verdict: "occupied", calls: []string{"Enrich", "Enrich", "Enrich"}, room: room},
		{name: "enrichment is down", reading: `{"device":"office-1","temperature":21,"humidity":30,"light":400,"co2":700}`,
			down: 9, verdict: "occupied", calls: []string{"Enrich", "Enrich", "Enrich", "Enrich"}},
		{name: "implausible", reading: `{"device":"office-1","temperature":21,"humidity":-1,"light":400,"co2":0}`,
			verdict: "implausible", calls: []string{"SetAside"}},
		{name: "no reading", reading: `{"hello":"world"}`, verdict: "implausible", calls: []string{"SetAside"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var calls []string
			m := expresstest.Machine(t, string(definition), func(_ context.Context, c *express.Call) (value.Value, error) {
				calls = append(calls, c.State)
				if c.State == "Enrich" && len(calls) <= tt.down {
					return value.Value{}, &express.Error{Name: "Nats.NoResponders", Cause: "Nobody answers office.enrich"}
				}
				return value.ParseString(room)
			}, expresstest.Virtual)
			out := expresstest.Run(t, m, tt.reading)
			if out.Status != express.Succeeded {
				t.Fatalf("%v: %v", out.Status, out.Err)
			}
			if v, _ := out.Output.Get("verdict"); v.Text() != tt.verdict {
				t.Errorf("the verdict is %s, want %s", v, tt.verdict)
			}
			if v, _ := out.Output.Get("room"); v.String() != tt.room {
				t.Errorf("the room is %s, want %s", v, tt.room)
			}
			if got, want := strings.Join(calls, " "), strings.Join(tt.calls, " "); got != want {
				t.Errorf("called %s, want %s", got, want)
			}
		})
	}
}

// All of it: served, replayed, reported, and stopped.
func TestDemonstration(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &until{text: "serving until Ctrl-C", reached: cancel}
	err := demonstrate(ctx, &options{
		dir: ".", store: t.TempDir(), count: 600, seed: 1, stdout: out, stderr: io.Discard,
		settings: map[string]string{"embedded.listen": "127.0.0.1:0", "listen": "off", "callbacks.listen": "off", "api.listen": "off"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"600 readings, ", "SUCCEEDED implausible", "dead letters (garbled)        1", "p99 "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
}

// An until calls reached once it was written text.
type until struct {
	bytes.Buffer
	text    string
	reached func()
}

func (u *until) Write(b []byte) (int, error) {
	n, err := u.Buffer.Write(b)
	if strings.Contains(u.String(), u.text) {
		u.reached()
	}
	return n, err
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"nonsense"}, 2, `there is no "nonsense" here`},
		{[]string{"readings", "more"}, 2, `unexpected argument "more"`},
		{[]string{"rooms", "--server", "nats://127.0.0.1:1"}, 1, "connect to nats://127.0.0.1:1"},
	} {
		var out, errs bytes.Buffer
		if code := run(tt.args, &out, &errs); code != tt.code || !strings.Contains(errs.String(), tt.says) {
			t.Errorf("office %s: exit %d, %q; want %d, %q", tt.args, code, errs.String(), tt.code, tt.says)
		}
	}
}
