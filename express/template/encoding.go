package template

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/value"
)

// base64Encode is States.Base64Encode(string).
func base64Encode(s *Scope, a []value.Value) (value.Value, error) {
	text, err := shortText(a, 0)
	if err != nil {
		return value.Value{}, err
	}
	size := base64.StdEncoding.EncodedLen(len(text))
	if err := s.text(len(text), size); err != nil {
		return value.Value{}, err
	}
	return value.String(base64.StdEncoding.EncodeToString([]byte(text))), nil
}

// base64Decode is States.Base64Decode(string). AWS refuses no text: it decodes what
// stands before the first =, in either alphabet, and takes no notice of other
// characters nor of one that is left over. Bytes that are no UTF-8 become U+FFFD.
func base64Decode(s *Scope, a []value.Value) (value.Value, error) {
	text, err := shortText(a, 0)
	if err != nil {
		return value.Value{}, err
	}
	if err := s.text(len(text), 3*len(text)); err != nil {
		return value.Value{}, err
	}
	text, _, _ = strings.Cut(text, "=")
	text = strings.Map(standard, text)
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	out, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		panic("template: " + err.Error()) // nothing but the alphabet is left
	}
	return value.String(string(bytes.Runes(out))), nil
}

// standard is the character of Base64's alphabet that r stands for, -1 if none.
func standard(r rune) rune {
	switch {
	case r == '-':
		return '+'
	case r == '_':
		return '/'
	case 'a' <= r|0x20 && r|0x20 <= 'z' && r < utf8.RuneSelf, '0' <= r && r <= '9', r == '+', r == '/':
		return r
	}
	return -1
}

// algorithms of States.Hash, by AWS's names.
var algorithms = map[string]func() hash.Hash{
	"MD5":     md5.New,
	"SHA-1":   sha1.New,
	"SHA-256": sha256.New,
	"SHA-384": sha512.New384,
	"SHA-512": sha512.New,
}

// hashData is States.Hash(data, algorithm), in hexadecimal. Data that is no
// string is hashed as JSON.
func hashData(s *Scope, a []value.Value) (value.Value, error) {
	data := a[0]
	if data.Kind() != value.KindString {
		if err := s.grow(2 * data.Size()); err != nil {
			return value.Value{}, err
		}
		data = value.String(data.String())
	}
	if data.RuneLen() > maxText {
		return value.Value{}, badArgumentf("argument 1 is longer than %d characters", maxText)
	}
	newHash, ok := algorithms[a[1].Text()]
	if !ok {
		return value.Value{}, badArgument("argument 2 must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512")
	}
	h := newHash()
	if err := s.text(data.Size(), hex.EncodedLen(h.Size())); err != nil {
		return value.Value{}, err
	}
	io.WriteString(h, data.Text())
	return value.String(hex.EncodeToString(h.Sum(nil))), nil
}

// uuid is States.UUID(): one of version 4, from the randomness of s.
func uuid(s *Scope, _ []value.Value) (value.Value, error) {
	if err := s.grow(len(`"xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx"`)); err != nil {
		return value.Value{}, err
	}
	const version, variant = 4 << 12, 2 << 62
	hi, lo := s.Rand.Uint64()&^0xf000|version, s.Rand.Uint64()&^(3<<62)|variant
	return value.String(fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&(1<<48-1))), nil
}
