package jsonata

import "github.com/seed66d9166c/express/express/value"

// A grouping is an object being made whose keys depend on the items.
type grouping struct {
	src   cell // the items, or rows
	many  bool // src is an array of them
	tuple *tupleTable
	keys  []groupKey
	index map[string]int // of keys, once they are many
	links []groupLink    // 0 is none
	at    int            // the group whose value is being computed
	boxed bool           // a value is no JSON
	ctx   cell           // to be restored
}

// A groupKey is one key, the items that have it, and its value. The items are
// chained: first and last are indices of links.
type groupKey struct {
	key         string
	pair        int // of the constructor, which made the key
	first, last int
	count       int
	value       cell
}

// A groupLink is an item in the chain of its key; next is 0 at the end, since no
// chain begins twice.
type groupLink struct{ item, next int }

// fewKeys is the number of keys up to which they are compared one by one.
const fewKeys = 12

// group begins to group the items of the result on top.
func (m *machine) group(g *groupTable) {
	l := loop{src: m.pop(), i: -1, n: 1, single: true, ctx: m.ctx}
	state := m.newGrouping()
	state.at, state.ctx = -1, m.ctx
	switch {
	case g.tuple != noTuple:
		state.tuple = &m.prog.tuples[g.tuple]
		l.tuple, l.single = state.tuple, false
		l.n = len(l.src.x.items) / l.tuple.width()
	case l.src.isArray() && l.src.len() > 0:
		l.n, l.single = l.src.len(), false
	case l.src.isArray():
		l.src = cell{} // no item, but the object is made all the same
	}
	state.src, state.many = l.src, !l.single
	m.loops = append(m.loops, l)
}

// newGrouping is a grouping in the place of the last one as deep, whose keys and
// links it takes the room of.
func (m *machine) newGrouping() *grouping {
	n := len(m.groups)
	if n < cap(m.groups) {
		m.groups = m.groups[:n+1]
	} else {
		m.groups = append(m.groups, grouping{})
	}
	g := &m.groups[n]
	g.links = append(g.links, groupLink{})
	return g
}

// maxKeptKeys and maxKeptLinks bound the room that a finished grouping leaves.
const (
	maxKeptKeys  = 64
	maxKeptLinks = 256
)

// endGrouping forgets the innermost grouping, but not the room that it took.
func (m *machine) endGrouping() {
	n := len(m.groups) - 1
	g := &m.groups[n]
	var room grouping
	if cap(g.keys) <= maxKeptKeys && cap(g.links) <= maxKeptLinks {
		room.keys, room.links = emptied(g.keys), emptied(g.links)
	}
	*g = room
	m.groups = m.groups[:n]
}

// key puts the item into the group of the key on top, which pair computed.
func (m *machine) key(pair int) *Error {
	c := m.pop()
	if c.undefined() {
		return nil
	}
	if !c.isString() {
		return fail("T1003", c)
	}
	g := &m.groups[len(m.groups)-1]
	l := &m.loops[len(m.loops)-1]
	g.links = append(g.links, groupLink{item: l.i})
	link := len(g.links) - 1
	i := g.find(c.v.Text())
	if i < 0 {
		g.add(groupKey{key: c.v.Text(), pair: pair, first: link, last: link, count: 1})
		return m.grow(6 * cellSize)
	}
	k := &g.keys[i]
	if k.pair != pair {
		return fail("D1009", c)
	}
	g.links[k.last].next = link
	k.last = link
	k.count++
	return m.grow(cellSize)
}

func (g *grouping) find(key string) int {
	if g.index != nil {
		if i, ok := g.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range g.keys {
		if g.keys[i].key == key {
			return i
		}
	}
	return -1
}

func (g *grouping) add(k groupKey) {
	g.keys = append(g.keys, k)
	switch {
	case g.index != nil:
		g.index[k.key] = len(g.keys) - 1
	case len(g.keys) > fewKeys:
		g.index = make(map[string]int, 4*fewKeys)
		for i := range g.keys {
			g.index[g.keys[i].key] = i
		}
	}
}

// member takes the value on top as that of the group.
func (m *machine) member() *Error {
	g := &m.groups[len(m.groups)-1]
	c, err := sealed(m.pop())
	g.keys[g.at].value = c
	g.boxed = g.boxed || c.x != nil
	return err
}

// nextGroup makes the next group the context and returns where its value is
// computed; at the end it pushes the object and returns end.
func (m *machine) nextGroup(t *groupTable, end int) (int, *Error) {
	g := &m.groups[len(m.groups)-1]
	g.at++
	if g.at == len(g.keys) {
		m.ctx = g.ctx
		c := g.object()
		m.endGrouping()
		m.push(c)
		return end, m.grow(2 * c.len() * cellSize)
	}
	k := &g.keys[g.at]
	pc := int(t.values[k.pair])
	if g.tuple == nil && k.count == 1 {
		m.ctx = g.item(g.links[k.first].item)
		return pc, nil
	}
	if g.tuple != nil {
		return pc, m.mergeRows(g, k)
	}
	base := len(m.stack)
	for link := k.first; link != 0; link = g.links[link].next {
		m.push(g.item(g.links[link].item))
	}
	ctx, err := m.merged(base)
	m.ctx = ctx
	return pc, err
}

func (g *grouping) item(i int) cell {
	if g.many {
		return g.src.index(i)
	}
	return g.src
}

// object is the object of the keys whose values are defined.
func (g *grouping) object() cell {
	if g.boxed {
		b := &box{kind: boxRecord}
		for i := range g.keys {
			if k := &g.keys[i]; !k.value.undefined() {
				b.keys = append(b.keys, k.key)
				b.items = append(b.items, k.value)
			}
		}
		return cell{x: b}
	}
	members := make([]value.Member, 0, len(g.keys))
	for i := range g.keys {
		if k := &g.keys[i]; !k.value.undefined() {
			members = append(members, value.Member{Key: k.key, Val: k.value.v})
		}
	}
	return cell{v: value.Object(members...)}
}

// mergeRows makes the items of the rows of k the context, and binds to each
// variable what the rows have for it.
func (m *machine) mergeRows(g *grouping, k *groupKey) *Error {
	w := g.tuple.width()
	base := len(m.stack)
	for column := range w {
		start := len(m.stack)
		for link := k.first; link != 0; link = g.links[link].next {
			if c := g.src.x.items[g.links[link].item*w+column]; !c.isUnset() {
				m.push(c)
			}
		}
		c, err := m.merged(start)
		if err != nil {
			return err
		}
		m.push(c)
	}
	m.ctx = m.stack[base]
	m.bindAll(g.tuple, m.stack[base+1:base+w])
	m.cut(base)
	return nil
}
