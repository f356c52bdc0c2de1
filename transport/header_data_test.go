package transport_test

import (
	"testing"

	"github.com/seed66d9166c/express/transport"
)

func TestHeaderAllowed(t *testing.T) {
	for name, want := range map[string]bool{
		"X-Room":              true,
		"Content-Type":        true,
		"accept":              true,
		"Idempotency-Key":     true,
		"x!#$%&'*+.^_`|~9":    true,
		"Expression":          true, // begins with no reserved word
		"Natsy":               true,
		"Hostname":            true,
		"":                    false,
		"X Room":              false,
		"X-Room:":             false,
		"X-Room\r\nEvil":      false,
		"X-\x00":              false,
		"Größe":               false,
		"Nats-Rollup":         false,
		"nats-msg-id":         false,
		"NATS-Expected-Last":  false,
		"Nats-TTL":            false,
		"Nats-Schedule":       false,
		"Nats-Batch-Id":       false,
		"Express-Execution":   false,
		"express-task-token":  false,
		"Authorization":       false,
		"Proxy-Authorization": false,
		"Proxy-Authenticate":  false,
		"Proxy-Connection":    false,
		"Connection":          false,
		"Keep-Alive":          false,
		"TE":                  false,
		"Trailer":             false,
		"Transfer-Encoding":   false,
		"Content-Length":      false,
		"Upgrade":             false,
		"HTTP2-Settings":      false,
		"hOsT":                false,
	} {
		if got := transport.HeaderAllowed(name); got != want {
			t.Errorf("HeaderAllowed(%q) is %t, want %t", name, got, want)
		}
	}
}

func TestHeaderValueAllowed(t *testing.T) {
	for val, want := range map[string]bool{
		"":           true,
		"a b\tc":     true,
		"größe \xff": true, // bytes of another encoding are nobody's syntax
		"a\r\nEvil:": false,
		"a\nb":       false,
		"a\rb":       false,
		"a\x00b":     false,
		"a\x1bb":     false,
		"a\x7fb":     false,
	} {
		if got := transport.HeaderValueAllowed(val); got != want {
			t.Errorf("HeaderValueAllowed(%q) is %t, want %t", val, got, want)
		}
	}
}
