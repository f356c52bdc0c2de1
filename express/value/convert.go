package value

import (
	"runtime"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// manyValues is the size of a document from which on a parser is worth keeping
// for good: a new one spends its time growing, 15 ms and 30 MB for 65,536
// values against 4 ms and nothing.
const manyValues = 4096

// maxParsed is how many values a parser reads before it is replaced. It keeps
// the room of every array and object it has read, at whatever place in a
// document that was, which documents made for the purpose could grow without
// end; so they get no further than 25 MB.
const maxParsed = 1 << 19

// small are converters for documents of up to manyValues. Those for larger ones
// are as many as can run at once.
var (
	small = sync.Pool{New: func() any { return newConverter(false) }}
	large = make(chan *converter, runtime.GOMAXPROCS(0))
)

func init() {
	for range cap(large) {
		large <- newConverter(true)
	}
}

// convert is the value of b, which the scanner has accepted and measured, as
// fastjson reads it: any document, whatever is escaped in it.
func convert(b []byte, s shape, lastWins bool) (Value, error) {
	c := converterFor(s.values)
	defer c.release()
	return c.convert(b, s, lastWins)
}

func converterFor(values int) *converter {
	if values > manyValues {
		return <-large
	}
	return small.Get().(*converter)
}

// A converter makes Values of what fastjson read. Their texts, elements and
// members lie in an allocation each.
type converter struct {
	parser    fastjson.Parser
	parsed    int // values that parser has read
	large     bool
	visit     func(key []byte, v *fastjson.Value) // c.member, bound once
	text      []byte
	elems     []Value
	members   []Member
	into      []Member // the object being converted, as far as it is
	lastWins  bool
	duplicate *Member // a second member of one key
}

func newConverter(large bool) *converter {
	c := &converter{large: large}
	c.visit = c.member
	return c
}

// release gives c back, without what belongs to the Value now.
func (c *converter) release() {
	c.text, c.elems, c.members, c.into, c.duplicate = nil, nil, nil, nil, nil
	if c.large {
		large <- c
	} else {
		small.Put(c)
	}
}

// charge accounts for a document, and replaces a parser that has read enough.
func (c *converter) charge(values int) {
	c.parsed += values
	if c.parsed > maxParsed {
		c.parser, c.parsed = fastjson.Parser{}, values
	}
}

func (c *converter) convert(b []byte, s shape, lastWins bool) (Value, error) {
	c.charge(s.values)
	root, err := c.parser.ParseBytes(b)
	if err != nil {
		return Value{}, &ParseError{Reason: "not JSON", Offset: -1}
	}
	c.text = make([]byte, 0, s.text)
	c.elems = make([]Value, s.elems)
	c.members = make([]Member, s.members)
	c.lastWins = lastWins
	v := c.value(root)
	if c.duplicate != nil {
		return Value{}, &ParseError{Reason: "duplicate key " + excerpt(c.duplicate.Key), Offset: -1}
	}
	return v, nil
}

func (c *converter) value(v *fastjson.Value) Value {
	switch v.Type() {
	case fastjson.TypeObject:
		o, _ := v.Object()
		return c.object(o)
	case fastjson.TypeArray:
		a, _ := v.Array()
		return c.array(a)
	case fastjson.TypeString:
		s, _ := v.StringBytes()
		return String(c.keep(s))
	case fastjson.TypeNumber:
		from := len(c.text)
		c.text = v.MarshalTo(c.text)
		return NumberText(stringOf(c.text[from:]))
	case fastjson.TypeTrue:
		return True
	case fastjson.TypeFalse:
		return False
	}
	return Null
}

// keep copies a text of fastjson's, which lies in memory that it will reuse.
func (c *converter) keep(b []byte) string {
	from := len(c.text)
	c.text = append(c.text, b...)
	return stringOf(c.text[from:])
}

func (c *converter) array(a []*fastjson.Value) Value {
	e := c.elems[:len(a):len(a)]
	c.elems = c.elems[len(a):]
	for i, x := range a {
		e[i] = c.value(x)
	}
	return Array(e...)
}

func (c *converter) object(o *fastjson.Object) Value {
	n, outer := o.Len(), c.into
	c.into = c.members[:0:n]
	c.members = c.members[n:]
	o.Visit(c.visit)
	m := c.into
	c.into = outer
	if c.lastWins {
		m = lastWins(m)
	} else if i := repeated(m); i >= 0 {
		c.duplicate = &m[i]
	}
	return object(m)
}

func (c *converter) member(key []byte, v *fastjson.Value) {
	k := c.keep(key)
	x := c.value(v) // may move c.into, and moves it back
	c.into = append(c.into, Member{k, x})
}

// excerpt quotes the beginning of a key: an error must not spread the input.
func excerpt(key string) string {
	const most = 16
	if utf8.RuneCountInString(key) <= most {
		return strconv.Quote(key)
	}
	return strconv.Quote(string([]rune(key)[:most])) + "..."
}
