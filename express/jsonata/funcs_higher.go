package jsonata

var higherFuncs = []row{
	{"map", "<af>", mapFunc},
	{"filter", "<af>", filterFunc},
	{"single", "<af?>", single},
	{"reduce", "<afj?:j>", reduce},
	{"each", "<o-f:a>", each},
	{"sift", "<o-f?:o>", sift},
}

// callback calls f with as many of a value, its index or name, and the whole as
// f has parameters.
func (m *machine) callback(f *function, v, at, all cell) (cell, *Error) {
	args := [3]cell{v, at, all}
	return m.call(f, args[:min(max(f.arity, 1), 3)]...)
}

func mapFunc(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.undefined() {
		return cell{}, nil
	}
	if err := m.growList(list.len()); err != nil {
		return cell{}, err
	}
	items := m.room(list.len())
	for i := range list.len() {
		c, err := m.callback(args[1].x.fn, list.index(i), whole(i), list)
		if err != nil {
			return cell{}, err
		}
		if c.undefined() {
			continue
		}
		if c, err = sealed(c); err != nil {
			return cell{}, err
		}
		items = append(items, c)
	}
	return m.list(items, seqFlag), nil
}

func filterFunc(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.undefined() {
		return cell{}, nil
	}
	var items []cell
	for i := range list.len() {
		c, err := m.callback(args[1].x.fn, list.index(i), whole(i), list)
		if err == nil && m.truth(c) {
			items = append(items, list.index(i))
			err = m.grow(2 * cellSize)
		}
		if err != nil {
			return cell{}, err
		}
	}
	return m.list(items, seqFlag), nil
}

func single(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.undefined() {
		return cell{}, nil
	}
	var result cell
	found := false
	for i := range list.len() {
		if args[1].isFunc() {
			c, err := m.callback(args[1].x.fn, list.index(i), whole(i), list)
			if err != nil {
				return cell{}, err
			}
			if !m.truth(c) {
				continue
			}
		}
		if found {
			return cell{}, fail("D3138")
		}
		result, found = list.index(i), true
	}
	if !found {
		return cell{}, fail("D3139")
	}
	return result, m.work(list.len())
}

func reduce(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.undefined() {
		return cell{}, nil
	}
	f := args[1].x.fn
	if f.arity < 2 {
		return cell{}, fail("D3050")
	}
	acc, i := args[2], 0
	if acc.undefined() && list.len() > 0 {
		acc, i = list.index(0), 1
	}
	for ; i < list.len(); i++ {
		call := [4]cell{acc, list.index(i), whole(i), list}
		var err *Error
		if acc, err = m.call(f, call[:min(f.arity, 4)]...); err != nil {
			return cell{}, err
		}
	}
	return acc, nil
}

func each(m *machine, args []cell) (cell, *Error) {
	o := args[0]
	var items []cell
	for i := range o.len() {
		k, v := o.member(i)
		c, err := m.callback(args[1].x.fn, v, str(k), o)
		if err == nil && !c.undefined() {
			if c, err = sealed(c); err == nil {
				items = append(items, c)
				err = m.grow(2 * cellSize)
			}
		}
		if err != nil {
			return cell{}, err
		}
	}
	return m.list(items, seqFlag), nil
}

func sift(m *machine, args []cell) (cell, *Error) {
	o := args[0]
	var names []string
	var values []cell
	for i := range o.len() {
		k, v := o.member(i)
		keep := v
		if args[1].isFunc() {
			var err *Error
			if keep, err = m.callback(args[1].x.fn, v, str(k), o); err != nil {
				return cell{}, err
			}
		}
		if m.truth(keep) {
			names, values = append(names, k), append(values, v)
		}
	}
	if len(names) == 0 {
		return cell{}, nil
	}
	return m.record(names, values)
}
