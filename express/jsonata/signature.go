package jsonata

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// A typeSet is a set of the types that signatures know.
type typeSet uint16

const (
	typeString typeSet = 1 << iota
	typeNumber
	typeBool
	typeNull
	typeObject
	typeArray
	typeFunc
	typeMissing
)

const anyJSON = typeString | typeNumber | typeBool | typeNull | typeObject | typeArray | typeMissing

// letters are the types that stand for themselves, in choices like (sn) and as
// types of elements.
var letters = map[byte]typeSet{
	's': typeString, 'n': typeNumber, 'b': typeBool, 'l': typeNull, 'o': typeObject, 'a': typeArray, 'f': typeFunc,
}

// types are what the letters of signatures accept: all but a function may be
// missing, and anything can be made an array.
var types = map[byte]typeSet{
	's': typeString | typeMissing,
	'n': typeNumber | typeMissing,
	'b': typeBool | typeMissing,
	'l': typeNull | typeMissing,
	'o': typeObject | typeMissing,
	'f': typeFunc,
	'j': anyJSON,
	'a': anyJSON | typeFunc,
	'x': anyJSON | typeFunc,
}

// plurals name the elements of arrays in messages.
var plurals = map[byte]string{
	'a': "arrays", 'b': "booleans", 'f': "functions", 'n': "numbers", 'o': "objects", 's': "strings",
}

func (c cell) typeSet() typeSet {
	if c.x != nil {
		switch c.x.kind {
		case boxFunc:
			return typeFunc
		case boxRecord:
			return typeObject
		}
		return typeArray
	}
	return [...]typeSet{
		value.KindNothing: typeMissing,
		value.KindNull:    typeNull,
		value.KindBool:    typeBool,
		value.KindNumber:  typeNumber,
		value.KindString:  typeString,
		value.KindArray:   typeArray,
		value.KindObject:  typeObject,
	}[c.v.Kind()]
}

// A signature says what arguments a function takes: <s-n?:s> is a string, by
// default the context, and perhaps a number.
type signature struct {
	text   string
	params []sigParam
}

type sigParam struct {
	types   typeSet
	context bool // the context stands in for a missing argument
	opt     bool // may be missing
	many    bool // one or more
	array   bool // what is no array becomes one
	elem    byte // type of the elements of the array, 0 for any
}

func mustSignature(s string) *signature {
	sig, err := parseSignature(s)
	if err != nil {
		panic(err)
	}
	return sig
}

// parseSignature reads a signature with its angle brackets. The Offset of an
// error is within s.
func parseSignature(s string) (*signature, *Error) {
	sig := &signature{text: s}
	var last *sigParam
	for i := 1; i < len(s)-1 && s[i] != ':'; i++ {
		c := s[i]
		switch c {
		case '-':
			if last != nil {
				last.context = true
			}
		case '?':
			if last != nil {
				last.opt = true
			}
		case '+':
			if last != nil {
				last.many = true
			}
		case '(':
			end := closing(s, i, '(', ')')
			choice := s[i+1 : end]
			if strings.IndexByte(choice, '<') >= 0 {
				return nil, fail("S0402").at(i, choice)
			}
			p := sigParam{types: typeMissing}
			for j := range len(choice) {
				p.types |= letters[choice[j]]
			}
			sig.params = append(sig.params, p)
			i = end
		case '<':
			if last == nil || !last.array && last.types != typeFunc {
				return nil, fail("S0401").at(i, s[i:i+1])
			}
			end := closing(s, i, '<', '>')
			if last.array && end > i+1 {
				last.elem = s[i+1]
			}
			i = end
		default:
			if t, ok := types[c]; ok {
				sig.params = append(sig.params, sigParam{types: t, array: c == 'a'})
			}
		}
		if n := len(sig.params); n > 0 {
			last = &sig.params[n-1]
		}
	}
	return sig, nil
}

// closing is the index of the bracket that closes the one at s[i], or of the
// last byte.
func closing(s string, i int, open, close byte) int {
	depth := 0
	for ; i < len(s)-1; i++ {
		switch s[i] {
		case open:
			depth++
		case close:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// bind fits the n arguments m.stack[base:] to the signature: arrays are made of
// what should be one, the context and nothing fill in for what is missing, and
// afterwards there is one argument a parameter (more where one takes many).
func (m *machine) bind(sig *signature, name string, base, n int, context cell) *Error {
	args := m.stack[base:]
	if n > len(sig.params) {
		return m.bindAny(sig, name, base, n, context)
	}
	for i := range sig.params {
		p := &sig.params[i]
		switch {
		case p.many:
			return m.bindAny(sig, name, base, n, context)
		case i >= n:
			if !p.opt {
				return m.bindAny(sig, name, base, n, context)
			}
			m.push(cell{})
		case args[i].typeSet()&p.types == 0:
			return m.bindAny(sig, name, base, n, context)
		case p.array:
			a, err := m.toArray(p, args[i], name, i)
			if err != nil {
				return err
			}
			args[i] = a
		}
	}
	return nil
}

// bindAny is bind where arguments and parameters are not one to one.
func (m *machine) bindAny(sig *signature, name string, base, n int, context cell) *Error {
	args := append([]cell(nil), m.stack[base:base+n]...)
	counts, ok := match(sig.params, args, true)
	if !ok {
		return sig.mismatch(args, name)
	}
	m.cut(base)
	next := 0
	for i := range sig.params {
		p := &sig.params[i]
		if counts[i] == 0 {
			if p.context {
				if context.typeSet()&p.types == 0 {
					return fail("T0411", next+1, name)
				}
				m.push(context)
			} else {
				m.push(cell{})
			}
		}
		for range counts[i] {
			arg := args[next]
			if p.array {
				var err *Error
				if arg, err = m.toArray(p, arg, name, next); err != nil {
					return err
				}
			}
			m.push(arg)
			next++
		}
	}
	return nil
}

func (m *machine) toArray(p *sigParam, arg cell, name string, i int) (cell, *Error) {
	if arg.undefined() {
		return arg, nil
	}
	if !arg.isArray() {
		if p.elem != 0 && arg.typeSet()&letters[p.elem] == 0 {
			return arg, fail("T0412", i+1, name, plurals[p.elem])
		}
		return m.listOf([]cell{arg}, 0), nil
	}
	if p.elem != 0 {
		want := letters[p.elem]
		for j := range arg.len() {
			if arg.index(j).typeSet()&want == 0 {
				return arg, fail("T0412", i+1, name, plurals[p.elem])
			}
		}
	}
	return arg, nil
}

// match reports how many of args each of params takes, as many as it can, and
// whether they fit. Without all, arguments may be left over.
func match(params []sigParam, args []cell, all bool) (counts []int, ok bool) {
	width := len(args) + 1
	// fits[i*width+j]: params[i:] fit args[j:]
	fits := make([]bool, (len(params)+1)*width)
	for j := range width {
		fits[len(params)*width+j] = !all || j == len(args)
	}
	most := make([]int, len(params)*width)
	for i := len(params) - 1; i >= 0; i-- {
		for j := range width {
			most[i*width+j] = -1
			least, run := params[i].takes(args[j:])
			for n := run; n >= least; n-- {
				if fits[(i+1)*width+j+n] {
					most[i*width+j] = n
					fits[i*width+j] = true
					break
				}
			}
		}
	}
	if !fits[0] {
		return nil, false
	}
	at := 0
	for i := range params {
		n := most[i*width+at]
		counts = append(counts, n)
		at += n
	}
	return counts, true
}

// takes is how many of the first args p takes, at least and at most.
func (p *sigParam) takes(args []cell) (least, most int) {
	least = 1
	if p.opt || p.context {
		least = 0
	}
	limit := min(1, len(args))
	if p.many {
		limit = len(args)
	}
	for most < limit && args[most].typeSet()&p.types != 0 {
		most++
	}
	return least, most
}

// mismatch names the first argument that cannot be right.
func (s *signature) mismatch(args []cell, name string) *Error {
	good := 0
	for i := range s.params {
		counts, ok := match(s.params[:i+1], args, false)
		if !ok {
			break
		}
		good = 0
		for _, n := range counts {
			good += n
		}
	}
	return fail("T0410", good+1, name)
}
