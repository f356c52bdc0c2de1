package jsonata

import (
	"math"

	"github.com/seed66d9166c/express/express/value"
)

// index replaces the result on top by the item at index f of it.
func (m *machine) index(f float64, flags uint8) {
	c := m.pop()
	n := 1
	switch {
	case c.isArray():
		n = c.len()
	case c.undefined():
		n = 0
	}
	f = math.Floor(f)
	if f < 0 {
		f += float64(n)
	}
	if f < 0 || f >= float64(n) {
		m.push(cell{})
		return
	}
	if c.isArray() {
		c = c.index(int(f))
	}
	if flags&flagKeep != 0 && !c.isArray() {
		c = m.listOf([]cell{c}, seqFlag)
	}
	m.push(c)
}

// where is the loop filter, field, compare, select, selected in one: a predicate
// that compares one name of each item with a constant.
func (m *machine) where(in *Instr) *Error {
	names, op := m.prog.names[in.A], Op(in.C)
	k := cell{v: m.prog.consts[in.B]}
	kind := k.v.Kind()
	scalar := kind == value.KindNumber || kind == value.KindString
	m.iter(flagCons)
	l := &m.loops[len(m.loops)-1]
	if err := m.work(2 * l.n); err != nil {
		return err
	}
	base := len(m.stack)
	for l.i = 0; l.i < l.n; l.i++ {
		if err := m.tick(); err != nil {
			return err
		}
		item := l.item()
		if item.x == nil && item.v.Kind() == value.KindObject {
			v, _ := m.get(item.v, names[0])
			if scalar && v.Kind() == kind { // the common case
				if holds(op, compareScalars(&cell{v: v}, &k)) {
					m.push(item)
				}
				continue
			}
			m.push(cell{v: v})
		} else if err := m.fieldsOfMany(item, names, flagFirst|flagLast, false); err != nil {
			return err
		}
		if err := m.comparison(&Instr{Op: op, B: in.B + 1}); err != nil {
			return err
		}
		if m.truth(m.pop()) {
			m.push(item)
		}
	}
	m.loops = popped(m.loops)
	c, err := m.gathered(base, 0, cell{})
	m.replace(base, c)
	return err
}

// selectItem keeps the item of the loop if the predicate's value on top says so.
func (m *machine) selectItem() *Error {
	l := &m.loops[len(m.loops)-1]
	c := m.pop()
	if c.isBool() {
		if c.v.Bool() {
			m.push(l.item())
		}
		return nil
	}
	times, err := m.selects(c, l.i, l.n)
	for range times {
		m.push(l.item())
	}
	return err
}

// selects is how often a predicate whose value is p keeps item i of n: numbers
// are indices.
func (m *machine) selects(p cell, i, n int) (int, *Error) {
	if p.isNumber() {
		return isIndex(p, i, n), nil
	}
	if p.isArray() {
		if err := m.work(p.len()); err != nil {
			return 0, err
		}
		times, numbers := 0, true
		for j := 0; j < p.len() && numbers; j++ {
			e := p.index(j)
			numbers = e.isNumber()
			times += isIndex(e, i, n)
		}
		if numbers {
			return times, m.grow(times * cellSize)
		}
	}
	if m.truth(p) {
		return 1, m.grow(cellSize)
	}
	return 0, nil
}

func isIndex(p cell, i, n int) int {
	f := math.Floor(p.v.Float())
	if f < 0 {
		f += float64(n)
	}
	if f == float64(i) {
		return 1
	}
	return 0
}

// selected replaces the items kept by the sequence of them.
func (m *machine) selected(flags uint8) *Error {
	r := m.popRegion()
	items := m.stack[r.base:]
	if len(items) == 1 && flags&flagKeep != 0 {
		m.replace(r.base, m.listOf(items, seqFlag))
		return nil
	}
	c, err := m.gathered(r.base, 0, cell{})
	m.replace(r.base, c)
	return err
}
