package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
)

func TestGet(t *testing.T) {
	m := Msg{Header: "NATS/1.0\r\nNats-Msg-Id: 1:2\r\nEmpty:\r\nBare:x\r\nSpace:  y \t\r\nTwice: a\r\ntwice: b\r\n\r\n"}
	for key, want := range map[string]string{
		"Nats-Msg-Id": "1:2", "nats-msg-id": "1:2", "NATS-MSG-ID": "1:2",
		"Empty": "", "Bare": "x", "Space": "y", "Twice": "a", "Nats-Msg": "", "Absent": "", "": "",
	} {
		if got := m.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if got := (&Msg{}).Get("Nats-Msg-Id"); got != "" {
		t.Errorf("without headers it is %q", got)
	}
}

func TestStatus(t *testing.T) {
	for name, tt := range map[string]struct {
		m                 Msg
		code, description string
	}{
		"heartbeat":        {Msg{Header: "NATS/1.0 100 Idle Heartbeat\r\n\r\n"}, "100", "Idle Heartbeat"},
		"code alone":       {Msg{Header: "NATS/1.0 503\r\n\r\n"}, "503", ""},
		"with headers":     {Msg{Header: "NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 1\r\n\r\n"}, "408", "Request Timeout"},
		"no header":        {Msg{}, "", ""},
		"no status":        {Msg{Header: Header("A", "b")}, "", ""},
		"of a publisher":   {Msg{Header: "NATS/1.0 503\r\n\r\n", Data: []byte("x")}, "", ""},
		"to be answered":   {Msg{Header: "NATS/1.0 503\r\n\r\n", Reply: "$JS.ACK.a"}, "", ""},
		"a header that is": {Msg{Header: Header("Status", "503")}, "", ""},
	} {
		if code, description := tt.m.Status(); code != tt.code || description != tt.description {
			t.Errorf("%s: %q %q, want %q %q", name, code, description, tt.code, tt.description)
		}
	}
}

// TestOf takes messages from nats.go and back.
func TestOf(t *testing.T) {
	for name, m := range map[string]*nats.Msg{
		"plain":  {Subject: "a", Reply: "r", Data: []byte("x")},
		"header": {Subject: "a", Data: []byte("x"), Header: nats.Header{"K": {"v", "w: x"}}},
		"event":  {Subject: "a", Reply: "r", Data: []byte{}, Header: nats.Header{"Status": {"503"}}},
	} {
		of := Of(m)
		if code, _ := of.Status(); code != "" {
			t.Errorf("%s: status %s", name, code)
		}
		got := of.nats()
		if got.Subject != m.Subject || got.Reply != m.Reply || !cmp.Equal(m.Header, got.Header) || string(got.Data) != string(m.Data) {
			t.Errorf("%s: %+v, want %+v", name, got, m)
		}
	}
	of := Of(&nats.Msg{Subject: "a", Header: nats.Header{"Status": {"408"}, "Description": {"Request Timeout"}, "Left": {"3"}}})
	code, description := of.Status()
	if code != "408" || description != "Request Timeout" || of.Get("Left") != "3" || of.Get("Status") != "" {
		t.Errorf("a status is %q", of.Header)
	}
}

func TestAppend(t *testing.T) {
	for want, m := range map[string]Msg{
		"PUB a 2\r\nhi\r\n":                              {Subject: "a", Data: []byte("hi")},
		"PUB a r 0\r\n\r\n":                              {Subject: "a", Reply: "r"},
		"HPUB a 18 20\r\n" + header + "hi\r\n":           {Subject: "a", Header: header, Data: []byte("hi")},
		"HPUB a r 18 18\r\n" + Header("A", "b") + "\r\n": {Subject: "a", Reply: "r", Header: header},
	} {
		if got := string(m.append(nil)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
