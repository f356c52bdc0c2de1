package transport

import "strings"

// reserved are the headers that data must not set: what the broker, the engine,
// the connection or its credentials say in its own name would be said by whoever
// sent the event. Names are in lower case; one that ends in "-" stands for all
// that begin with it.
var reserved = [...]struct{ name, means string }{
	{"nats-", "an instruction to the broker: Nats-Rollup deletes, Nats-Msg-Id and Nats-Expected-* decide what is stored"},
	{"express-", "what the engine says of the execution"},
	{"authorization", "credentials, which only a connection has"},
	{"proxy-authorization", "credentials"},
	{"proxy-authenticate", "of one hop, as the next"},
	{"proxy-connection", "of one hop"},
	{"connection", "of one hop: it names others that are"},
	{"keep-alive", "of one hop"},
	{"te", "of one hop"},
	{"trailer", "of one hop"},
	{"transfer-encoding", "where the body ends"},
	{"content-length", "where the body ends"},
	{"upgrade", "another protocol"},
	{"http2-settings", "another protocol"},
	{"host", "who is asked, which the URL says"},
}

// HeaderAllowed reports whether data may set the header name: it is a token as
// RFC 9110 has it, and does not speak in the name of the broker, the engine, or
// the connection.
func HeaderAllowed(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if !tokenByte(name[i]) {
			return false
		}
	}
	name = strings.ToLower(name)
	for _, r := range reserved {
		if name == r.name || strings.HasSuffix(r.name, "-") && strings.HasPrefix(name, r.name) {
			return false
		}
	}
	return true
}

// HeaderValueAllowed reports whether s can be the value of a header as it is: it
// holds no control characters but tabs. What does is refused, not rewritten, as
// a reader would take it for something else.
func HeaderValueAllowed(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// tokenByte reports whether c can stand in the name of a header.
func tokenByte(c byte) bool {
	return plain(c) || strings.IndexByte("!#$%&'*+.^`|~", c) >= 0
}
