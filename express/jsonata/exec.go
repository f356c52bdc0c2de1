package jsonata

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// A machine runs one evaluation. It belongs to one goroutine.
type machine struct {
	prog  *program
	stack []cell // operands, and below those of each call its variables
	high  int    // how much of stack was used
	arena
	frames  []frame
	loops   []loop
	regions []region
	groups  []grouping
	base    int       // slot 0 of the running function
	fn      *function // that is running; nil for the expression itself
	ctx     cell      // $

	root  value.Value
	vars  []value.Value
	clock func() time.Time
	rand  *rand.Rand

	budget   *Budget
	own      Budget // what budget points at where the caller gave none
	fuel     int
	deadline time.Time
	time     time.Time // what $now says, once asked
	nested   int       // calls from within functions of the library
	level    int       // how deep a walk through a value is
	fault    *Error    // what a walk found, for the next instruction to report
}

// A frame is what a call returns to.
type frame struct {
	prog *program
	pc   int
	base int
	fn   *function
	ctx  cell
}

// A loop is a pass over the items of a result.
type loop struct {
	src    cell
	i, n   int
	single bool // src itself is the only item
	tuple  *tupleTable
	ctx    cell // to be restored
}

// A region is the part of the stack where results are gathered.
type region struct {
	base  int
	count int  // results, of which each may have several elements
	sole  cell // the only result so far, if it is a plain array
}

var machines = sync.Pool{New: func() any { return &machine{stack: make([]cell, 0, 64), arena: newArena()} }}

// maxKept bounds the stack that an idle machine keeps, in cells.
const maxKept = 1024

// release gives m back. What is no longer referred to must not be held by an
// idle machine: the part of the stack that was used is cleared here, the others
// as they shrink.
func (m *machine) release() {
	m.cut(0)
	if cap(m.stack) > maxKept {
		m.stack = make([]cell, 0, 64)
	} else {
		clear(m.stack[:m.high])
	}
	m.high = 0
	m.reset()
	m.loops, m.regions = emptied(m.loops), emptied(m.regions)
	m.groups, m.frames = emptied(m.groups), emptied(m.frames)
	m.prog, m.fn, m.ctx = nil, nil, cell{}
	m.root, m.vars, m.clock, m.rand, m.budget = value.Value{}, nil, nil, nil, nil
	m.base, m.nested, m.level, m.fault = 0, 0, 0, nil
	m.deadline, m.time = time.Time{}, time.Time{}
	machines.Put(m)
}

// emptied is s without elements, those that an error left cleared.
func emptied[T any](s []T) []T {
	clear(s)
	return s[:0]
}

// popped is s without its last element, which is cleared.
func popped[T any](s []T) []T {
	var zero T
	s[len(s)-1] = zero
	return s[:len(s)-1]
}

func (m *machine) now() time.Time {
	if m.clock != nil {
		return m.clock()
	}
	return time.Now()
}

func (m *machine) push(c cell) { m.stack = append(m.stack, c) }

func (m *machine) pop() cell {
	n := len(m.stack) - 1
	c := m.stack[n]
	m.cut(n)
	return c
}

// cut shortens the stack to n cells. All that shortens it goes through here, so
// that high is how much of it was used.
func (m *machine) cut(n int) {
	m.high = max(m.high, len(m.stack))
	m.stack = m.stack[:n]
}

func (m *machine) top() *cell { return &m.stack[len(m.stack)-1] }

// replace puts c in the place of all cells from base on.
func (m *machine) replace(base int, c cell) {
	m.cut(base)
	m.push(c)
}

// run executes from pc on, until the function that is running returns; its value
// is then on top.
func (m *machine) run(pc int) *Error {
	floor := len(m.frames)
	code := m.prog.code
	for {
		at := pc
		in := &code[at]
		pc++
		if m.fuel--; m.fuel <= 0 {
			if err := m.refuel(); err != nil {
				return err.at(int(m.prog.pos[at]), m.prog.token(in))
			}
		}
		var err *Error
		switch in.Op {
		case opConst:
			m.push(cell{v: m.prog.consts[in.A]})
		case opUndefined:
			m.push(cell{})
		case opContext:
			m.push(unwrap(m.ctx))
		case opInput:
			m.push(m.ctx)
		case opRoot:
			m.push(cell{v: m.root})
		case opLocal:
			m.push(bound(m.stack[m.base+int(in.A)]))
		case opBoxed:
			m.push(bound(m.stack[m.base+int(in.A)].x.items[0]))
		case opUp:
			m.push(bound(m.fn.captured[in.A].items[0]))
		case opLocalOr:
			pc = m.pushIfBound(m.stack[m.base+int(in.A)], pc, in)
		case opBoxedOr:
			pc = m.pushIfBound(m.stack[m.base+int(in.A)].x.items[0], pc, in)
		case opUpOr:
			pc = m.pushIfBound(m.fn.captured[in.A].items[0], pc, in)
		case opExternal:
			m.push(m.external(int(in.A)))
		case opGroupVar:
			m.push(m.groupVar(&m.prog.env.groups[in.A]))
		case opFunc:
			m.push(m.prog.env.table[in.A].value)
		case opRegex:
			m.push(m.prog.regexes[in.A].value)
		case opSet:
			m.stack[m.base+int(in.A)] = *m.top()
		case opSetBox:
			m.stack[m.base+int(in.A)].x.items[0] = *m.top()
		case opFresh:
			m.stack[m.base+int(in.A)] = unset
		case opFreshBox:
			m.stack[m.base+int(in.A)] = newBox(unset)
		case opBox:
			slot := &m.stack[m.base+int(in.A)]
			*slot = newBox(*slot)
		case opClosure:
			m.push(m.closure(&m.prog.protos[in.A]))
		case opPop:
			m.pop()

		case opJump:
			pc = int(in.A)
		case opIfFalse:
			if !m.truth(m.pop()) {
				pc = int(in.A)
			}
		case opAnd:
			if !m.truth(m.pop()) {
				m.push(boolean(false))
				pc = int(in.A)
			}
		case opOr:
			if m.truth(m.pop()) {
				m.push(boolean(true))
				pc = int(in.A)
			}
		case opElvis:
			if m.truth(*m.top()) {
				pc = int(in.A)
			} else {
				m.pop()
			}
		case opCoalesce:
			if !m.top().undefined() {
				pc = int(in.A)
			} else {
				m.pop()
			}
		case opIfEmpty:
			if t := m.top(); t.isArray() && t.len() == 0 {
				pc = int(in.A)
			}
		case opBool:
			t := m.top()
			*t = boolean(m.truth(*t))

		case opAdd, opSub, opMul, opDiv, opMod:
			err = m.arithmetic(in)
		case opNegate:
			err = m.negate()
		case opConcat:
			err = m.concat()
		case opEqual, opUnequal, opLess, opLessEqual, opGreater, opGreaterEqual:
			err = m.comparison(in)
		case opIn:
			err = m.includes()
		case opRange:
			err = m.rangeOf(in.C)

		case opOpen:
			m.regions = append(m.regions, region{base: len(m.stack)})
		case opPut:
			if m.top().undefined() {
				m.pop()
			}
		case opSpread:
			err = m.spread()
		case opArray:
			err = m.array(in.C)
		case opEnter:
			err = m.enter()
		case opObject:
			err = m.object(m.prog.names[in.A])

		case opField:
			names := m.prog.names[in.A]
			if m.ctx.x == nil && m.ctx.v.Kind() == value.KindObject {
				v, _ := m.get(m.ctx.v, names[0])
				m.push(cell{v: v})
			} else {
				err = m.fieldsOfMany(m.ctx, names, in.C, false)
			}
		case opFields:
			err = m.fields(m.ctx, m.prog.names[in.A], in.C)
		case opFieldsOf:
			err = m.fields(m.pop(), m.prog.names[in.A], in.C|flagRaw)
		case opWildcard:
			err = m.wildcard()
		case opDescendants:
			err = m.descendants()
		case opIter:
			m.iter(in.C)
		case opNext:
			if !m.next() {
				pc = int(in.A)
			}
		case opAgain:
			if m.next() {
				pc = int(in.A)
			}
		case opEmit:
			err = m.emit()
		case opClose:
			err = m.close(in.C)
		case opPathEnd:
			t := m.top()
			*t = m.pathEnd(*t, in.C&flagKeep != 0)
		case opNorm:
			t := m.top()
			if in.C&flagKeep != 0 {
				*t = normKeep(*t)
			} else {
				*t = norm(*t)
			}
		case opFilter:
			m.iter(flagCons)
			m.regions = append(m.regions, region{base: len(m.stack)})
		case opWhere:
			err = m.where(in)
		case opSelect:
			err = m.selectItem()
		case opSelected:
			err = m.selected(in.C)
		case opIndex:
			m.index(m.prog.consts[in.A].Float(), in.C)
		case opSort:
			if !m.sort(&m.prog.sorts[in.A]) {
				pc = int(in.B)
			}
		case opSorted:
			err = m.sorted(&m.prog.sorts[in.A])

		case opTuples:
			err = m.tuples(&m.prog.tuples[in.A], in.C)
		case opRows:
			m.rows(&m.prog.tuples[in.A])
		case opBindRow:
			err = m.bindRow(&m.prog.tuples[in.A], int(in.B))
		case opNumber:
			err = m.number(&m.prog.tuples[in.A], int(in.B))
		case opKeepRow:
			err = m.keepRow(&m.prog.tuples[in.A])
		case opRowsEnd:
			err = m.rowsEnd(&m.prog.tuples[in.A])
		case opUntuple:
			err = m.untuple()

		case opGroup:
			m.group(&m.prog.groups[in.A])
		case opKey:
			err = m.key(int(in.B))
		case opGroups:
			pc, err = m.nextGroup(&m.prog.groups[in.A], int(in.B))
		case opMember:
			err = m.member()

		case opCall:
			err = m.callLibrary(m.prog.env.table[in.A], int(in.B), in.C)
		case opInvoke:
			pc, err = m.invoke(int(in.A), in, pc)
			code = m.prog.code
		case opTail:
			pc, err = m.tail(int(in.A), in, pc)
			code = m.prog.code
		case opPartial:
			err = m.partial(m.prog.holes[in.A], in)
		case opApply:
			pc, err = m.apply(in, pc)
			code = m.prog.code
		case opReturn:
			t := m.top()
			*t = norm(*t)
			if len(m.frames) == floor {
				return nil
			}
			pc = m.leave()
			code = m.prog.code

		case opClone:
			err = m.clone()
		case opUpdate:
			err = m.update()
		case opDelete:
			err = m.delete()
		default:
			panic("jsonata: no such instruction")
		}
		if err != nil {
			return err.at(int(m.prog.pos[at]), m.prog.token(in))
		}
	}
}

// token is what the source has where in came from, for an error.
func (p *program) token(in *Instr) string {
	switch in.Op {
	case opCall:
		return p.env.table[in.A].name
	case opInvoke, opTail, opPartial:
		return p.callees[in.B]
	}
	return symbols[in.Op]
}

func unwrap(c cell) cell {
	if c.has(outerFlag) {
		return c.x.items[0]
	}
	return c
}

// bound is the value of a variable, undefined if nothing is bound to it.
func bound(c cell) cell {
	if c.isUnset() {
		return cell{}
	}
	return c
}

func (m *machine) pushIfBound(c cell, pc int, in *Instr) int {
	if c.isUnset() {
		return pc
	}
	m.push(c)
	return int(in.B)
}

func newBox(c cell) cell {
	b := &struct {
		box
		one [1]cell
	}{one: [1]cell{c}}
	b.kind, b.items = boxVar, b.one[:]
	return cell{x: &b.box}
}

func (m *machine) external(i int) cell {
	if i < len(m.vars) {
		return cell{v: m.vars[i]}
	}
	return cell{}
}

// groupVar is the object whose fields are given apart, without those that are
// nothing.
func (m *machine) groupVar(g *group) cell {
	var members []value.Member
	for i, slot := range g.slots {
		if c := m.external(slot); !c.undefined() {
			members = append(members, value.Member{Key: g.fields[i], Val: c.v})
		}
	}
	return cell{v: value.Object(members...)}
}
