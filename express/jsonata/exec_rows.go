package jsonata

// Rows are what the steps of a path that binds variables work on: column 0 is
// the item, the others the variables of the path's tupleTable.

func (t *tupleTable) width() int { return len(t.slots) + 1 }

// tuples replaces the result on top by a row for each of its items; with
// flagRaw, it is one item.
func (m *machine) tuples(t *tupleTable, flags uint8) *Error {
	c := m.pop()
	n := 1
	many := c.isArray() && flags&flagRaw == 0 && (flags&flagFirst != 0 || !c.has(consFlag))
	switch {
	case many:
		n = c.len()
	case c.undefined() && flags&(flagFirst|flagRaw) == 0:
		n = 0
	}
	if err := m.growList(n * t.width()); err != nil {
		return err
	}
	rows := m.room(n * t.width())
	for i := range n {
		if many {
			rows = append(rows, c.index(i))
		} else {
			rows = append(rows, c)
		}
		for range t.slots {
			rows = append(rows, unset)
		}
	}
	r := m.list(rows, seqFlag|tupleFlag)
	r.x.table = t
	m.push(r)
	return nil
}

// rows begins a loop over the rows on top, and gathers new ones.
func (m *machine) rows(t *tupleTable) {
	src := m.pop()
	m.loops = append(m.loops, loop{src: src, i: -1, n: len(src.x.items) / t.width(), tuple: t, ctx: m.ctx})
	m.regions = append(m.regions, region{base: len(m.stack)})
}

func (l *loop) row() []cell {
	w := l.tuple.width()
	return l.src.x.items[l.i*w : (l.i+1)*w]
}

// loadRow makes the item of the row the context and binds its variables.
func (m *machine) loadRow(l *loop) {
	row := l.row()
	m.ctx = row[0]
	m.bindAll(l.tuple, row[1:])
}

func (m *machine) bindAll(t *tupleTable, vars []cell) {
	for i, c := range vars {
		if t.boxed[i] {
			c = newBox(c)
		}
		m.stack[m.base+t.slots[i]] = c
	}
}

// bindRow keeps a row for each element of the result on top.
func (m *machine) bindRow(t *tupleTable, bind int) *Error {
	b := &t.binds[bind]
	row := m.loops[len(m.loops)-1].row()
	c := m.pop()
	switch {
	case c.undefined():
		return nil
	case c.has(tupleFlag):
		return m.keepRows(t, row, c.x)
	case !c.isArray():
		return m.keep(t, row, b, c, 0)
	}
	for i := range c.len() {
		if err := m.keep(t, row, b, c.index(i), i); err != nil {
			return err
		}
	}
	return nil
}

// keep pushes row with what the step binds for the element e at index i.
func (m *machine) keep(t *tupleTable, row []cell, b *rowBinding, e cell, i int) *Error {
	if err := m.grow(2 * t.width() * cellSize); err != nil {
		return err
	}
	at := len(m.stack)
	m.stack = append(m.stack, row...)
	out := m.stack[at:]
	if b.focus > 0 {
		out[b.focus] = e
	} else {
		out[0] = e
	}
	if b.index > 0 {
		out[b.index] = whole(i)
	}
	if b.ancestor > 0 {
		out[b.ancestor] = row[0]
	}
	return nil
}

// keepRows pushes row with the bindings of each row of a path within the step.
func (m *machine) keepRows(t *tupleTable, row []cell, inner *box) *Error {
	w := inner.table.width()
	columns := make([]int, len(inner.table.slots))
	for i, slot := range inner.table.slots {
		for j, s := range t.slots {
			if s == slot {
				columns[i] = j + 1
			}
		}
	}
	for at := 0; at < len(inner.items); at += w {
		if err := m.grow(2 * t.width() * cellSize); err != nil {
			return err
		}
		base := len(m.stack)
		m.stack = append(m.stack, row...)
		out := m.stack[base:]
		out[0] = inner.items[at]
		for i, column := range columns {
			if c := inner.items[at+1+i]; !c.isUnset() && column > 0 {
				out[column] = c
			}
		}
	}
	return nil
}

// keepRow keeps the row of the loop if the predicate's value on top says so.
func (m *machine) keepRow(t *tupleTable) *Error {
	l := &m.loops[len(m.loops)-1]
	times, err := m.selects(m.pop(), l.i, l.n)
	if err != nil {
		return err
	}
	for range times {
		if err := m.grow(t.width() * cellSize); err != nil {
			return err
		}
		m.stack = append(m.stack, l.row()...)
	}
	return nil
}

// rowsEnd replaces the rows kept by the list of them.
func (m *machine) rowsEnd(t *tupleTable) *Error {
	r := m.popRegion()
	rows := m.stack[r.base:]
	if err := m.growList(len(rows)); err != nil {
		return err
	}
	c := m.listOf(rows, seqFlag|tupleFlag)
	c.x.table = t
	m.replace(r.base, c)
	return nil
}

// number puts the index of each row on top into column.
func (m *machine) number(t *tupleTable, column int) *Error {
	b := *m.top().x
	if err := m.grow(len(b.items) * cellSize); err != nil {
		return err
	}
	b.items = append([]cell(nil), b.items...)
	w := t.width()
	for i := range len(b.items) / w {
		b.items[i*w+column] = whole(i)
	}
	*m.top() = cell{x: &b}
	return nil
}

// untuple replaces the rows on top by the sequence of their items.
func (m *machine) untuple() *Error {
	b := m.pop().x
	w := b.table.width()
	base := len(m.stack)
	for i := 0; i < len(b.items); i += w {
		m.push(b.items[i])
	}
	c, err := m.gathered(base, 0, cell{})
	m.replace(base, c)
	return err
}
