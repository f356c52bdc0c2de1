package jsonata

// A transform works on a copy of its argument in which every object and array is
// a box of its own: the pattern finds boxes of the copy, and these are changed.

// clone copies the argument on top with the function under it.
func (m *machine) clone() *Error {
	f, arg := m.operands()
	if arg.undefined() {
		m.pop()
		m.ctx = cell{}
		m.stack[m.base+1] = cell{}
		return nil
	}
	if !f.isFunc() {
		return fail("T2013")
	}
	copied, err := m.call(f.x.fn, *arg)
	if err != nil {
		return err
	}
	if copied, err = m.boxed(copied); err != nil {
		return err
	}
	m.pop()
	m.ctx = copied
	m.stack[m.base+1] = copied
	return nil
}

// boxed is c with every object and array in a box of its own.
func (m *machine) boxed(c cell) (cell, *Error) {
	array := c.isArray()
	if !array && !c.isObject() {
		return c, nil
	}
	if !m.down() {
		return c, m.fault
	}
	defer m.up()
	if err := m.grow((c.len() + 2) * cellSize); err != nil {
		return c, err
	}
	b := &box{kind: boxRecord}
	if array {
		b.kind = boxList
	}
	for i := range c.len() {
		var e cell
		if array {
			e = c.index(i)
		} else {
			var k string
			k, e = c.member(i)
			b.keys = append(b.keys, k)
		}
		e, err := m.boxed(e)
		if err != nil {
			return c, err
		}
		b.items = append(b.items, e)
	}
	return cell{x: b}, nil
}

// matched is the object of the loop, nil if it is none of the copy.
func (m *machine) matched() *box {
	if c := m.loops[len(m.loops)-1].item(); c.x != nil && c.x.kind == boxRecord {
		return c.x
	}
	return nil
}

func (m *machine) update() *Error {
	c := m.pop()
	if c.undefined() {
		return nil
	}
	if !c.isObject() {
		return fail("T2011", c)
	}
	b := m.matched()
	if b == nil {
		return nil
	}
	if err := m.grow(2 * c.len() * cellSize); err != nil {
		return err
	}
	if err := m.work(c.len() * len(b.keys) / longObject); err != nil {
		return err
	}
	for i := range c.len() {
		k, v := c.member(i)
		if v.x != nil {
			// a copy, so that no object comes to hold itself
			var err *Error
			if v, err = m.boxed(v); err != nil {
				return err
			}
		}
		b.set(k, v)
	}
	return nil
}

func (b *box) set(key string, v cell) {
	for i, k := range b.keys {
		if k == key {
			b.items[i] = v
			return
		}
	}
	b.keys = append(b.keys, key)
	b.items = append(b.items, v)
}

func (m *machine) delete() *Error {
	c := m.pop()
	if c.undefined() {
		return nil
	}
	names := c.elements()
	for _, name := range names {
		if !name.isString() {
			return fail("T2012", c)
		}
	}
	b := m.matched()
	if b == nil {
		return nil
	}
	if err := m.work(len(names) * len(b.keys) / longObject); err != nil {
		return err
	}
	for _, name := range names {
		b.remove(name.v.Text())
	}
	return nil
}

func (b *box) remove(key string) {
	for i, k := range b.keys {
		if k == key {
			b.keys = append(b.keys[:i], b.keys[i+1:]...)
			b.items = append(b.items[:i], b.items[i+1:]...)
			return
		}
	}
}
