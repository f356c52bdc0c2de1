package jsonata

import "github.com/seed66d9166c/express/express/value"

// Arrays and objects are made of what lies on the stack.

// spread keeps the elements of top for the array being made.
func (m *machine) spread() *Error {
	c := m.pop()
	if c.undefined() {
		return nil
	}
	if !c.isArray() {
		m.push(c)
		return nil
	}
	return m.pushElements(c)
}

// pushElements pushes the elements of an array.
func (m *machine) pushElements(c cell) *Error {
	n := c.len()
	if err := m.growList(n); err != nil {
		return err
	}
	if c.x != nil && c.x.kind == boxList {
		m.stack = append(m.stack, c.x.items...)
		return nil
	}
	for i := range n {
		m.push(c.index(i))
	}
	return nil
}

func (m *machine) array(flags uint8) *Error {
	r := m.popRegion()
	items := m.stack[r.base:]
	if err := m.growList(len(items)); err != nil {
		return err
	}
	c := m.listOf(items, 0)
	c.x.flags = 0
	if flags&flagCons != 0 {
		c.x.flags = consFlag
	}
	c, err := sealed(c)
	m.replace(r.base, c)
	return err
}

func (m *machine) popRegion() region {
	r := m.regions[len(m.regions)-1]
	m.regions = popped(m.regions)
	return r
}

// enter makes room for an object. The context of its values is what grouping the
// items of an array by one key leaves: all of them, in one array.
func (m *machine) enter() *Error {
	m.push(m.ctx)
	if !m.ctx.isArray() {
		return nil
	}
	base := len(m.stack)
	if err := m.pushElements(m.ctx); err != nil {
		return err
	}
	ctx, err := m.merged(base)
	m.ctx = ctx
	return err
}

// merged takes what is on the stack from base on and appends one to the other: a
// lone item is itself, none is undefined.
func (m *machine) merged(base int) (cell, *Error) {
	n := len(m.stack) - base
	if n == 0 {
		return cell{}, nil
	}
	if n == 1 {
		return m.pop(), nil
	}
	size := 0
	for _, c := range m.stack[base:] {
		if size++; c.isArray() {
			size += c.len() - 1
		}
	}
	if err := m.growList(size); err != nil {
		return cell{}, err
	}
	items := m.room(size)
	for _, c := range m.stack[base:] {
		if !c.isArray() {
			items = append(items, c)
			continue
		}
		for i := range c.len() {
			items = append(items, c.index(i))
		}
	}
	m.cut(base)
	return m.list(items, 0), nil
}

func (m *machine) object(names []string) *Error {
	base := len(m.stack) - len(names)
	c, err := m.record(names, m.stack[base:])
	m.ctx = m.stack[base-1]
	m.replace(base-1, c)
	return err
}

// record is the object of names and values, without those that are undefined. It
// is plain JSON if its values are.
func (m *machine) record(names []string, values []cell) (cell, *Error) {
	if err := m.grow(len(names) * 2 * cellSize); err != nil {
		return cell{}, err
	}
	members := make([]value.Member, 0, len(names))
	for i, name := range names {
		c := values[i]
		if c.x != nil {
			if c = plain(c); c.x != nil {
				return sealed(recordBox(names, values))
			}
		}
		if !c.undefined() {
			members = append(members, value.Member{Key: name, Val: c.v})
		}
	}
	return sealed(cell{v: value.Object(members...)})
}

// recordBox is the object of names and values that are no JSON.
func recordBox(names []string, values []cell) cell {
	b := &box{kind: boxRecord}
	for i, name := range names {
		if c := plain(values[i]); !c.undefined() {
			b.keys = append(b.keys, name)
			b.items = append(b.items, c)
		}
	}
	return cell{x: b}
}
