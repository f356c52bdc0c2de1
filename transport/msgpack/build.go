package msgpack

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// A builder makes the Value of a document that the scanner accepted. It recurses
// no deeper than value.MaxDepth.
type builder struct {
	b        []byte
	i        int // offset of the next byte
	repeated int // offset of what follows a map that has a key twice, 0 if none has
}

func (d *builder) value() value.Value {
	h := heads[d.b[d.i]]
	n := h.number(d.b[d.i+1:])
	d.i += 1 + int(h.width)
	switch h.class {
	case boolean:
		return value.Bool(n == 1)
	case integer:
		return value.Int(h.signed(n))
	case unsigned:
		if n > math.MaxInt64 {
			return value.NumberText(strconv.FormatUint(n, 10))
		}
		return value.Int(int64(n))
	case float:
		return value.Number(h.float(n))
	case text:
		return value.String(string(d.take(n)))
	case octets:
		return value.String(base64.StdEncoding.EncodeToString(d.take(n)))
	case extension:
		t, _ := timestamp(d.take(n + 1))
		return value.String(t.Format(time.RFC3339Nano))
	case array:
		e := make([]value.Value, n)
		for i := range e {
			e[i] = d.value()
		}
		return value.Array(e...)
	case object:
		m := make([]value.Member, n)
		for i := range m {
			m[i].Key = d.value().Text()
			m[i].Val = d.value()
		}
		v := value.Object(m...)
		if v.Len() < len(m) {
			d.repeated = d.i
		}
		return v
	}
	return value.Null
}

// take is the next n bytes.
func (d *builder) take(n uint64) []byte {
	b := d.b[d.i:][:n]
	d.i += int(n)
	return b
}
