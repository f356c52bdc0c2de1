package value

import "strings"

// A builder makes Values of the tokens of a document in which nothing is
// escaped, as is true of most events. Their texts lie in the document
// itself or one copy of it, elements and members in an allocation each, in the
// order of the tokens.
type builder struct {
	arena   *Arena
	text    string
	tokens  []token
	at      int      // of the next token
	elems   []Value  // not used yet
	members []Member // not used yet
	check   bool     // an object may have a key twice
	repeats bool     // one has
}

// build is the value of what s has scanned, without escapes. It does not know
// what to do with an object that has a key twice, and then is not ok.
func (s *scanner) build(a *Arena, owned bool) (v Value, ok bool) {
	text := stringOf(s.b)
	if !owned {
		text = strings.Clone(text)
	}
	b := builder{
		arena:   a,
		text:    text,
		tokens:  s.tokens,
		elems:   a.Elements(s.elems - s.unread.elems),
		members: a.Members(s.members - s.unread.members),
		check:   s.shape.repeats,
	}
	v = b.value()
	return v, !b.repeats
}

func (b *builder) next() *token {
	t := &b.tokens[b.at]
	b.at++ // moving the slice would be a write barrier each time
	return t
}

func (b *builder) value() Value {
	t := b.next()
	switch t.kind {
	case KindObject:
		return b.object(int(t.n))
	case KindArray:
		return b.array(int(t.n))
	case kindUnread:
		x := b.next()
		return unreadArray(b.arena, b.text[t.at:t.at+x.n], t.n, extent{size: int(x.n), values: int(x.at), depth: int(x.kind)})
	case KindString:
		return Value{kind: KindString, p: textPtr(b.textOf(t)), n: t.n, bits: uint64(t.n) + 2}
	case KindNumber:
		return NumberText(b.textOf(t))
	case KindBool:
		return Bool(t.n != 0)
	}
	return Null
}

func (b *builder) textOf(t *token) string { return b.text[t.at : t.at+t.n] }

func (b *builder) array(n int) Value {
	e := b.elems[:n:n]
	b.elems = b.elems[n:]
	for i := range e {
		e[i] = b.value()
	}
	return Array(e...)
}

func (b *builder) object(n int) Value {
	m := b.members[:n:n]
	b.members = b.members[n:]
	x := brackets(n)
	for i := range m {
		k := b.next()
		v := b.value()
		m[i] = Member{b.textOf(k), v}
		x.size += int(k.n) + len(`"":`)
		x.add(v)
	}
	b.repeats = b.repeats || b.check && repeated(m) >= 0
	return Value{kind: KindObject, p: memberPtr(m), n: uint32(n), bits: x.bits()}
}
