package transport

import (
	"cmp"
	"strings"
)

// What subjects of answers begin with.
const (
	inbox        = "_INBOX" // private ones are _INBOX_anna. or the like
	serviceReply = "_R_."   // to another account
)

// Answerable reports whether reply is the subject of an inbox; private is what
// those of this connection begin with, "" for none. Who sends $JS.ACK or the
// subject of a stream as his would have the engine speak in its own name.
func Answerable(reply, private string) bool {
	for _, prefix := range [...]string{inbox, serviceReply, cmp.Or(private, inbox)} {
		if strings.HasPrefix(reply, prefix) {
			return true
		}
	}
	return false
}
