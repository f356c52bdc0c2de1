package nats

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// maxKey bounds a key as the bucket has it, in bytes: a key is a subject, which
// brokers and file systems take everywhere up to 255 bytes, its bucket included.
const maxKey = 200

// encodeKey is key as a bucket takes it: letters, digits, -, _ and / stay, and
// dots, which separate tokens, between two other characters. Any other byte is
// written =XX. Different keys have different encodings, and none of them holds a
// wildcard.
func encodeKey(key string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(key) {
		switch c := key[i]; {
		case keyByte(c), c == '.' && i > 0 && key[i-1] != '.' && i+1 < len(key):
			b.WriteByte(c)
		default:
			b.WriteByte('=')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func keyByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '/'
}

// isKey reports whether v can be the key of a value.
func isKey(v value.Value) bool { return isText(v) && len(encodeKey(v.Text())) <= maxKey }
