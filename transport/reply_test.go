package transport

import "testing"

func TestAnswerable(t *testing.T) {
	for _, tt := range []struct {
		reply, private string
		want           bool
	}{
		{"_INBOX.abc.1", "", true},
		{"_INBOX_anna.abc.1", "", true},
		{"_R_.abc.1", "", true},
		{"office.replies.1", "office.replies", true},
		{"_INBOX.abc.1", "office.replies", true}, // of another client
		{"", "", false},
		{"office.replies.1", "", false},
		{"$JS.ACK.ORDERS.workers.1.2.3.4.5", "", false},
		{"$SYS.REQ.SERVER.PING", "", false},
		{"express.start.orders", "", false},
		{"x._INBOX.abc", "", false},
	} {
		if got := Answerable(tt.reply, tt.private); got != tt.want {
			t.Errorf("Answerable(%q, %q) = %v", tt.reply, tt.private, got)
		}
	}
}
