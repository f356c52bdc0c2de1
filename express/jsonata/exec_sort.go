package jsonata

import "slices"

// sort begins the loop that computes the values to sort by, and reports whether
// there is anything to sort: if not, what is on top stays.
func (m *machine) sort(t *sortTable) bool {
	src := *m.top()
	l := loop{src: src, i: -1, n: 1, ctx: m.ctx}
	if t.tuple != noTuple {
		l.tuple = &m.prog.tuples[t.tuple]
		l.n = len(src.x.items) / l.tuple.width()
	} else if src.isArray() {
		l.n = src.len()
	}
	if l.n < 2 {
		return false
	}
	m.pop()
	m.loops = append(m.loops, l)
	m.regions = append(m.regions, region{base: len(m.stack), sole: src})
	return true
}

// sorted replaces the values to sort by with the items in their order.
func (m *machine) sorted(t *sortTable) *Error {
	r := m.popRegion()
	keys := m.stack[r.base:]
	terms := len(t.desc)
	n := len(keys) / terms
	if err := m.growList(3 * n); err != nil {
		return err
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var failed *Error
	slices.SortStableFunc(order, func(i, j int) int {
		if failed != nil {
			return 0
		}
		c, err := compareTerms(t, keys[i*terms:(i+1)*terms], keys[j*terms:(j+1)*terms])
		if err == nil {
			err = m.work(1)
		}
		if err != nil {
			failed = err
		}
		return c
	})
	if failed != nil {
		return failed
	}
	m.replace(r.base, m.reorder(r.sole, order, t))
	return nil
}

func (m *machine) reorder(src cell, order []int, t *sortTable) cell {
	if t.tuple == noTuple {
		items := m.room(len(order))
		for _, at := range order {
			items = append(items, src.index(at))
		}
		return m.list(items, 0)
	}
	b := *src.x
	w := b.table.width()
	b.items = make([]cell, 0, len(src.x.items))
	for _, at := range order {
		b.items = append(b.items, src.x.items[at*w:(at+1)*w]...)
	}
	return cell{x: &b}
}

// compareTerms orders two items by their values of the terms. What is undefined
// comes last, in descending order too.
func compareTerms(t *sortTable, a, b []cell) (int, *Error) {
	for i, desc := range t.desc {
		x, y := a[i], b[i]
		c := 0
		switch {
		case x.undefined() && y.undefined():
		case x.undefined():
			return 1, nil
		case y.undefined():
			return -1, nil
		case !comparable(&x) || !comparable(&y):
			return 0, fail("T2008")
		case x.isNumber() != y.isNumber():
			return 0, fail("T2007", x, y)
		default:
			c = compareScalars(&x, &y)
		}
		if desc {
			c = -c
		}
		if c != 0 {
			return c, nil
		}
	}
	return 0, nil
}
