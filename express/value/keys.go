package value

import (
	"bytes"
	"hash/maphash"
	"unicode/utf16"
	"unicode/utf8"
)

// keySeed keeps who writes a document from knowing which keys collide.
var keySeed = maphash.MakeSeed()

// A keyCheck looks for a key that an object has twice in the tokens of a
// document, before anything is made of them. It takes 16 bytes a member at most,
// and the text of the keys where something is escaped.
type keyCheck struct {
	tokens  []token
	at      int      // of the next token
	text    []byte   // that the tokens of keys lie in
	escaped []byte   // that they lay in before, nil where nothing is escaped
	open    []uint32 // tokens of the keys of all objects that have not ended
	table   []uint32 // of one object: its keys by their hash, 0 for none
}

// unique refuses what s has scanned if an object has a key twice. Where something
// is escaped, nothing can be built of the tokens afterwards.
func (s *scanner) unique() *ParseError {
	if s.members == 0 {
		return nil
	}
	c := keyCheck{tokens: s.tokens, text: s.b, open: make([]uint32, 0, s.members)}
	if s.escapes {
		c.escaped, c.text = s.b, make([]byte, 0, s.text)
	}
	if key, twice := c.value(); twice {
		return &ParseError{Reason: "duplicate key " + excerpt(key), Offset: -1}
	}
	return nil
}

// value checks the next value, and is a key that an object in it has twice.
func (c *keyCheck) value() (key string, twice bool) {
	t := &c.tokens[c.at]
	c.at++
	switch t.kind {
	case KindArray:
		for range t.n {
			if key, twice = c.value(); twice {
				return key, true
			}
		}
	case kindUnread: // its objects have been looked at
		c.at++
	case KindObject:
		first := len(c.open)
		for range t.n {
			c.key()
			if key, twice = c.value(); twice {
				return key, true
			}
		}
		key, twice = c.repeated(c.open[first:])
		c.open = c.open[:first]
	}
	return key, twice
}

// key takes in the key that is the next token.
func (c *keyCheck) key() {
	if t := &c.tokens[c.at]; c.escaped != nil {
		from := len(c.text)
		c.text = unescape(c.text, c.escaped[t.at:t.at+t.n])
		t.at, t.n = uint32(from), uint32(len(c.text)-from)
	}
	c.open = append(c.open, uint32(c.at))
	c.at++
}

func (c *keyCheck) textOf(key uint32) []byte {
	t := &c.tokens[key]
	return c.text[t.at : t.at+t.n]
}

// repeated is the first of an object's keys that an earlier one equals.
func (c *keyCheck) repeated(keys []uint32) (key string, twice bool) {
	if len(keys) > fewKeys {
		return c.repeatedOfMany(keys)
	}
	for i, k := range keys {
		for _, earlier := range keys[:i] {
			if bytes.Equal(c.textOf(k), c.textOf(earlier)) {
				return string(c.textOf(k)), true
			}
		}
	}
	return "", false
}

func (c *keyCheck) repeatedOfMany(keys []uint32) (key string, twice bool) {
	size := 1
	for size < len(keys)*4/3 {
		size *= 2
	}
	if size > len(c.table) {
		c.table = make([]uint32, size)
	}
	table := c.table[:size]
	clear(table)
	for _, k := range keys {
		text := c.textOf(k)
		i := maphash.Bytes(keySeed, text) & uint64(size-1)
		for ; table[i] != 0; i = (i + 1) & uint64(size-1) {
			if bytes.Equal(c.textOf(table[i]), text) {
				return string(text), true
			}
		}
		table[i] = k // never 0, which is the document's own token
	}
	return "", false
}

// unescape appends to b what a string that the scanner has accepted stands for.
func unescape(b, raw []byte) []byte {
	s := scanner{b: raw}
	for s.i < len(raw) {
		c := raw[s.i]
		s.i++
		if c != '\\' {
			b = append(b, c)
			continue
		}
		c = raw[s.i]
		s.i++
		if c != 'u' {
			b = append(b, escapable[c])
			continue
		}
		r, _ := s.hex()
		if utf16.IsSurrogate(r) {
			s.i += len(`\u`)
			low, _ := s.hex()
			r = utf16.DecodeRune(r, low)
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}
