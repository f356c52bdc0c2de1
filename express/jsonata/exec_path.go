package jsonata

import "github.com/seed66d9166c/express/express/value"

// A result is what a step of a path yields for one item. Undefined is no result;
// an array in it stands for its elements, unless an array constructor of the
// path made it. At the end of a path a sole plain array is the value itself.

// fields pushes the result of following names from c. With flagFirst c is the
// context of a path, with flagRaw a result: the elements of an array are items
// of their own. Else c is one item.
func (m *machine) fields(c cell, names []string, flags uint8) *Error {
	for i, name := range names {
		if c.x != nil || c.v.Kind() != value.KindObject {
			return m.fieldsOfMany(c, names[i:], flags, i > 0)
		}
		v, ok := m.get(c.v, name)
		if !ok {
			m.push(cell{})
			return nil
		}
		c = cell{v: v}
	}
	m.push(c) // one item all the way, whose array, if it is one, is plain
	return nil
}

// fieldsOfMany is fields where not all on the way is a plain object.
func (m *machine) fieldsOfMany(c cell, names []string, flags uint8, result bool) *Error {
	if flags&flagNorm != 0 && c.isObject() {
		m.push(norm(c.get(names[0]))) // whatever it is
		return nil
	}
	if flags&flagJSON != 0 && len(names) == 1 && (result || flags&(flagFirst|flagRaw) != 0) {
		if v := m.column(c, names[0]); v.Len() > 1 {
			m.push(cell{v: v})
			return m.growList(v.Len())
		}
	}
	base := len(m.stack)
	w := walk{m: m}
	var err *Error
	if c.isArray() && (result || flags&(flagFirst|flagRaw) != 0) && !(c.has(consFlag) && flags&flagFirst == 0) {
		err = w.each(c, names)
	} else {
		err = w.item(c, names)
	}
	if err != nil {
		return err
	}
	r, err := m.gathered(base, w.count, w.sole)
	switch {
	case err != nil:
		return err
	case flags&flagLast != 0:
		r = m.pathEnd(r, false)
	case flags&flagNorm != 0:
		r = norm(r)
	}
	m.replace(base, r)
	return nil
}

// column is what the objects in c have under name, as an array, if c is a short
// array of objects alone and none has an array there.
func (m *machine) column(c cell, name string) value.Value {
	n := c.v.Len()
	if n > arenaCells || c.v.Kind() != value.KindArray {
		return value.Value{}
	}
	m.fuel -= n
	vals := make([]value.Value, 0, n)
	for i := range n {
		e := c.v.Index(i)
		if e.Kind() != value.KindObject {
			return value.Value{}
		}
		switch v, ok := m.get(e, name); {
		case v.Kind() == value.KindArray:
			return value.Value{}
		case ok:
			vals = append(vals, v)
		}
	}
	return value.Array(vals...)
}

// gathered is the result of what lies on the stack from base on, made of count
// results, of which sole is the only one if it is a plain array.
func (m *machine) gathered(base, count int, sole cell) (cell, *Error) {
	items := m.stack[base:]
	switch {
	case count == 1 && sole.isArray():
		return sole, nil
	case len(items) == 0:
		return cell{}, nil
	case len(items) == 1 && !items[0].isArray():
		return items[0], nil
	}
	err := m.growList(len(items))
	if err != nil {
		return cell{}, err
	}
	return m.listOf(items, seqFlag), nil
}

// A walk follows names from items and pushes what it finds.
type walk struct {
	m     *machine
	count int
	sole  cell
}

func (w *walk) each(c cell, names []string) *Error {
	n := c.len()
	if err := w.m.work(n); err != nil {
		return err
	}
	for i := range n {
		if err := w.m.tick(); err != nil {
			return err
		}
		var e cell
		if c.x == nil {
			e.v = c.v.Index(i)
		} else {
			e = c.index(i)
		}
		if len(names) == 1 && e.x == nil && e.v.Kind() == value.KindObject { // the common case
			if v, ok := w.m.get(e.v, names[0]); !ok {
				continue
			} else if v.Kind() != value.KindArray {
				w.count++
				w.sole = cell{}
				w.m.push(cell{v: v})
				continue
			}
		}
		if err := w.item(e, names); err != nil {
			return err
		}
	}
	return nil
}

// item follows names from one item. In an item that is an array, the name is
// looked up in all that it holds, at any depth of arrays.
func (w *walk) item(c cell, names []string) *Error {
	if c.isArray() {
		if !w.m.down() {
			return w.m.fault
		}
		before := w.count
		if err := w.each(c, names); err != nil {
			return err
		}
		w.m.up()
		if w.count > before { // a sequence, not an array
			w.count, w.sole = before+1, cell{}
		}
		return nil
	}
	r := c.get(names[0])
	w.m.fuel -= c.len() / longObject
	switch {
	case r.undefined():
		return nil
	case len(names) > 1 && r.isArray():
		return w.each(r, names[1:])
	case len(names) > 1:
		return w.item(r, names[1:])
	}
	w.count++
	w.sole = cell{}
	if !r.isArray() || r.has(consFlag) {
		w.m.push(r)
		return nil
	}
	if !r.isSequence() {
		w.sole = r
	}
	return w.m.pushElements(r)
}

// pathEnd is the value of a path whose last step's result is r.
func (m *machine) pathEnd(r cell, keep bool) cell {
	switch {
	case !keep:
		if r.has(keepFlag) { // of a sequence inside, which is no more
			r = m.listOf(r.x.items, seqFlag)
		}
		return norm(r)
	case r.undefined():
		return r
	case !r.isArray() || r.has(consFlag):
		return m.listOf([]cell{r}, seqFlag|keepFlag)
	}
	return normKeep(r)
}

// wildcard pushes the values of the members of the context, arrays flattened.
func (m *machine) wildcard() *Error {
	c := unwrap(m.ctx)
	base := len(m.stack)
	switch {
	case c.isArray():
		if err := m.flatten(c); err != nil {
			return err
		}
	case c.isObject():
		for i := range c.len() {
			_, v := c.member(i)
			if err := m.flatten(v); err != nil {
				return err
			}
		}
	}
	m.replace(base, m.listOf(m.stack[base:], seqFlag))
	return nil
}

// flatten pushes what arrays within arrays hold.
func (m *machine) flatten(c cell) *Error {
	if !c.isArray() {
		m.push(c)
		return m.grow(cellSize)
	}
	for i := range c.len() {
		if !m.down() {
			return m.fault
		}
		if err := m.flatten(c.index(i)); err != nil {
			return err
		}
		m.up()
	}
	return nil
}

// descendants pushes the context and all that it holds, but no arrays.
func (m *machine) descendants() *Error {
	base := len(m.stack)
	if !m.ctx.undefined() {
		if err := m.descend(m.ctx); err != nil {
			return err
		}
	}
	m.replace(base, m.listOf(m.stack[base:], seqFlag))
	return nil
}

func (m *machine) descend(c cell) *Error {
	if !c.isArray() {
		m.push(c)
		if err := m.grow(cellSize); err != nil {
			return err
		}
	}
	for i := range c.len() {
		var e cell
		if c.isArray() {
			e = c.index(i)
		} else {
			_, e = c.member(i)
		}
		if !m.down() {
			return m.fault
		}
		if err := m.descend(e); err != nil {
			return err
		}
		m.up()
	}
	return nil
}

// iter begins a loop over the items of the result on top; with flagFirst, over
// those of the context of a path; with flagCons, an array is never one item.
func (m *machine) iter(flags uint8) {
	l := loop{src: m.pop(), i: -1, n: 1, single: true, ctx: m.ctx}
	switch {
	case l.src.isArray() && (flags&(flagFirst|flagCons) != 0 || !l.src.has(consFlag)):
		l.n, l.single = l.src.len(), false
	case l.src.undefined() && flags&flagFirst == 0:
		l.n = 0
	}
	m.loops = append(m.loops, l)
}

// next makes the next item the context; at the end it restores the context and
// reports false.
func (m *machine) next() bool {
	l := &m.loops[len(m.loops)-1]
	l.i++
	switch {
	case l.i >= l.n:
		m.ctx = l.ctx
		m.loops = popped(m.loops)
		return false
	case l.tuple != nil:
		m.loadRow(l)
	default:
		m.ctx = l.item()
	}
	return true
}

func (l *loop) item() cell {
	if l.single {
		return l.src
	}
	return l.src.index(l.i)
}

// emit keeps the elements of the result on top.
func (m *machine) emit() *Error {
	r := &m.regions[len(m.regions)-1]
	c := m.pop()
	if c.undefined() {
		return nil
	}
	r.count++
	r.sole = cell{}
	if !c.isArray() || c.has(consFlag) {
		m.push(c)
		return m.grow(2 * cellSize)
	}
	if !c.isSequence() {
		r.sole = c
	}
	return m.pushElements(c)
}

func (m *machine) close(flags uint8) *Error {
	r := m.popRegion()
	if flags&flagLast == 0 {
		r.sole = cell{}
	}
	c, err := m.gathered(r.base, r.count, r.sole)
	if err == nil && flags&flagRaw == 0 {
		c = m.pathEnd(c, flags&flagKeep != 0)
	}
	m.replace(r.base, c)
	return err
}
