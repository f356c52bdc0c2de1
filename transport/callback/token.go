package callback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// A token says which task waits for an answer, and where. It holds nothing of
// the execution.
type token struct {
	engine  engine
	id      id
	expires time.Time // with its execution, to the millisecond
}

// An id is the random name of a task that waits.
type id [16]byte

const (
	// tokenVersion begins every token: of another one the rest is unknown.
	tokenVersion = 1
	// tagSize is how much of the HMAC a token has: nobody guesses 128 bits, and
	// the text stays short.
	tagSize  = 16
	signed   = 1 + len(engine{}) + len(id{}) + 8
	rawSize  = signed + tagSize
	textSize = (rawSize*8 + 5) / 6

	// maxSkew is by how much the clocks of engines may differ.
	maxSkew = time.Minute
)

// encoding is safe in URLs and in subjects, and has one text for each token.
var encoding = base64.RawURLEncoding.Strict()

// seal is t as text, made with key.
func (t *token) seal(key []byte) string {
	b := make([]byte, 0, rawSize)
	b = append(b, tokenVersion)
	b = append(b, t.engine[:]...)
	b = append(b, t.id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(t.expires.UnixMilli()))
	return encoding.EncodeToString(append(b, tag(key, b)...))
}

// tag is what nobody can make without key.
func tag(key, b []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(b)
	return h.Sum(nil)[:tagSize]
}

// open is the token that text is, if one of the keys made it.
func (r *Registry) open(text string) (t token, err error) {
	if len(text) != textSize {
		return t, r.refuse(malformed, nil)
	}
	b, err := encoding.DecodeString(text)
	if err != nil || b[0] != tokenVersion {
		return t, r.refuse(malformed, nil)
	}
	genuine := false
	for _, key := range r.keys {
		genuine = hmac.Equal(tag(key, b[:signed]), b[signed:]) || genuine
	}
	if !genuine {
		return t, r.refuse(forged, nil)
	}
	rest := b[1:]
	rest = rest[copy(t.engine[:], rest):]
	rest = rest[copy(t.id[:], rest):]
	t.expires = time.UnixMilli(int64(binary.BigEndian.Uint64(rest)))
	return t, nil
}
