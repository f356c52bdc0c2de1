package wire

import (
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// A Msg is a message. What is received shares no memory with other messages; its
// texts share theirs with each other.
type Msg struct {
	Subject string
	Reply   string // "" for none
	Header  string // as the protocol has it, from NATS/1.0 to the empty line; "" for none
	Data    []byte
}

// version begins every header.
const version = "NATS/1.0"

// Header is the Header of a message with one header.
func Header(key, value string) string { return version + "\r\n" + key + ": " + value + "\r\n\r\n" }

// Get is the value of a header, the first if there are several; key may be in any
// case.
func (m *Msg) Get(key string) string {
	_, rest, _ := strings.Cut(m.Header, "\n")
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if len(line) > len(key) && line[len(key)] == ':' && strings.EqualFold(line[:len(key)], key) {
			return strings.Trim(line[len(key)+1:], " \t\r")
		}
	}
	return ""
}

// Status is what the server says instead of a message: a code of three digits and
// its meaning. The code is "" for a message of a publisher.
func (m *Msg) Status() (code, description string) {
	if m.Header == "" || len(m.Data) > 0 || m.Reply != "" {
		return "", ""
	}
	first, _, _ := strings.Cut(m.Header, "\r\n")
	code, description, _ = strings.Cut(strings.TrimLeft(strings.TrimPrefix(first, version), " "), " ")
	return code, description
}

// Size is how many bytes m takes.
func (m *Msg) Size() int { return len(m.Subject) + len(m.Reply) + len(m.Header) + len(m.Data) }

// Of is m as a Msg.
func Of(m *nats.Msg) Msg {
	to := Msg{Subject: m.Subject, Reply: m.Reply, Data: m.Data}
	if len(m.Header) == 0 {
		return to
	}
	var b strings.Builder
	b.WriteString(version)
	status := len(m.Data) == 0 && m.Reply == ""
	if status {
		for _, key := range [...]string{statusKey, descriptionKey} { // which nats.go has made of the first line
			if text := m.Header.Get(key); text != "" {
				b.WriteString(" " + text)
			}
		}
	}
	b.WriteString("\r\n")
	for key, values := range m.Header {
		if status && (key == statusKey || key == descriptionKey) {
			continue
		}
		for _, v := range values {
			b.WriteString(key + ": " + v + "\r\n")
		}
	}
	b.WriteString("\r\n")
	to.Header = b.String()
	return to
}

// What nats.go calls the words of a status.
const (
	statusKey      = "Status"
	descriptionKey = "Description"
)

// nats is m, which has no status, for nats.go.
func (m *Msg) nats() *nats.Msg {
	to := &nats.Msg{Subject: m.Subject, Reply: m.Reply, Data: m.Data}
	if m.Header == "" {
		return to
	}
	to.Header = make(nats.Header)
	_, lines, _ := strings.Cut(m.Header, "\r\n")
	for line := range strings.SplitSeq(lines, "\r\n") {
		if key, value, ok := strings.Cut(line, ":"); ok {
			to.Header[key] = append(to.Header[key], strings.TrimLeft(value, " "))
		}
	}
	return to
}

// append appends the publication of m as the protocol has it.
func (m *Msg) append(b []byte) []byte {
	if m.Header == "" {
		b = append(b, "PUB "...)
	} else {
		b = append(b, "HPUB "...)
	}
	b = append(b, m.Subject...)
	b = append(b, ' ')
	if m.Reply != "" {
		b = append(b, m.Reply...)
		b = append(b, ' ')
	}
	if m.Header != "" {
		b = strconv.AppendInt(b, int64(len(m.Header)), 10)
		b = append(b, ' ')
	}
	b = strconv.AppendInt(b, int64(len(m.Header)+len(m.Data)), 10)
	b = append(b, "\r\n"...)
	b = append(b, m.Header...)
	b = append(b, m.Data...)
	return append(b, "\r\n"...)
}
