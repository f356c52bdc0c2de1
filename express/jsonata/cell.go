package jsonata

import (
	"math"

	"github.com/seed66d9166c/express/express/value"
)

// A cell is one operand. JSON is held as a Value; what JSON has no word for (a
// sequence, a function, an object that holds either) is in a box. The zero cell
// is undefined.
type cell struct {
	v value.Value
	x *box // v is nothing if x is not nil
}

type boxKind uint8

const (
	boxUnset  boxKind = iota // a variable that nothing was bound to yet
	boxVar                   // a variable that a lambda captured: items[0]
	boxList                  // an array or sequence
	boxRange                 // a sequence of whole numbers: lo and n
	boxRecord                // an object: keys and items
	boxFunc                  // fn
)

// Flags of a list. Only sequences collapse: one of none is undefined, one of one
// is its element.
const (
	seqFlag   = 1 << iota // a sequence, not an array
	keepFlag              // a sequence of one stays an array
	consFlag              // made by an array constructor in a path: not flattened
	outerFlag             // around an input that is an array
	tupleFlag             // rows of bindings, width cells each
)

// A box is the part of a cell that is no JSON. Lists and records are not changed
// after they are made, but by a transform, which works on its own copy.
type box struct {
	kind  boxKind
	flags uint8
	table *tupleTable // of the rows of a tuple stream
	lo    int         // first number of a range
	n     int         // length of a range
	items []cell
	keys  []string
	fn    *function
	size  int // of what it holds, as JSON and counting what it holds twice twice; 0 until it is asked for
}

// unset is what a slot holds before anything is bound.
var unset = cell{x: &box{kind: boxUnset, size: 1}}

func num(f float64) cell      { return cell{v: value.Number(f)} }
func whole(n int) cell        { return cell{v: value.Number(float64(n))} }
func str(s string) cell       { return cell{v: value.String(s)} }
func boolean(b bool) cell     { return cell{v: value.Bool(b)} }
func fnCell(f *function) cell { return cell{x: &box{kind: boxFunc, fn: f}} }

func (c cell) undefined() bool { return c.x == nil && c.v.IsNothing() }
func (c cell) isUnset() bool   { return c.x != nil && c.x.kind == boxUnset }
func (c cell) isNumber() bool  { return c.v.Kind() == value.KindNumber }
func (c cell) isString() bool  { return c.v.Kind() == value.KindString }
func (c cell) isBool() bool    { return c.v.Kind() == value.KindBool }
func (c cell) isFunc() bool    { return c.x != nil && c.x.kind == boxFunc }

// isArray reports whether c is an array or a sequence.
func (c cell) isArray() bool {
	if c.x != nil {
		return c.x.kind == boxList || c.x.kind == boxRange
	}
	return c.v.Kind() == value.KindArray
}

func (c cell) isObject() bool {
	if c.x != nil {
		return c.x.kind == boxRecord
	}
	return c.v.Kind() == value.KindObject
}

// isSequence reports whether c collapses.
func (c cell) isSequence() bool { return c.x != nil && c.x.flags&seqFlag != 0 }

func (c cell) has(flag uint8) bool { return c.x != nil && c.x.flags&flag != 0 }

// len is the number of elements or members.
func (c cell) len() int {
	switch {
	case c.x == nil:
		return c.v.Len()
	case c.x.kind == boxRange:
		return c.x.n
	}
	return len(c.x.items)
}

// index is element i of an array.
func (c cell) index(i int) cell {
	switch {
	case c.x == nil:
		return cell{v: c.v.Index(i)}
	case c.x.kind == boxRange:
		return whole(c.x.lo + i)
	}
	return c.x.items[i]
}

// member is member i of an object.
func (c cell) member(i int) (string, cell) {
	if c.x == nil {
		m := c.v.Member(i)
		return m.Key, cell{v: m.Val}
	}
	return c.x.keys[i], c.x.items[i]
}

// get is the member of an object called key, or undefined.
func (c cell) get(key string) cell {
	if c.x == nil {
		v, _ := c.v.Get(key)
		return cell{v: v}
	}
	if c.x.kind == boxRecord {
		for i, k := range c.x.keys {
			if k == key {
				return c.x.items[i]
			}
		}
	}
	return cell{}
}

// elements are the elements of c, which for what is no array is c alone.
func (c cell) elements() []cell {
	if c.x != nil && c.x.kind == boxList {
		return c.x.items
	}
	if !c.isArray() {
		return []cell{c}
	}
	out := make([]cell, c.len())
	for i := range out {
		out[i] = c.index(i)
	}
	return out
}

// norm collapses a sequence: none to undefined, one to its element unless it is
// to stay an array.
func norm(c cell) cell {
	if !c.isSequence() || c.x.flags&tupleFlag != 0 {
		return c
	}
	switch c.len() {
	case 0:
		return cell{}
	case 1:
		if c.x.flags&keepFlag == 0 {
			return c.index(0)
		}
	}
	return c
}

// normKeep is norm for what [] follows.
func normKeep(c cell) cell {
	if c.isSequence() && c.x.flags&tupleFlag == 0 {
		b := *c.x
		b.flags |= keepFlag
		c.x = &b
	}
	return norm(c)
}

// plain is c as a Value where it can be one without loss: a sequence that would
// not collapse behaves as the array of its elements wherever it is stored.
func plain(c cell) cell {
	if c.x == nil || !c.isArray() || c.x.flags&(consFlag|tupleFlag) != 0 {
		return c
	}
	if c.isSequence() && c.len() < 2 {
		return c
	}
	if c.x.kind == boxRange {
		return cell{v: c.x.numbers()}
	}
	vals := make([]value.Value, len(c.x.items))
	for i := range vals {
		e := &c.x.items[i]
		if e.x != nil || e.v.IsNothing() {
			return c
		}
		vals[i] = e.v
	}
	return cell{v: value.Array(vals...)}
}

// numbers is a range as an array.
func (b *box) numbers() value.Value {
	vals := make([]value.Value, b.n)
	for i := range vals {
		vals[i] = value.Number(float64(b.lo + i))
	}
	return value.Array(vals...)
}

// finite refuses a number that is none.
func finite(f float64) (cell, *Error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return cell{}, fail("D1001", f)
	}
	return num(f), nil
}
